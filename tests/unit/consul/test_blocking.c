/* When a read waits, and for how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "consul/blocking.h"

static struct blocking parsed(const char *index, const char *wait)
{
    struct blocking blocking = { 0 };
    const char *error = NULL;

    assert_true(blocking_parse(index, wait, &blocking, &error));
    assert_null(error);
    return blocking;
}

static void refused(const char *index, const char *wait, const char *text)
{
    struct blocking blocking;
    const char *error = NULL;

    assert_false(blocking_parse(index, wait, &blocking, &error));
    assert_string_equal(error, text);
}

static void without_an_index_nothing_waits(void **state)
{
    (void)state;
    const char *const none[] = { NULL, "", "0", "-1" };

    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        struct blocking blocking = parsed(none[i], "10s");
        assert_int_equal(blocking.index, 0);
        assert_false(blocking_is_old(&blocking, 0, 100));
    }
}

static void an_index_is_a_whole_number_of_64_bits(void **state)
{
    (void)state;
    assert_true(parsed("18446744073709551615", NULL).index == UINT64_MAX);
    refused("18446744073709551616", NULL, "Invalid index");
    refused("-2", NULL, "Invalid index");
    refused("abc", NULL, "Invalid index");
    refused("1.5", NULL, "Invalid index");
    refused(" 1", NULL, "Invalid index");
}

static void a_wait_has_a_unit_and_a_longest(void **state)
{
    (void)state;
    assert_int_equal(parsed("1", NULL).wait, 300000);
    assert_int_equal(parsed("1", "").wait, 300000);
    assert_int_equal(parsed("1", "0s").wait, 300000);
    assert_int_equal(parsed("1", "-5s").wait, 300000);
    assert_int_equal(parsed("1", "90000ms").wait, 90000);
    assert_int_equal(parsed("1", "1m30s").wait, 90000);
    assert_int_equal(parsed("1", "1ns").wait, 1);
    assert_int_equal(parsed("1", "10m").wait, 600000);
    assert_int_equal(parsed("1", "100h").wait, 600000);
    refused("1", "10", "Invalid wait time");
    refused("1", "s", "Invalid wait time");
    refused("1", "soon", "Invalid wait time");
    refused("abc", "soon", "Invalid wait time");
}

static void it_waits_while_nothing_is_newer(void **state)
{
    (void)state;
    struct blocking blocking = parsed("7", NULL);

    assert_true(blocking_is_old(&blocking, 7, 9));
    assert_true(blocking_is_old(&blocking, 3, 9));
    assert_false(blocking_is_old(&blocking, 8, 9));
}

static void an_index_that_nobody_gave_is_answered_at_once(void **state)
{
    (void)state;
    struct blocking blocking = parsed("10", NULL);

    assert_false(blocking_is_old(&blocking, 9, 9));
    assert_true(blocking_is_old(&blocking, 9, 10));
}

static void the_random_share_is_never_more_than_a_sixteenth(void **state)
{
    (void)state;
    struct random_state random;
    int64_t least = INT64_MAX;
    int64_t most = 0;
    struct blocking blocking = parsed("1", "16s");

    random_init(&random, 1);
    for (int i = 0; i < 10000; i++) {
        int64_t due = blocking_due(&blocking, &random, 1000);
        least = due < least ? due : least;
        most = due > most ? due : most;
    }
    assert_in_range(least, 17000, 17010);
    assert_in_range(most, 17990, 18000);
    blocking.wait = 1;
    assert_int_equal(blocking_due(&blocking, &random, 0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_an_index_nothing_waits),
        cmocka_unit_test(an_index_is_a_whole_number_of_64_bits),
        cmocka_unit_test(a_wait_has_a_unit_and_a_longest),
        cmocka_unit_test(it_waits_while_nothing_is_newer),
        cmocka_unit_test(an_index_that_nobody_gave_is_answered_at_once),
        cmocka_unit_test(the_random_share_is_never_more_than_a_sixteenth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
