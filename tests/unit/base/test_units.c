/* base/units.h: durations and sizes as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/units.h"

static void parses_to(const char *text, uint64_t expected)
{
    uint64_t ms = 12345;

    if (!units_parse_duration(text, &ms))
        fail_msg("\"%s\" was refused", text);
    assert_int_equal(ms, expected);
}

static void refused(const char *text)
{
    uint64_t ms = 12345;

    if (units_parse_duration(text, &ms))
        fail_msg("\"%s\" was taken as %llu ms", text, (unsigned long long)ms);
    assert_int_equal(ms, 12345);
}

static void a_duration_is_a_number_with_its_unit(void **state)
{
    (void)state;
    parses_to("250ms", 250);
    parses_to("10s", 10000);
    parses_to("5m", 300000);
    parses_to("1h30m", 5400000);
    parses_to("1d1h1m1s1ms", 90061001);
    parses_to("1.5s", 1500);
    parses_to("0s", 0);
    parses_to("10S", 10000);
    parses_to("0.001s", 1);
    parses_to("0.25m", 15000);
}

static void a_duration_without_unit_or_out_of_order_is_refused(void **state)
{
    (void)state;
    refused("");
    refused("10");
    refused("s");
    refused("-1s");
    refused("+1s");
    refused(" 1s");
    refused("1s ");
    refused("1 s");
    refused("1w");
    refused("1s1h");
    refused("1s1s");
    refused("1h1.5m");
    refused("1.5h1m");
    refused("1.s");
    refused(".5s");
    refused("0.0001s");
    refused("0.5ms");
    refused("1e3s");
}

static void a_duration_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    parses_to("18446744073709551615ms", UINT64_MAX);
    refused("18446744073709551616ms");
    refused("18446744073709551615s");
    refused("18446744073709551615ms1ms");
    refused("213503982334d14h25m51s616ms");
}

static void a_printed_duration_reads_back_as_itself(void **state)
{
    static const uint64_t cases[] = { 0,        1,        999,        1000,
                                      1500,     90000,    3600000,    5400000,
                                      86400000, 90061001, 31536000000 };
    char text[32];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        units_print_duration(cases[i], text, sizeof text);
        parses_to(text, cases[i]);
    }
    units_print_duration(90000, text, sizeof text);
    assert_string_equal(text, "1m30s");
}

static void a_factor_takes_three_digits_behind_the_point(void **state)
{
    static const struct {
        const char *text;
        uint64_t thousandths;
    } good[] = { { "3", 3000 }, { "2.5", 2500 }, { "1.001", 1001 }, { "0", 0 } };
    static const char *const bad[] = { "",       ".5",      "2.",
                                       "1.0001", "-1",      "2,5",
                                       "2.5x",   "4294968", "99999999999999999999" };
    uint64_t thousandths;
    char text[32];

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(units_parse_thousandths(good[i].text, UINT32_MAX, &thousandths));
        assert_int_equal(thousandths, good[i].thousandths);
        units_print_thousandths(thousandths, text, sizeof text);
        assert_string_equal(text, good[i].text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(units_parse_thousandths(bad[i], UINT32_MAX, &thousandths));
}

static void a_size_takes_powers_of_1024(void **state)
{
    uint64_t bytes;

    (void)state;
    assert_true(units_parse_size("65536", &bytes) && bytes == 65536);
    assert_true(units_parse_size("64k", &bytes) && bytes == 65536);
    assert_true(units_parse_size("1MiB", &bytes) && bytes == 1048576);
    assert_true(units_parse_size("2gb", &bytes) && bytes == 2147483648);
    assert_true(units_parse_size("7b", &bytes) && bytes == 7);
    assert_false(units_parse_size("", &bytes));
    assert_false(units_parse_size("k", &bytes));
    assert_false(units_parse_size("1.5k", &bytes));
    assert_false(units_parse_size("1t", &bytes));
    assert_false(units_parse_size("18014398509481984k", &bytes));
}

static void a_size_is_printed_in_its_largest_whole_unit(void **state)
{
    char text[32];

    (void)state;
    units_print_size(65536, text, sizeof text);
    assert_string_equal(text, "64k");
    units_print_size(1000, text, sizeof text);
    assert_string_equal(text, "1000");
    units_print_size((uint64_t)4096 << 30, text, sizeof text);
    assert_string_equal(text, "4096g");
}

static void a_number_has_digits_only_and_a_bound(void **state)
{
    uint64_t number = 7;

    (void)state;
    assert_true(units_parse_u64("65535", 65535, &number) && number == 65535);
    assert_false(units_parse_u64("65536", 65535, &number));
    assert_false(units_parse_u64("", 65535, &number));
    assert_false(units_parse_u64("0x10", 65535, &number));
    assert_false(units_parse_u64("1 ", 65535, &number));
    assert_int_equal(number, 65535);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_duration_is_a_number_with_its_unit),
        cmocka_unit_test(a_duration_without_unit_or_out_of_order_is_refused),
        cmocka_unit_test(a_duration_that_does_not_fit_is_refused),
        cmocka_unit_test(a_printed_duration_reads_back_as_itself),
        cmocka_unit_test(a_factor_takes_three_digits_behind_the_point),
        cmocka_unit_test(a_size_takes_powers_of_1024),
        cmocka_unit_test(a_size_is_printed_in_its_largest_whole_unit),
        cmocka_unit_test(a_number_has_digits_only_and_a_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
