#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "consul/annex.h"
#include "consul/body.h"

static void lasts(const char *text, int64_t nanoseconds)
{
    int64_t out = -1;

    assert_true(body_parse_duration(text, &out));
    assert_int_equal(out, nanoseconds);
}

static void is_no_duration(const char *text)
{
    int64_t out = -1;

    assert_false(body_parse_duration(text, &out));
    assert_int_equal(out, -1);
}

static void durations_read_as_go_reads_them(void **state)
{
    (void)state;
    lasts("0", 0);
    lasts("10s", INT64_C(10000000000));
    lasts("1m30s", INT64_C(90000000000));
    lasts("1.5s", INT64_C(1500000000));
    lasts(".5s", INT64_C(500000000));
    lasts("2.s", INT64_C(2000000000));
    lasts("250ms", INT64_C(250000000));
    lasts("-1h2m", -INT64_C(3720000000000));
    lasts("7us", 7000);
    lasts("7\xc2\xb5s", 7000);
    lasts("7\xce\xbcs", 7000);
    lasts("0.000001s", 1000);
}

static void what_go_refuses_is_refused(void **state)
{
    (void)state;
    is_no_duration("");
    is_no_duration("10");
    is_no_duration("s");
    is_no_duration(".s");
    is_no_duration("-");
    is_no_duration("10 s");
    is_no_duration("10d");
    is_no_duration("10s5");
    is_no_duration("9999999999999999999s");
    is_no_duration("9999999999h");
}

static void prints_as(int64_t nanoseconds, const char *text)
{
    char out[32];

    annex_print_duration(nanoseconds, out);
    assert_string_equal(out, text);
}

static void durations_print_as_go_prints_them(void **state)
{
    (void)state;
    prints_as(0, "0s");
    prints_as(1, "1ns");
    prints_as(1500, "1.5\xc2\xb5s");
    prints_as(250000000, "250ms");
    prints_as(1100000, "1.1ms");
    prints_as(INT64_C(1500000000), "1.5s");
    prints_as(INT64_C(10000000000), "10s");
    prints_as(INT64_C(60000000000), "1m0s");
    prints_as(INT64_C(3600000000000), "1h0m0s");
    prints_as(INT64_C(5400000000000), "1h30m0s");
    prints_as(-INT64_C(90000000000), "-1m30s");
    prints_as(INT64_MIN, "-2562047h47m16.854775808s");
}

static void refused(const char *text, const char *reason)
{
    struct reason why = REASON_NONE;

    assert_null(body_parse(text, strlen(text), &why));
    assert_string_equal(why.text, reason);
}

static void a_body_that_is_none_is_named(void **state)
{
    (void)state;
    refused("", "Request decode failed: EOF");
    refused(" \n", "Request decode failed: EOF");
    refused("[]", "Request decode failed: expected an object, got array");
    refused("3", "Request decode failed: expected an object, got number");
}

static void null_for_a_body_has_no_members(void **state)
{
    struct reason why = REASON_NONE;
    json_t *root = body_parse("null\n", 5, &why);

    (void)state;
    assert_non_null(root);
    assert_null(body_member(root, "Name"));
    json_decref(root);
}

static void members_match_in_any_case_and_the_last_wins(void **state)
{
    struct reason why = REASON_NONE;
    const char text[] = "{\"name\":\"a\",\"tls_skip_verify\":true,\"NAME\":\"b\","
                        "\"ID\":null}";
    json_t *root = body_parse(text, strlen(text), &why);
    struct body_reader reader = { .object = root, .why = &why };
    const char *name = "", *id = "unset";
    bool skip = false;

    (void)state;
    assert_true(body_text(&reader, "Name", &name));
    assert_string_equal(name, "b");
    assert_true(body_flag(&reader, "TLSSkipVerify", &skip));
    assert_true(skip);
    assert_false(body_text(&reader, "ID", &id));
    assert_string_equal(id, "unset");
    assert_false(reader.failed);
    json_decref(root);
}

static void the_first_fault_stays(void **state)
{
    struct reason why = REASON_NONE;
    const char text[] = "{\"Port\":\"x\",\"Name\":1}";
    json_t *root = body_parse(text, strlen(text), &why);
    struct body_reader reader = { .object = root, .why = &why };
    int64_t port = 0;
    const char *name = "";

    (void)state;
    assert_false(body_integer(&reader, "Port", &port));
    assert_false(body_text(&reader, "Name", &name));
    assert_true(reader.failed);
    assert_string_equal(why.text,
                        "Request decode failed: Port must be an integer, not string");
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_read_as_go_reads_them),
        cmocka_unit_test(what_go_refuses_is_refused),
        cmocka_unit_test(durations_print_as_go_prints_them),
        cmocka_unit_test(a_body_that_is_none_is_named),
        cmocka_unit_test(null_for_a_body_has_no_members),
        cmocka_unit_test(members_match_in_any_case_and_the_last_wins),
        cmocka_unit_test(the_first_fault_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
