/* The brake on mass removals: who may leave, who is held. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "health/brake.h"

#define MINUTE INT64_C(60000)

static const struct brake_rule rule = { .share = 500,
                                        .instances = 10,
                                        .longest = 60 * MINUTE };

/* `failing` of 100 instances fail, one a millisecond. How many left. */
static unsigned these_fail(struct brake *brake, unsigned failing, int64_t *now)
{
    unsigned left = 0;

    for (unsigned i = 0; i < failing; i++) {
        (*now)++;
        if (brake_take(brake, &rule, 100, *now))
            left++;
        else
            brake_hold(brake, *now);
    }
    return left;
}

static void of_100_that_fail_the_budget_leaves(void **state)
{
    struct brake brake = { 0 };
    int64_t now = 5000;

    (void)state;
    assert_int_equal(these_fail(&brake, 100, &now), 50);
    assert_int_equal(brake.held, 50);
}

static void the_next_minute_lets_nobody_go_while_some_are_held(void **state)
{
    struct brake brake = { 0 };
    int64_t now = 5000;

    (void)state;
    these_fail(&brake, 60, &now);
    now += 2 * MINUTE;
    assert_int_equal(these_fail(&brake, 10, &now), 0);
}

static void without_a_held_one_the_budget_comes_back_in_a_minute(void **state)
{
    struct brake brake = { 0 };
    int64_t now = 5000;

    (void)state;
    assert_int_equal(these_fail(&brake, 50, &now), 50);
    now += MINUTE / 2;
    assert_false(brake_take(&brake, &rule, 100, now));
    now += MINUTE;
    assert_int_equal(brake_left(&brake, now), 0);
    assert_true(brake_take(&brake, &rule, 100, now));
}

static void confirmed_all_leave(void **state)
{
    struct brake brake = { 0 };
    int64_t now = 5000;

    (void)state;
    these_fail(&brake, 60, &now);
    brake_confirm(&brake, now);
    assert_true(brake_is_over(&brake, &rule, now));
    assert_int_equal(these_fail(&brake, 30, &now), 30);
    now += 2 * MINUTE;
    assert_false(brake_is_over(&brake, &rule, now));
}

static void refused_nobody_leaves_for_however_long(void **state)
{
    struct brake brake = { 0 };
    int64_t now = 5000;

    (void)state;
    these_fail(&brake, 60, &now);
    brake_refuse(&brake);
    now += 1000 * MINUTE;
    assert_false(brake_is_over(&brake, &rule, now));
    assert_int_equal(these_fail(&brake, 5, &now), 0);
    while (brake.held > 0)
        brake_release(&brake); /* all are well again */
    assert_true(brake_take(&brake, &rule, 100, now));
}

static void after_the_longest_hold_the_next_budget_may_leave(void **state)
{
    struct brake brake = { 0 };
    int64_t now = 5000;

    (void)state;
    these_fail(&brake, 100, &now);
    now += 61 * MINUTE;
    unsigned left = 0;
    for (int i = 0; i < 50; i++)
        if (brake_take(&brake, &rule, 100, now)) {
            brake_release(&brake);
            left++;
        }
    assert_int_equal(left, 50);
    assert_int_equal(brake.held, 0);
}

static void a_small_service_is_not_braked(void **state)
{
    struct brake brake = { 0 };

    (void)state;
    for (int i = 0; i < 9; i++)
        assert_true(brake_take(&brake, &rule, 9, 1000 + i));
}

static void one_may_always_leave(void **state)
{
    const struct brake_rule tight = { .share = 1, .instances = 1 };
    struct brake brake = { 0 };

    (void)state;
    assert_true(brake_take(&brake, &tight, 100, 1000));
    assert_false(brake_take(&brake, &tight, 100, 1001));
}

static void a_brake_that_did_nothing_lately_may_be_forgotten(void **state)
{
    struct brake brake = { 0 };
    int64_t now = 5000;

    (void)state;
    assert_int_equal(these_fail(&brake, 1, &now), 1);
    assert_false(brake_is_idle(&brake, now));
    assert_true(brake_is_idle(&brake, now + 2 * MINUTE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_100_that_fail_the_budget_leaves),
        cmocka_unit_test(the_next_minute_lets_nobody_go_while_some_are_held),
        cmocka_unit_test(without_a_held_one_the_budget_comes_back_in_a_minute),
        cmocka_unit_test(confirmed_all_leave),
        cmocka_unit_test(refused_nobody_leaves_for_however_long),
        cmocka_unit_test(after_the_longest_hold_the_next_budget_may_leave),
        cmocka_unit_test(a_small_service_is_not_braked),
        cmocka_unit_test(one_may_always_leave),
        cmocka_unit_test(a_brake_that_did_nothing_lately_may_be_forgotten),
    };

    return cmocka_run_group_tests_name("health/brake", tests, NULL, NULL);
}
