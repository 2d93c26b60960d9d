/* The target of a request: split as it was sent, decoded afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "http/uri.h"

struct parsed {
    const char *fault;
    void *room;
    struct uri uri;
};

static struct parsed parse(const char *text)
{
    struct parsed parsed = { .room = malloc(uri_room(text, strlen(text))) };

    parsed.fault = uri_parse(text, strlen(text), parsed.room, &parsed.uri);
    return parsed;
}

static void assert_path(const struct uri *uri, const char *path)
{
    assert_int_equal(uri->path_length, strlen(path));
    assert_memory_equal(uri->path, path, uri->path_length);
}

static void a_path_stays_as_it_was_sent(void **state)
{
    struct parsed parsed = parse("/v1/kv/a%2Fb//c?x");

    (void)state;
    assert_null(parsed.fault);
    assert_path(&parsed.uri, "/v1/kv/a%2Fb//c");
    free(parsed.room);
}

static void a_query_has_its_pairs_in_order(void **state)
{
    struct parsed parsed = parse("/?tag=a&tag=b%26&bare&empty=&&x=1=2");

    (void)state;
    assert_null(parsed.fault);
    assert_int_equal(parsed.uri.pair_count, 5);
    assert_string_equal(uri_query(&parsed.uri, "tag", 0), "a");
    assert_string_equal(uri_query(&parsed.uri, "tag", 1), "b&");
    assert_null(uri_query(&parsed.uri, "tag", 2));
    assert_string_equal(uri_query(&parsed.uri, "bare", 0), "");
    assert_string_equal(uri_query(&parsed.uri, "empty", 0), "");
    assert_string_equal(uri_query(&parsed.uri, "x", 0), "1=2");
    free(parsed.room);
}

static void plus_is_a_space_in_the_query_alone(void **state)
{
    struct parsed parsed = parse("/a+b?c=d+e%2B");
    char out[16];
    size_t length;

    (void)state;
    assert_string_equal(uri_query(&parsed.uri, "c", 0), "d e+");
    assert_true(uri_decode_path("a+b%20", 6, out, &length));
    assert_string_equal(out, "a+b ");
    assert_int_equal(length, 4);
    free(parsed.room);
}

static void the_absolute_form_gives_its_host(void **state)
{
    struct parsed parsed = parse("http://n1:8500/v1/x?y=/z");

    (void)state;
    assert_null(parsed.fault);
    assert_path(&parsed.uri, "/v1/x");
    assert_int_equal(parsed.uri.host_length, 7);
    assert_memory_equal(parsed.uri.host, "n1:8500", 7);
    free(parsed.room);
}

static void what_cannot_be_read_is_said(void **state)
{
    static const char *const bad[] = { "",         "x",       "?a",       "http://x",
                                       "/?a=%",    "/?a=%4",  "/?a=%4g",  "/?%zz",
                                       "/?a=b%00", "/a\001b", "ftp://x/", "http:///" };

    (void)state;
    for (size_t i = 0; i + 1 < sizeof bad / sizeof *bad; i++) {
        struct parsed parsed = parse(bad[i]);
        assert_non_null(parsed.fault);
        free(parsed.room);
    }
}

static void a_part_of_a_path_is_decoded_or_refused(void **state)
{
    char out[16];
    size_t length;

    (void)state;
    assert_true(uri_decode_path("a%2fb%C3%A4", 11, out, &length));
    assert_string_equal(out, "a/b\xc3\xa4");
    assert_false(uri_decode_path("%00", 3, out, &length));
    assert_false(uri_decode_path("%0A", 3, out, &length));
    assert_false(uri_decode_path("%7f", 3, out, &length));
    assert_false(uri_decode_path("%a", 2, out, &length));
    assert_true(uri_decode_path("", 0, out, &length));
    assert_int_equal(length, 0);
}

static void more_parameters_than_allowed_are_refused(void **state)
{
    char text[2 * URI_PAIRS_MAX + 8] = "/?a";

    (void)state;
    for (int i = 1; i < URI_PAIRS_MAX; i++)
        strcat(text, "&a");
    struct parsed parsed = parse(text);
    assert_null(parsed.fault);
    assert_int_equal(parsed.uri.pair_count, URI_PAIRS_MAX);
    free(parsed.room);
    strcat(text, "&a");
    parsed = parse(text);
    assert_non_null(parsed.fault);
    free(parsed.room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_stays_as_it_was_sent),
        cmocka_unit_test(a_query_has_its_pairs_in_order),
        cmocka_unit_test(plus_is_a_space_in_the_query_alone),
        cmocka_unit_test(the_absolute_form_gives_its_host),
        cmocka_unit_test(what_cannot_be_read_is_said),
        cmocka_unit_test(a_part_of_a_path_is_decoded_or_refused),
        cmocka_unit_test(more_parameters_than_allowed_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
