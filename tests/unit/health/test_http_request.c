/* health/http_request.h: options of an HTTP check, and the request they make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "health/http_request.h"
#include "health/kinds.h"
#include "model/instance.h"
#include "rollcall/version.h"

#define CHECK(...)                                                                       \
    {                                                                                    \
        .name = "http", .kind = "http",                                                  \
        .options = (const struct rollcall_pair[]){ __VA_ARGS__ },                        \
        .option_count = sizeof((const struct rollcall_pair[]){ __VA_ARGS__ }) /          \
                        sizeof(struct rollcall_pair)                                     \
    }

static void writes(const struct rollcall_check *check, const char *expected)
{
    struct address target;
    struct buffer out;

    assert_true(address_parse("[fd00::1]:8080", 0, &target));
    buffer_init(&out, 100000);
    http_request_write(check, &target, &out);
    assert_false(out.failed);
    assert_string_equal(out.data, expected);
    buffer_deinit(&out);
}

static void without_options_it_is_a_get_of_the_root(void **state)
{
    const struct rollcall_check check = { .name = "http", .kind = "http" };

    (void)state;
    writes(&check, "GET / HTTP/1.1\r\n"
                   "Host: [fd00::1]:8080\r\n"
                   "User-Agent: rollcall/" ROLLCALL_VERSION "\r\n"
                   "Accept: text/plain, text/*, */*\r\n"
                   "Connection: close\r\n\r\n");
    assert_false(http_request_is_head(&check));
}

static void all_options_are_in_the_request(void **state)
{
    const struct rollcall_check check =
        CHECK({ "path", "/ready?full=1" }, { "method", "POST" }, { "body", "{\"a\":1}" },
              { "headers.X-Token", "secret" }, { "headers.host", "web.example" });

    (void)state;
    writes(&check, "POST /ready?full=1 HTTP/1.1\r\n"
                   "X-Token: secret\r\n"
                   "host: web.example\r\n"
                   "User-Agent: rollcall/" ROLLCALL_VERSION "\r\n"
                   "Accept: text/plain, text/*, */*\r\n"
                   "Content-Type: application/json\r\n"
                   "Content-Length: 7\r\n"
                   "Connection: close\r\n\r\n"
                   "{\"a\":1}");
}

static void what_is_ours_can_be_registered_otherwise(void **state)
{
    const struct rollcall_check check =
        CHECK({ "body", "ping" }, { "headers.accept", "a/b" },
              { "headers.content-type", "c/d" }, { "headers.user-agent", "e" });

    (void)state;
    writes(&check, "GET / HTTP/1.1\r\n"
                   "accept: a/b\r\n"
                   "content-type: c/d\r\n"
                   "user-agent: e\r\n"
                   "Host: [fd00::1]:8080\r\n"
                   "Content-Length: 4\r\n"
                   "Connection: close\r\n\r\n"
                   "ping");
}

static void refused(const struct rollcall_check *check, const char *field)
{
    struct reason why = REASON_NONE;

    assert_int_equal(http_request_validate(check, &why), ROLLCALL_E_INVALID);
    assert_string_equal(why.field, field);
    assert_true(strlen(why.text) > 0);
}

static void no_option_can_smuggle_a_line_into_the_request(void **state)
{
    const struct rollcall_check path = CHECK({ "path", "/ HTTP/1.1\r\nX: y" });
    const struct rollcall_check method = CHECK({ "method", "GET /x" });
    const struct rollcall_check name = CHECK({ "headers.X\r\nY", "1" });
    const struct rollcall_check value = CHECK({ "headers.X", "1\r\nY: 2" });
    const struct rollcall_check length = CHECK({ "headers.content-length", "0" });

    (void)state;
    refused(&path, "path");
    refused(&method, "method");
    refused(&name, "headers.X\r\nY");
    refused(&value, "headers.X");
    refused(&length, "headers.content-length");
}

