/* A request over HTTP becomes the line that a client of the socket would send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "api/line.h"

/* Pairs of name and value, ended with NULL. */
struct given {
    const char *const *path;
    const char *const *query;
};

static const char *find(const char *const *pairs, const char *name, unsigned nth)
{
    for (; pairs != NULL && *pairs != NULL; pairs += 2)
        if (strcmp(pairs[0], name) == 0 && nth-- == 0)
            return pairs[1];
    return NULL;
}

static const char *path_of(const void *owner, const char *name, size_t *length)
{
    const struct given *given = owner;
    const char *text = find(given->path, name, 0);

    *length = text == NULL ? 0 : strlen(text);
    return text;
}

static const char *query_of(const void *owner, const char *name, unsigned nth)
{
    const struct given *given = owner;

    return find(given->query, name, nth);
}

static const struct route_parameter parameters[] = {
    { "tag", "string", "", false },
    { "limit", "integer", "", false },
    { "healthy", "boolean", "", false },
    { "wait", "option", "", false },
    { 0 },
};
static const struct route get_route = { .path = "/v1/rollcall/services/{service}",
                                        .parameters = parameters };
static const struct route put_route = { .path = "/v1/rollcall/instances/{id}" };

static enum rollcall_status compose(const struct route *route, const struct given *given,
                                    const char *uri, const char *body, enum proto_op op,
                                    struct buffer *line, struct reason *why)
{
    struct line_subject subject;
    const struct line_source source = { .route = route,
                                        .path = path_of,
                                        .query = query_of,
                                        .owner = given,
                                        .uri = uri,
                                        .body = body,
                                        .body_length = strlen(body) };

    *why = (struct reason)REASON_NONE;
    buffer_init(line, PROTO_LINE_MAX + 1);
    return line_compose(&source, op, line, &subject, why);
}

static void expect_line(const struct route *route, const struct given *given,
                        const char *body, enum proto_op op, const char *wanted)
{
    struct buffer line;
    struct reason why;

    if (compose(route, given, "/x", body, op, &line, &why) != ROLLCALL_OK)
        fail_msg("%s", why.text);
    assert_string_equal(line.data, wanted);
    buffer_deinit(&line);
}

