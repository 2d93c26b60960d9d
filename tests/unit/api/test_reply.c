/* A reply of the socket becomes an answer over HTTP; lists lose what may not be seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "api/reply.h"

static void expect_converted(const char *line, unsigned status, const char *wanted)
{
    struct buffer out;

    buffer_init(&out, 4096);
    assert_int_equal(reply_convert(&out, line, strlen(line)), status);
    assert_string_equal(out.data, wanted);
    buffer_deinit(&out);
}

static void what_went_well_is_200_without_ok(void **state)
{
    (void)state;
    expect_converted("{\"ok\":true,\"revision\":3}\n", 200, "{\"revision\":3}\n");
    expect_converted("{\"ok\":true}\n", 200, "{}\n");
}

static void each_code_has_its_status(void **state)
{
    static const struct {
        const char *code;
        unsigned status;
    } rows[] = {
        { "bad_json", 400 },      { "unknown_field", 400 }, { "missing_field", 400 },
        { "invalid_field", 400 }, { "unauthorized", 403 },  { "not_found", 404 },
        { "unknown_op", 404 },    { "conflict", 409 },      { "too_long", 413 },
        { "limit", 429 },         { "internal", 500 },      { "unavailable", 503 },
        { "brand_new", 500 },
    };
    char line[128];
    char wanted[128];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(line, sizeof line, "{\"ok\":false,\"error\":{\"code\":\"%s\"}}\n",
                 rows[i].code);
        snprintf(wanted, sizeof wanted, "{\"error\":{\"code\":\"%s\"}}\n", rows[i].code);
        expect_converted(line, rows[i].status, wanted);
    }
}

static void what_is_no_reply_is_an_error_of_ours(void **state)
{
    (void)state;
    expect_converted("nonsense", 500,
                     "{\"error\":{\"code\":\"internal\",\"message\":\"the daemon met an "
                     "error of its own\"}}\n");
}

static bool only_web(const void *owner, const char *namespace_name, const char *service)
{
    (void)owner;
    return strcmp(namespace_name, "default") == 0 && strcmp(service, "web") == 0;
}

static void expect_sifted(const char *body, const char *wanted)
{
    struct buffer out;

    buffer_init(&out, 4096);
    assert_true(reply_sift(&out, body, strlen(body), only_web, NULL));
    assert_string_equal(out.data, wanted);
    buffer_deinit(&out);
}

static void lists_keep_what_may_be_seen(void **state)
{
    (void)state;
    expect_sifted("{\"revision\":1,\"services\":[{\"name\":\"db\",\"namespace\":"
                  "\"default\"},{\"name\":\"web\",\"namespace\":\"default\"},"
                  "{\"name\":\"web\",\"namespace\":\"prod\"}]}",
                  "{\"revision\":1,\"services\":[{\"name\":\"web\",\"namespace\":"
                  "\"default\"}]}\n");
    expect_sifted("{\"history\":[{\"event\":\"start\"},{\"service\":\"web\"}],"
                  "\"hours\":[{\"service\":\"db\"}]}",
                  "{\"history\":[{\"service\":\"web\"}],\"hours\":[]}\n");
}

static void what_is_about_no_service_is_not_shown(void **state)
{
    (void)state;
    expect_sifted("{\"silences\":[{\"silence\":1,\"tag\":\"a\"},{\"silence\":2,"
                  "\"service\":\"web*\"}]}",
                  "{\"silences\":[]}\n");
}

static void counts_that_are_no_lists_stay(void **state)
{
    (void)state;
    expect_sifted("{\"instances\":3}", "{\"instances\":3}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_went_well_is_200_without_ok),
        cmocka_unit_test(each_code_has_its_status),
        cmocka_unit_test(what_is_no_reply_is_an_error_of_ours),
        cmocka_unit_test(lists_keep_what_may_be_seen),
        cmocka_unit_test(what_is_about_no_service_is_not_shown),
        cmocka_unit_test(counts_that_are_no_lists_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
