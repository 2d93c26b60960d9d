/* base/histogram.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/histogram.h"

struct block {
    counter before;
    struct histogram of[2];
};

static const struct histogram_bounds bounds = { .per = 1000,
                                                .count = 3,
                                                .upper = { 10, 20, 40 } };
static const struct histogram_table table[] = {
    { .metric = "took_seconds",
      .bounds = &bounds,
      .offset = offsetof(struct block, of),
      .count = 2 },
    { .metric = NULL },
};

static struct histogram_sum sum_of(const struct block *one, const struct block *two)
{
    const void *const blocks[] = { one, two };
    const struct counter_group group = {
        .area = "test", .blocks = blocks, .block_count = 2, .histograms = table
    };
    const struct counter_group *const groups[] = { &group, NULL };
    struct histogram_sum sum;

    assert_true(histogram_find(groups, "took_seconds", &sum));
    return sum;
}

static void a_bound_belongs_to_its_bucket_and_what_is_above_to_the_next(void **state)
{
    struct block one = { 0 }, two = { 0 };
    (void)state;

    histogram_add(&one.of[0], &bounds, 10, 1);
    histogram_add(&one.of[0], &bounds, 11, 1);
    histogram_add(&one.of[0], &bounds, 41, 1);
    struct histogram_sum sum = sum_of(&one, &two);
    assert_int_equal(sum.buckets[0], 1);
    assert_int_equal(sum.buckets[1], 1);
    assert_int_equal(sum.buckets[2], 0);
    assert_int_equal(sum.buckets[3], 1);
    assert_int_equal(sum.count, 3);
    assert_int_equal(sum.sum, 62);
}

static void blocks_and_labels_are_summed(void **state)
{
    struct block one = { 0 }, two = { 0 };
    (void)state;

    histogram_add(&one.of[1], &bounds, 5, 32);
    histogram_add(&two.of[0], &bounds, 5, 8);
    struct histogram_sum sum = sum_of(&one, &two);
    assert_int_equal(sum.buckets[0], 40);
    assert_int_equal(sum.sum, 200);
}

static void one_label_is_collected_alone(void **state)
{
    struct block one = { 0 };
    const void *const blocks[] = { &one };
    const struct counter_group group = { .area = "test",
                                         .blocks = blocks,
                                         .block_count = 1 };
    struct histogram_sum sum;
    (void)state;

    histogram_add(&one.of[0], &bounds, 5, 3);
    histogram_add(&one.of[1], &bounds, 30, 2);
    histogram_collect(&group, table, 1, &sum);
    assert_int_equal(sum.count, 2);
    assert_int_equal(sum.buckets[2], 2);
}

static void a_quantile_is_taken_as_evenly_spread_within_its_bucket(void **state)
{
    struct block one = { 0 }, two = { 0 };
    (void)state;

    histogram_add(&one.of[0], &bounds, 5, 50);
    histogram_add(&one.of[0], &bounds, 15, 50);
    struct histogram_sum sum = sum_of(&one, &two);
    assert_float_equal(histogram_quantile(&sum, 0.25), 0.005, 1e-9);
    assert_float_equal(histogram_quantile(&sum, 0.5), 0.010, 1e-9);
    assert_float_equal(histogram_quantile(&sum, 0.75), 0.015, 1e-9);
    assert_float_equal(histogram_quantile(&sum, 1), 0.020, 1e-9);
}

static void a_quantile_above_the_last_bound_is_that_bound(void **state)
{
    struct block one = { 0 }, two = { 0 };
    (void)state;

    histogram_add(&one.of[0], &bounds, 1000, 4);
    struct histogram_sum sum = sum_of(&one, &two);
    assert_float_equal(histogram_quantile(&sum, 0.99), 0.040, 1e-9);
}

static void a_quantile_of_nothing_is_0(void **state)
{
    struct block one = { 0 }, two = { 0 };
    (void)state;

    struct histogram_sum sum = sum_of(&one, &two);
    assert_float_equal(histogram_quantile(&sum, 0.5), 0, 0);
}

static void what_no_group_has_is_not_found(void **state)
{
    const struct counter_group group = { .area = "test" };
    const struct counter_group *const groups[] = { &group, NULL };
    struct histogram_sum sum;
    (void)state;

    assert_false(histogram_find(groups, "took_seconds", &sum));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bound_belongs_to_its_bucket_and_what_is_above_to_the_next),
        cmocka_unit_test(blocks_and_labels_are_summed),
        cmocka_unit_test(one_label_is_collected_alone),
        cmocka_unit_test(a_quantile_is_taken_as_evenly_spread_within_its_bucket),
        cmocka_unit_test(a_quantile_above_the_last_bound_is_that_bound),
        cmocka_unit_test(a_quantile_of_nothing_is_0),
        cmocka_unit_test(what_no_group_has_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