static void a_path_begins_with_a_slash(void **state)
{
    const struct rollcall_check without = CHECK({ "path", "ready" });
    const struct rollcall_check blank = CHECK({ "path", "/a b" });
    const struct rollcall_check good = CHECK({ "path", "/a%20b?c" });

    (void)state;
    refused(&without, "path");
    refused(&blank, "path");
    assert_int_equal(http_request_validate(&good, NULL), ROLLCALL_OK);
}

static void statuses_are_expected_as_listed(void **state)
{
    const struct rollcall_check none = { .name = "http", .kind = "http" };
    const struct rollcall_check some = CHECK({ "expect_status", "200-204,404" });

    (void)state;
    assert_true(http_status_expected(&none, 200));
    assert_true(http_status_expected(&none, 399));
    assert_false(http_status_expected(&none, 400));
    assert_false(http_status_expected(&none, 199));
    assert_true(http_status_expected(&some, 200));
    assert_true(http_status_expected(&some, 204));
    assert_true(http_status_expected(&some, 404));
    assert_false(http_status_expected(&some, 205));
    assert_false(http_status_expected(&some, 403));
}

static void a_list_of_statuses_that_makes_no_sense_is_refused(void **state)
{
    static const char *const bad[] = { "",     "2xx",      "99",     "600", "200-",
                                       "-200", "300-200",  "200,",   ",",   "200;201",
                                       "0200", "200-299-", "200 299" };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct rollcall_check check = CHECK({ "expect_status", bad[i] });
        refused(&check, "expect_status");
    }
}

static void a_target_is_an_address_or_a_name_with_a_port(void **state)
{
    static const char *const bad[] = { "web.example:0",
                                       "10.0.0.1",
                                       "10.0.0.1:0",
                                       "::1:80",
                                       "169.254.169.254:80",
                                       "[::ffff:169.254.169.254]:80",
                                       "[fd00:ec2::254]:80",
                                       "169.254.170.2:80",
                                       "100.100.100.200:80",
                                       "[fd20:ce::254]:80",
                                       "[64:ff9b::169.254.169.254]:80",
                                       "[64:ff9b::a9fe:aa02]:80",
                                       "[64:ff9b::100.100.100.200]:80",
                                       "[::ffff:100.100.100.200]:80" };
    const struct check_schema *schema = check_schema_find(check_schemas(), "http");
    const struct rollcall_check good = CHECK({ "target", "[fd00::1]:80" });

    (void)state;
    assert_int_equal(schema->validate(&good, NULL, NULL), ROLLCALL_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct rollcall_check check = CHECK({ "target", bad[i] });
        struct reason why = REASON_NONE;
        assert_int_equal(schema->validate(&check, NULL, &why), ROLLCALL_E_INVALID);
        assert_string_equal(why.field, "target");
    }
}

static void every_kind_has_a_whole_row(void **state)
{
    const struct check_kind *const *kinds = check_kinds();
    const struct check_schema *const *schemas = check_schemas();

    (void)state;
    for (; *kinds != NULL; kinds++, schemas++) {
        assert_ptr_equal(&(*kinds)->schema, *schemas);
        assert_ptr_equal(check_kind_find((*kinds)->schema.kind), *kinds);
        assert_non_null((*kinds)->start);
        assert_non_null((*kinds)->schema.summary);
        assert_non_null((*kinds)->schema.fields);
        assert_true((*kinds)->schema.default_failure_threshold > 0);
    }
    assert_null(*schemas);
    assert_null(check_kind_find("smtp"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_options_it_is_a_get_of_the_root),
        cmocka_unit_test(all_options_are_in_the_request),
        cmocka_unit_test(what_is_ours_can_be_registered_otherwise),
        cmocka_unit_test(no_option_can_smuggle_a_line_into_the_request),
        cmocka_unit_test(a_path_begins_with_a_slash),
        cmocka_unit_test(statuses_are_expected_as_listed),
        cmocka_unit_test(a_list_of_statuses_that_makes_no_sense_is_refused),
        cmocka_unit_test(a_target_is_an_address_or_a_name_with_a_port),
        cmocka_unit_test(every_kind_has_a_whole_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
