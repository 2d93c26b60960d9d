/* The body of a transaction, read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consul/txn.h"

static struct txn txn;
static struct reason why;

static enum rollcall_status parse(const char *text)
{
    return txn_parse(text, strlen(text), &txn, &why);
}

static void numbers_are_of_64_bits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t flags;
    } rows[] = { { "0", 0 },
                 { "42", 42 },
                 { "3304740253564472344", UINT64_C(3304740253564472344) },
                 { "9223372036854775807", INT64_MAX },
                 { "9223372036854775808", (uint64_t)INT64_MAX + 1 },
                 { "18446744073709551615", UINT64_MAX },
                 { "\"18446744073709551615\"", UINT64_MAX },
                 { "null", 0 } };
    char body[256];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(body, sizeof body,
                 "[{\"KV\":{\"Verb\":\"set\",\"Key\":\"a\",\"Flags\":%s,\"Index\":%s}}]",
                 rows[i].text, rows[i].text);
        assert_int_equal(parse(body), ROLLCALL_OK);
        assert_true(txn.operations[0].flags == rows[i].flags);
        assert_true(txn.operations[0].index == rows[i].flags);
        txn_deinit(&txn);
    }
}

static void what_is_no_such_number_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = { "-1",
                                        "1.5",
                                        "1e3",
                                        "18446744073709551616",
                                        "true",
                                        "\"x\"",
                                        "-18446744073709551615",
                                        "99999999999999999999.5" };
    char body[256];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(body, sizeof body,
                 "[{\"KV\":{\"Verb\":\"set\",\"Key\":\"a\",\"Flags\":%s}}]", rows[i]);
        assert_int_equal(parse(body), ROLLCALL_E_INVALID);
        assert_non_null(strstr(why.text, "Failed to parse body: "));
    }
}

static void long_digits_in_texts_stay_as_they_are(void **state)
{
    (void)state;

    assert_int_equal(
        parse("[{\"KV\":{\"Verb\":\"set\",\"Key\":\"k 18446744073709551615 \\\" "
              "18446744073709551615\",\"Flags\":18446744073709551615}}]"),
        ROLLCALL_OK);
    assert_string_equal(txn.operations[0].key,
                        "k 18446744073709551615 \" 18446744073709551615");
    txn_deinit(&txn);
}

static void names_match_in_any_case_and_null_is_absent(void **state)
{
    (void)state;

    assert_int_equal(parse("[{\"kv\":{\"verb\":\"cas\",\"key\":\"a/\xc3\xbc\",\"VALUE\":"
                           "\"dg==\",\"index\":7,\"session\":null},\"Node\":null,"
                           "\"Service\":null,\"Check\":null}]\n"),
                     ROLLCALL_OK);
    assert_int_equal(txn.count, 1);
    assert_int_equal(txn.operations[0].verb, KV_CAS);
    assert_int_equal(txn.operations[0].key_length, 4);
    assert_int_equal(txn.operations[0].length, 1);
    assert_memory_equal(txn.operations[0].value, "v", 1);
    assert_int_equal(txn.operations[0].index, 7);
    assert_string_equal(txn.operations[0].session, "");
    assert_false(txn_reads(&txn));
    txn_deinit(&txn);
}

static void values_lie_side_by_side(void **state)
{
    (void)state;

    assert_int_equal(
        parse("[{\"KV\":{\"Verb\":\"set\",\"Key\":\"a\",\"Value\":\"YWFh\"}},"
              "{\"KV\":{\"Verb\":\"set\",\"Key\":\"b\",\"Value\":\"\"}},"
              "{\"KV\":{\"Verb\":\"get\",\"Key\":\"c\"}},"
              "{\"KV\":{\"Verb\":\"set\",\"Key\":\"d\",\"Value\":\"YmI=\"}}]"),
        ROLLCALL_OK);
    assert_memory_equal(txn.operations[0].value, "aaa", 3);
    assert_int_equal(txn.operations[1].length, 0);
    assert_memory_equal(txn.operations[3].value, "bb", 2);
    txn_deinit(&txn);
}

static void reading_only_is_known(void **state)
{
    (void)state;

    assert_int_equal(parse("[{\"KV\":{\"Verb\":\"get-tree\"}},"
                           "{\"KV\":{\"Verb\":\"check-session\",\"Key\":\"a\"}}]"),
                     ROLLCALL_OK);
    assert_true(txn_reads(&txn));
    txn_deinit(&txn);
    assert_int_equal(parse("[]"), ROLLCALL_OK);
    assert_true(txn_reads(&txn));
    txn_deinit(&txn);
}

static void keys_and_checks_are_in_their_places(void **state)
{
    (void)state;

    assert_int_equal(
        parse("[{\"KV\":{\"Verb\":\"set\",\"Key\":\"a\"}},"
              "{\"Check\":{\"Verb\":\"cas\",\"Check\":{\"Node\":\"n\",\"Name\":\"up\","
              "\"ServiceID\":\"s\",\"ModifyIndex\":7}}},"
              "{\"Node\":{\"Verb\":\"get\",\"Node\":{\"Node\":\"n\"}}}]"),
        ROLLCALL_OK);
    assert_true(txn.has_catalog);
    assert_int_equal(txn.catalog[0].thing, CATALOG_NONE);
    assert_string_equal(txn.operations[0].key, "a");
    assert_int_equal(txn.catalog[1].thing, CATALOG_CHECK);
    assert_int_equal(txn.catalog[1].verb, CATALOG_CAS);
    assert_string_equal(txn.catalog[1].id, "up");
    assert_string_equal(txn.catalog[1].service_id, "s");
    assert_int_equal(txn.catalog[1].index, 7);
    assert_int_equal(txn.catalog[2].thing, CATALOG_NODE);
    assert_false(txn_reads(&txn));
    txn_deinit(&txn);
    assert_int_equal(parse("[{\"Node\":{\"Verb\":\"get\",\"Node\":{\"Node\":\"n\"}}}]"),
                     ROLLCALL_OK);
    assert_true(txn_reads(&txn));
    txn_deinit(&txn);
}

static void what_is_wrong_is_said_with_its_place(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "", "Failed to parse body: " },
        { "{}", "expected a list" },
        { "[1]", "operation 0: must be an object" },
        { "[{}]", "operation 0: says nothing to do" },
        { "[{\"KV\":[]}]", "KV must be an object" },
        { "[{\"KV\":{}}]", "unknown KV verb \"\"" },
        { "[{\"KV\":{\"Verb\":\"get\",\"Key\":\"a\"}},{\"KV\":{\"Verb\":\"Get\"}}]",
          "operation 1: unknown KV verb \"Get\"" },
        { "[{\"KV\":{\"Verb\":\"get\",\"Key\":1}}]", "Key must be a string" },
        { "[{\"KV\":{\"Verb\":\"set\",\"Key\":\"a\",\"Value\":\"*\"}}]", "no base64" },
        { "[{\"KV\":{\"Verb\":\"get\",\"Key\":\"a\"}},{\"Check\":{\"Verb\":\"get\"}}]",
          "operation 1: " },
        { "[{\"KV\":{\"Verb\":\"get\"},\"Node\":{}}]", "about more than one thing" },
        { "[{\"Node\":{\"Verb\":\"set\",\"Node\":{\"Node\":\"n\"}}}]",
          "Node verbs other than get" },
        { "[{\"Check\":{\"Verb\":\"put\"}}]", "unknown Check verb \"put\"" },
        { "[{\"Check\":{\"Verb\":\"set\",\"Check\":{\"Node\":\"n\"}}}]",
          "must name a node" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(parse(rows[i][0]), ROLLCALL_E_INVALID);
        if (strstr(why.text, rows[i][1]) == NULL)
            fail_msg("%s: %s", rows[i][0], why.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_of_64_bits),
        cmocka_unit_test(what_is_no_such_number_is_refused),
        cmocka_unit_test(long_digits_in_texts_stay_as_they_are),
        cmocka_unit_test(names_match_in_any_case_and_null_is_absent),
        cmocka_unit_test(values_lie_side_by_side),
        cmocka_unit_test(reading_only_is_known),
        cmocka_unit_test(keys_and_checks_are_in_their_places),
        cmocka_unit_test(what_is_wrong_is_said_with_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
