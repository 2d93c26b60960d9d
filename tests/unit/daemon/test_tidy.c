/* When memory goes back to the system. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/tidy.h"

static void few_changes_are_not_worth_it(void **state)
{
    struct tidy tidy;

    (void)state;
    tidy_init(&tidy, 7);
    assert_false(tidy_step(&tidy, 7 + TIDY_CHANGES - 1, 10));
    assert_int_equal(tidy.due, INT64_MAX);
    assert_false(tidy_step(&tidy, 7 + TIDY_CHANGES - 1, 10 * TIDY_MS));
}

static void many_changes_are_followed_by_one_step_a_while_later(void **state)
{
    struct tidy tidy;

    (void)state;
    tidy_init(&tidy, 0);
    assert_false(tidy_step(&tidy, TIDY_CHANGES, 10));
    assert_int_equal(tidy.due, 10 + TIDY_MS);
    assert_false(tidy_step(&tidy, 5 * TIDY_CHANGES, 10 + TIDY_MS - 1));
    assert_true(tidy_step(&tidy, 9 * TIDY_CHANGES, 10 + TIDY_MS));
    assert_int_equal(tidy.due, INT64_MAX);
    assert_false(tidy_step(&tidy, 9 * TIDY_CHANGES + 1, 10 + 9 * TIDY_MS));
}

static void changes_without_end_make_one_step_a_while(void **state)
{
    struct tidy tidy;
    unsigned steps = 0;

    (void)state;
    tidy_init(&tidy, 0);
    for (int64_t now = 0; now < 10 * TIDY_MS; now++)
        steps += tidy_step(&tidy, (uint64_t)now * TIDY_CHANGES, now);
    assert_in_range(steps, 8, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_changes_are_not_worth_it),
        cmocka_unit_test(many_changes_are_followed_by_one_step_a_while_later),
        cmocka_unit_test(changes_without_end_make_one_step_a_while),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