static void expect_refused(const struct route *route, const struct given *given,
                           const char *uri, const char *body, enum rollcall_status status,
                           const char *field, const char *words)
{
    struct buffer line;
    struct reason why;

    assert_int_equal(compose(route, given, uri, body, PROTO_GET, &line, &why), status);
    assert_string_equal(why.field, field);
    if (strstr(why.text, words) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", words, why.text);
    buffer_deinit(&line);
}

#define PAIRS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void path_query_and_body_become_members(void **state)
{
    const struct given get = { PAIRS("service", "web"), PAIRS("limit", "3", "healthy", "",
                                                              "tag", "5", "wait", "") };
    const struct given put = { PAIRS("id", "a/\"b"), NULL };

    (void)state;
    expect_line(&get_route, &get, "", PROTO_GET,
                "{\"service\":\"web\",\"tag\":\"5\",\"limit\":3,\"healthy\":true,"
                "\"op\":\"get\"}");
    expect_line(&put_route, &put, "\n{ \"port\" : 1.50 }\n", PROTO_REGISTER,
                "{\"port\":1.5,\"id\":\"a/\\\"b\",\"op\":\"register\"}");
}

static void the_body_may_repeat_the_path_and_not_contradict_it(void **state)
{
    const struct given put = { PAIRS("id", "a"), NULL };

    (void)state;
    expect_line(&put_route, &put, "{\"id\":\"a\"}", PROTO_RENEW,
                "{\"id\":\"a\",\"op\":\"renew\"}");
    expect_refused(&put_route, &put, "/x", "{\"id\":\"b\"}", ROLLCALL_E_INVALID, "id",
                   "the body says \"b\"");
}

static void what_is_no_number_and_no_flag_is_left_to_the_decoder(void **state)
{
    const struct given given = { PAIRS("service", "a"),
                                 PAIRS("limit", "99999999999999999999", "healthy",
                                       "perhaps") };

    (void)state;
    expect_line(&get_route, &given, "", PROTO_GET,
                "{\"service\":\"a\",\"limit\":\"99999999999999999999\","
                "\"healthy\":\"perhaps\",\"op\":\"get\"}");
}

static void a_name_that_nobody_knows_is_refused(void **state)
{
    const struct given none = { 0 };

    (void)state;
    expect_refused(&get_route, &none, "/x?lmit=3", "", ROLLCALL_E_UNKNOWN_FIELD, "",
                   "\"lmit\" here; known: tag, limit, healthy, wait");
    expect_refused(&put_route, &none, "/x?pretty&a", "", ROLLCALL_E_UNKNOWN_FIELD, "",
                   "\"a\" here; known: none");
}

static void what_is_no_object_is_refused_with_words_about_the_body(void **state)
{
    const struct given none = { 0 };

    (void)state;
    expect_refused(&put_route, &none, "/x", "{", ROLLCALL_E_BAD_JSON, "",
                   "the body is not JSON");
    expect_refused(&put_route, &none, "/x", "[1]", ROLLCALL_E_BAD_JSON, "",
                   "the body is a list; allowed: one JSON object");
    expect_refused(&put_route, &none, "/x", "{\"a\":1,\"a\":1}", ROLLCALL_E_BAD_JSON, "",
                   "the body is not JSON");
    expect_refused(&put_route, &none, "/x", "{\"op\":\"stats\"}",
                   ROLLCALL_E_UNKNOWN_FIELD, "op", "over HTTP");
}

static void given_twice_is_refused(void **state)
{
    const struct given given = { NULL, PAIRS("limit", "1", "limit", "1") };

    (void)state;
    expect_refused(&get_route, &given, "/x?limit=1&limit=1", "", ROLLCALL_E_INVALID,
                   "limit", "twice");
}

static void bytes_that_are_not_utf8_are_refused(void **state)
{
    const struct given given = { PAIRS("id", "\xff"), NULL };

    (void)state;
    expect_refused(&put_route, &given, "/x", "", ROLLCALL_E_INVALID, "id", "not UTF-8");
}

static void the_subject_is_folded_as_the_decoder_folds_it(void **state)
{
    const struct given given = { PAIRS("service", "WEB"), NULL };
    const struct line_source source = { .route = &get_route,
                                        .path = path_of,
                                        .query = query_of,
                                        .owner = &given,
                                        .uri = "/x",
                                        .body = "",
                                        .all = true };
    struct line_subject subject;
    struct reason why = REASON_NONE;
    struct buffer line;

    (void)state;
    buffer_init(&line, PROTO_LINE_MAX + 1);
    assert_int_equal(line_compose(&source, PROTO_GET, &line, &subject, &why),
                     ROLLCALL_OK);
    assert_string_equal(subject.service, "web");
    assert_string_equal(subject.namespace_name, "default");
    assert_string_equal(line.data,
                        "{\"service\":\"WEB\",\"healthy\":false,\"op\":\"get\"}");
    buffer_deinit(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(path_query_and_body_become_members),
        cmocka_unit_test(the_body_may_repeat_the_path_and_not_contradict_it),
        cmocka_unit_test(what_is_no_number_and_no_flag_is_left_to_the_decoder),
        cmocka_unit_test(a_name_that_nobody_knows_is_refused),
        cmocka_unit_test(what_is_no_object_is_refused_with_words_about_the_body),
        cmocka_unit_test(given_twice_is_refused),
        cmocka_unit_test(bytes_that_are_not_utf8_are_refused),
        cmocka_unit_test(the_subject_is_folded_as_the_decoder_folds_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
