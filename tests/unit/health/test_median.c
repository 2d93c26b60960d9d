/* The moving median of a latency. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "health/median.h"

enum { MS = 1000, THREE_TIMES = 3000 };

static struct median after(unsigned times, int64_t us)
{
    struct median median = { 0 };

    for (unsigned i = 0; i < times; i++)
        median_add(&median, us);
    return median;
}

static void it_is_no_larger_than_eight_octets(void **state)
{
    (void)state;
    assert_true(sizeof(struct median) <= 8);
}

static void it_says_nothing_before_it_knows_enough(void **state)
{
    struct median median = after(MEDIAN_NEEDED - 1, 10 * MS);

    (void)state;
    assert_false(median_is_exceeded(&median, THREE_TIMES, 1000 * MS));
    median_add(&median, 10 * MS);
    assert_true(median_is_exceeded(&median, THREE_TIMES, 1000 * MS));
}

static void it_finds_the_middle_of_scattered_values(void **state)
{
    struct median median = { 0 };
    struct random_state random;

    (void)state;
    random_init(&random, 7);
    for (int i = 0; i < 2000; i++)
        median_add(&median, 10 * MS + (int64_t)random_below(&random, 20 * MS));
    assert_in_range(median.value, 16 * MS, 24 * MS); /* 20 ms */
}

static void one_very_slow_answer_hardly_moves_it(void **state)
{
    struct median median = after(100, 10 * MS);

    (void)state;
    median_add(&median, 60 * 1000 * MS);
    assert_in_range(median.value, 9 * MS, 13 * MS);
}

static void it_follows_a_change_that_lasts(void **state)
{
    struct median median = after(100, 10 * MS);

    (void)state;
    for (int i = 0; i < 50; i++)
        median_add(&median, 100 * MS);
    assert_in_range(median.value, 80 * MS, 120 * MS);
}

static void what_the_machine_does_is_no_slowness(void **state)
{
    struct median median = after(100, 100);

    (void)state;
    assert_false(median_is_exceeded(&median, THREE_TIMES, 4 * MS));
    assert_true(median_is_exceeded(&median, THREE_TIMES, 6 * MS));
    assert_false(median_is_exceeded(&median, 0, 1000 * MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_no_larger_than_eight_octets),
        cmocka_unit_test(it_says_nothing_before_it_knows_enough),
        cmocka_unit_test(it_finds_the_middle_of_scattered_values),
        cmocka_unit_test(one_very_slow_answer_hardly_moves_it),
        cmocka_unit_test(it_follows_a_change_that_lasts),
        cmocka_unit_test(what_the_machine_does_is_no_slowness),
    };

    return cmocka_run_group_tests_name("health/median", tests, NULL, NULL);
}
