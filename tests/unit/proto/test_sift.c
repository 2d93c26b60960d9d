/* tests/unit/proto/test_sift.c - lines for who may not see all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/sift.h"

static bool only_web(const void *owner, const char *namespace_name, const char *service)
{
    (void)owner;
    return strcmp(namespace_name, "default") == 0 && strcmp(service, "web") == 0;
}

static void expect(const char *line, const char *wanted)
{
    struct buffer out;

    buffer_init(&out, 4096);
    assert_true(reply_sift_line(&out, line, strlen(line), only_web, NULL));
    assert_string_equal(out.data, wanted);
    buffer_deinit(&out);
}

static void what_may_not_be_seen_is_left_out(void **state)
{
    (void)state;
    expect("{\"ok\":true,\"revision\":7,\"services\":[{\"name\":\"db\",\"namespace\":"
           "\"default\"},{\"name\":\"web\",\"namespace\":\"default\"},{\"name\":\"web\","
           "\"namespace\":\"prod\"}]}\n",
           "{\"ok\":true,\"revision\":7,\"services\":[{\"name\":\"web\",\"namespace\":"
           "\"default\"}]}\n");
}

static void a_seq_stays_as_it_was_written(void **state)
{
    (void)state;
    expect("{\"ok\":true,\"seq\":1e400,\"services\":[{\"name\":\"db\"}]}\n",
           "{\"ok\":true,\"seq\":1e400,\"services\":[]}\n");
    expect("{\"ok\":true,\"seq\":\"a\\\"b\",\"services\":[{\"name\":\"web\"}]}\n",
           "{\"ok\":true,\"seq\":\"a\\\"b\",\"services\":[{\"name\":\"web\"}]}\n");
}

static void an_error_and_a_reply_without_members_pass(void **state)
{
    static const char error[] =
        "{\"ok\":false,\"seq\":1.50,\"error\":{\"code\":\"limit\",\"message\":\"x\"}}\n";

    (void)state;
    expect(error, error);
    expect("{\"ok\":true}\n", "{\"ok\":true}\n");
    expect("{\"ok\":true,\"seq\":1.50}\n", "{\"ok\":true,\"seq\":1.50}\n");
}

static void what_is_no_json_fails(void **state)
{
    static const char line[] = "{\"ok\":true,\"services\":[";
    struct buffer out;

    (void)state;
    buffer_init(&out, 4096);
    assert_false(reply_sift_line(&out, line, strlen(line), only_web, NULL));
    assert_int_equal(out.length, 0);
    buffer_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_not_be_seen_is_left_out),
        cmocka_unit_test(a_seq_stays_as_it_was_written),
        cmocka_unit_test(an_error_and_a_reply_without_members_pass),
        cmocka_unit_test(what_is_no_json_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
