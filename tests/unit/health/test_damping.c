/* Flap damping: who is suppressed, and for how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "health/damping.h"

#define MINUTE INT64_C(60000)

/* The defaults of the configuration. */
static const struct damping_rule rule = {
    .suppress = 3500, .reuse = 1000, .half_life = 5 * MINUTE, .max_suppress = 30 * MINUTE
};

/* It leaves and comes back `times` times, `pause` ms between two transitions. */
static struct damping after_flaps(unsigned times, int64_t pause, int64_t *now)
{
    struct damping damping = { 0 };

    for (unsigned i = 0; i < 2 * times; i++) {
        *now += pause;
        damping_add(&damping, &rule, *now);
    }
    return damping;
}

static void two_restarts_in_a_row_harm_nobody(void **state)
{
    int64_t now = 1000;

    (void)state;
    assert_false(after_flaps(2, 0, &now).suppressed);
    assert_false(after_flaps(3, 1000, &now).suppressed);
}

static void the_fourth_flap_in_a_row_suppresses(void **state)
{
    int64_t now = 1000;

    (void)state;
    assert_true(after_flaps(4, 1000, &now).suppressed);
}

static void one_restart_every_ten_minutes_never_suppresses(void **state)
{
    int64_t now = 1000;

    (void)state;
    assert_false(after_flaps(100, 5 * MINUTE, &now).suppressed);
}

static void a_penalty_halves_in_its_half_life(void **state)
{
    struct damping damping = { .penalty = 4000, .at = 0 };

    (void)state;
    assert_int_equal(damping_penalty(&damping, &rule, 0), 4000);
    assert_int_equal(damping_penalty(&damping, &rule, 5 * MINUTE), 2000);
    assert_int_equal(damping_penalty(&damping, &rule, 15 * MINUTE), 500);
    assert_int_equal(damping_penalty(&damping, &rule, 1000000 * MINUTE), 0);
}

static void it_comes_back_when_the_penalty_has_fallen_to_reuse(void **state)
{
    int64_t now = 0;
    struct damping damping = after_flaps(4, 1, &now);

    (void)state;
    int64_t until = damping_until(&damping, &rule);
    assert_in_range(until - now, 9 * MINUTE, 11 * MINUTE); /* two half-lives */
    assert_in_range(damping_penalty(&damping, &rule, until), 900, 1000);
    damping_settle(&damping, &rule, until - 1);
    assert_true(damping.suppressed);
    damping_settle(&damping, &rule, until);
    assert_false(damping.suppressed);
}

static void nobody_is_out_longer_than_max_suppress_at_a_time(void **state)
{
    int64_t now = 0;
    struct damping damping = after_flaps(500, 1, &now);

    (void)state;
    assert_true(damping_until(&damping, &rule) <= damping.since + 30 * MINUTE);
    damping_settle(&damping, &rule, damping.since + 30 * MINUTE);
    assert_false(damping.suppressed);
}

static void a_restart_of_the_daemon_ends_nothing_earlier_or_later(void **state)
{
    int64_t now = 0;
    struct damping before = after_flaps(6, 1, &now);
    int64_t until = damping_until(&before, &rule);

    (void)state;
    struct damping after = damping_restored(&rule, now + MINUTE, until, now + MINUTE);
    assert_true(after.suppressed);
    assert_in_range(damping_until(&after, &rule), until - 15000, until + 15000);
}

static void suppress_zero_damps_nobody(void **state)
{
    const struct damping_rule none = { .half_life = MINUTE, .reuse = 1000 };
    struct damping damping = { 0 };

    (void)state;
    for (int i = 0; i < 100; i++)
        assert_false(damping_add(&damping, &none, i));
}

static void what_is_long_ago_is_forgotten(void **state)
{
    int64_t now = 0;
    struct damping damping = after_flaps(1, 1, &now);

    (void)state;
    assert_true(damping_settle(&damping, &rule, now + 5 * MINUTE));
    assert_false(damping_settle(&damping, &rule, now + 60 * MINUTE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_restarts_in_a_row_harm_nobody),
        cmocka_unit_test(the_fourth_flap_in_a_row_suppresses),
        cmocka_unit_test(one_restart_every_ten_minutes_never_suppresses),
        cmocka_unit_test(a_penalty_halves_in_its_half_life),
        cmocka_unit_test(it_comes_back_when_the_penalty_has_fallen_to_reuse),
        cmocka_unit_test(nobody_is_out_longer_than_max_suppress_at_a_time),
        cmocka_unit_test(a_restart_of_the_daemon_ends_nothing_earlier_or_later),
        cmocka_unit_test(suppress_zero_damps_nobody),
        cmocka_unit_test(what_is_long_ago_is_forgotten),
    };

    return cmocka_run_group_tests_name("health/damping", tests, NULL, NULL);
}
