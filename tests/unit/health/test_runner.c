/* health/runner.h and health/schedule.h with a time of our own: who runs when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "health/runner.h"

enum { MANY = 1000 };

/* Time stands still unless a test moves it. */
static int64_t now_us;
static int started;
static int cancelled;
static int results;
static struct check_result last;
static char last_detail[128];
static struct runner runner;

static int64_t fake_clock(void)
{
    return now_us;
}

static void on_result(void *owner, struct check *check, const struct check_result *result)
{
    (void)check;
    assert_ptr_equal(owner, &runner);
    results++;
    last = *result;
    strcpy(last_detail, result->detail != NULL ? result->detail : "");
}

static void start_slow(struct check *check)
{
    (void)check;
    started++;
}

static void start_at_once(struct check *check)
{
    started++;
    runner_finish(&runner, check, OUTCOME_PASSED, NULL, NULL);
}

static void cancel_slow(struct check *check)
{
    (void)check;
    cancelled++;
}

static const struct check_kind slow = { .start = start_slow, .cancel = cancel_slow };
static const struct check_kind at_once = { .start = start_at_once };
static const struct check_kind pushed = { .start = start_at_once, .pushed = true };

static struct rollcall_check spec;
static struct check checks[MANY];

static int set_up(void **state)
{
    struct runner_settings settings = {
        .max_running = MANY,
        .seed = 1,
        .clock_us = fake_clock,
        .on_result = on_result,
        .owner = &runner,
    };

    (void)state;
    now_us = 1000000000;
    started = cancelled = results = 0;
    memset(checks, 0, sizeof checks);
    spec = (struct rollcall_check){ .interval_ms = 10000, .timeout_ms = 3000 };
    runner_init(&runner, &settings);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < MANY; i++)
        if (checks[i].kind != NULL)
            runner_remove(&runner, &checks[i]);
    runner_deinit(&runner);
    return 0;
}

static struct check *add(int index, const struct check_kind *kind, bool loaded)
{
    struct check *check = &checks[index];

    *check = (struct check){ .kind = kind, .spec = &spec };
    assert_int_equal(runner_add(&runner, check, loaded), ROLLCALL_OK);
    return check;
}

/* Move the time to `ms` after the beginning, running all that is due on the way. */
static void run_until(int64_t ms)
{
    int64_t end = 1000000000 + ms * 1000;

    for (;;) {
        int64_t due = runner_next_due(&runner);
        if (due > end / 1000)
            break;
        if (due * 1000 > now_us)
            now_us = due * 1000;
        runner_run_due(&runner);
    }
    now_us = end;
}

static void a_new_check_runs_soon_but_a_thousand_do_not_run_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < MANY; i++)
        add(i, &slow, false);
    run_until(50);
    assert_in_range(started, 50, 200); /* a tenth of the spread, about 100 */
    run_until(510);
    assert_int_equal(started, MANY);
}

static void a_short_interval_is_spread_over_a_tenth_of_itself(void **state)
{
    (void)state;
    spec.interval_ms = 1000;
    for (int i = 0; i < MANY; i++)
        add(i, &slow, false);
    run_until(104);
    assert_int_equal(started, MANY);
}

static void a_new_check_waits_for_its_initial_delay(void **state)
{
    (void)state;
    spec.initial_delay_ms = 2000;
    add(0, &at_once, false);
    run_until(1999);
    assert_int_equal(started, 0);
    run_until(2510);
    assert_int_equal(started, 1);
}

static void loaded_checks_are_spread_over_their_whole_interval(void **state)
{
    (void)state;
    for (int i = 0; i < MANY; i++)
        add(i, &slow, true);
    for (int part = 1; part <= 9; part++) {
        run_until(part * 1000);
        assert_in_range(started, part * 100 - 60, part * 100 + 60);
    }
    /* The first ones are due for their second run already. */
    run_until(10004);
    assert_in_range(started, MANY, MANY + 60);
}

static void checks_of_one_moment_stay_apart_from_their_second_run_on(void **state)
{
    int before;

    (void)state;
    for (int i = 0; i < MANY; i++)
        add(i, &at_once, false);
    run_until(510);
    run_until(4990);
    assert_int_equal(started, MANY); /* no second run before half an interval */
    before = started;
    for (int second = 6; second <= 10; second++) {
        run_until(second * 1000);
        assert_in_range(started - before, 80, 330);
        before = started;
    }
    run_until(10600);
    assert_in_range(started, 2 * MANY, 2 * MANY + 200);
}

static void runs_follow_one_another_at_the_interval_give_or_take(void **state)
{
    (void)state;
    add(0, &at_once, true);
    run_until(10000);
    started = 0;
    run_until(10000 + 1000 * 10000);
    assert_in_range(started, 985, 1015);
}

static void the_grid_does_not_add_up_from_run_to_run(void **state)
{
    (void)state;
    spec.interval_ms = 100;
    add(0, &at_once, true);
    run_until(1000);
    started = 0;
    run_until(1000 + 1000 * 100);
    assert_in_range(started, 985, 1015);
}

static void the_interval_is_from_start_to_start(void **state)
{
    struct check *check = add(0, &slow, true);

    (void)state;
    run_until(10000);
    assert_int_equal(started, 1);
    now_us = check->started_us + 2900000;
    runner_finish(&runner, check, OUTCOME_PASSED, NULL, NULL);
    assert_in_range(check->due.due * 1000 - check->started_us, 9500000, 10500000);
}

static void a_run_that_took_longer_than_its_interval_is_followed_at_once(void **state)
{
    struct check *check;

    (void)state;
    spec.interval_ms = 1000;
    check = add(0, &slow, true);
    run_until(1000);
    now_us = check->started_us + 2000000;
    runner_finish(&runner, check, OUTCOME_PASSED, NULL, NULL);
    assert_int_equal(check->due.due, now_us / 1000);
}

static void a_run_that_does_not_end_is_cancelled_in_time(void **state)
{
    struct check *check = add(0, &slow, true);

    (void)state;
    run_until(10000);
    int64_t begun = (check->started_us - 1000000000) / 1000;
    run_until(begun + 2990);
    assert_int_equal(results, 0);
    run_until(begun + 3010);
    assert_int_equal(cancelled, 1);
    assert_int_equal(results, 1);
    assert_int_equal(last.outcome, OUTCOME_TIMED_OUT);
    assert_string_equal(last_detail, "no answer within 3s");
    assert_false(check->running);
}

static void slower_than_max_latency_is_a_warning_with_its_time(void **state)
{
    struct check *check;

    (void)state;
    spec.max_latency_ms = 200;
    check = add(0, &slow, true);
    run_until(10000);
    now_us = check->started_us + 350000;
    runner_finish(&runner, check, OUTCOME_PASSED, NULL, NULL);
    assert_int_equal(last.outcome, OUTCOME_TOO_SLOW);
    assert_string_equal(last_detail, "took 350 ms, allowed 200ms");
    assert_int_equal(last.latency_us, 350000);
}

static void a_slow_failure_stays_that_failure(void **state)
{
    struct check *check;

    (void)state;
    spec.max_latency_ms = 200;
    check = add(0, &slow, true);
    run_until(10000);
    now_us = check->started_us + 350000;
    runner_finish(&runner, check, OUTCOME_REFUSED, NULL, NULL);
    assert_int_equal(last.outcome, OUTCOME_REFUSED);
}

static struct check *first_running(int from)
{
    for (int i = 0; i < MANY; i++)
        if (checks[(from + i) % MANY].running)
            return &checks[(from + i) % MANY];
    return NULL;
}

static void no_more_run_at_once_than_allowed_and_the_rest_waits_in_order(void **state)
{
    (void)state;
    runner.settings.max_running = 10;
    for (int i = 0; i < 50; i++)
        add(i, &slow, false);
    run_until(600);
    assert_int_equal(started, 10);
    assert_int_equal(runner.running, 10);
    assert_int_equal(runner.waiting_count, 40);
    struct check *next = list_entry(runner.waiting.next, struct check, waiting);
    runner_finish(&runner, first_running(0), OUTCOME_PASSED, NULL, NULL);
    assert_int_equal(started, 11);
    assert_true(next->running);
    assert_int_equal(runner.waiting_count, 39);
}

static void those_that_wait_get_their_turn_when_others_time_out(void **state)
{
    (void)state;
    runner.settings.max_running = 10;
    for (int i = 0; i < 30; i++)
        add(i, &slow, false);
    run_until(3700);
    assert_int_equal(started, 20);
    run_until(9000);
    assert_in_range(started, 30, 40);
}

static void many_that_end_at_once_do_not_grow_the_stack_or_stop(void **state)
{
    (void)state;
    runner.settings.max_running = 1;
    struct check *blocker = add(0, &slow, false);
    run_until(510);
    assert_true(blocker->running);
    for (int i = 1; i < MANY; i++)
        add(i, &at_once, false);
    run_until(1050);
    assert_int_equal(runner.waiting_count, MANY - 1);
    runner_finish(&runner, blocker, OUTCOME_PASSED, NULL, NULL);
    assert_int_equal(runner_next_due(&runner), 0); /* the rest in later turns, soon */
    run_until(1060);
    assert_int_equal(runner.waiting_count, 0);
    assert_int_equal(results, MANY);
}

static void removing_cancels_a_run_and_frees_its_place(void **state)
{
    (void)state;
    runner.settings.max_running = 1;
    struct check *one = add(0, &slow, false);
    run_until(510);
    struct check *two = add(1, &slow, false);
    run_until(1100);
    assert_int_equal(runner.waiting_count, 1);
    runner_remove(&runner, one);
    one->kind = NULL;
    assert_int_equal(cancelled, 1);
    assert_int_equal(results, 0);
    run_until(1200);
    assert_true(two->running);
    runner_remove(&runner, two);
    two->kind = NULL;
    assert_true(runner_next_due(&runner) == INT64_MAX);
}

static void time_spent_waiting_for_a_place_counts_as_late(void **state)
{
    struct check *first = add(0, &slow, true);

    (void)state;
    runner.settings.max_running = 1;
    schedule_soon(&runner.schedule, first, now_us / 1000);
    runner_run_due(&runner);
    schedule_soon(&runner.schedule, add(1, &slow, true), now_us / 1000);
    runner_run_due(&runner);
    assert_int_equal(runner.waiting_count, 1);
    now_us += 1500000;
    runner_finish(&runner, first, OUTCOME_PASSED, NULL, NULL);
    assert_int_equal(started, 2);
    assert_int_equal(runner.latest_ms, 1500);
    assert_int_equal(runner.late_count, 1);
}

static void the_grid_is_all_that_delays_a_run_when_there_is_time(void **state)
{
    (void)state;
    for (int i = 0; i < MANY; i++)
        add(i, &at_once, true);
    run_until(30000);
    assert_in_range(runner.latest_ms, 1, 10);
    assert_int_equal(runner.late_count, 0);
}

static void a_waiting_check_can_be_removed(void **state)
{
    (void)state;
    runner.settings.max_running = 1;
    add(0, &slow, false);
    run_until(510);
    struct check *two = add(1, &slow, false);
    run_until(1100);
    runner_remove(&runner, two);
    two->kind = NULL;
    assert_int_equal(runner.waiting_count, 0);
    run_until(2000);
    assert_int_equal(started, 1);
}

static void a_pushed_check_is_overdue_one_interval_after_its_last_report(void **state)
{
    struct check *check;

    (void)state;
    spec.initial_delay_ms = 500;
    check = add(0, &pushed, false);
    run_until(10490);
    assert_int_equal(started, 0);
    runner_reported(&runner, check);
    run_until(20480);
    assert_int_equal(started, 0);
    run_until(20500);
    assert_int_equal(started, 1);
    /* Still silent: said again after each interval, for thresholds above one. */
    run_until(30510);
    assert_int_equal(started, 2);
}

static void wake_ups_are_gathered_on_a_grid(void **state)
{
    int wakes = 0;

    (void)state;
    for (int i = 0; i < MANY; i++)
        add(i, &at_once, true);
    while (started < MANY) {
        int64_t due = runner_next_due(&runner);
        now_us = due * 1000;
        runner_run_due(&runner);
        wakes++;
    }
    assert_in_range(wakes, 1, 900);
}

#define RUNNER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUNNER_TEST(a_new_check_runs_soon_but_a_thousand_do_not_run_at_once),
        RUNNER_TEST(a_short_interval_is_spread_over_a_tenth_of_itself),
        RUNNER_TEST(a_new_check_waits_for_its_initial_delay),
        RUNNER_TEST(loaded_checks_are_spread_over_their_whole_interval),
        RUNNER_TEST(checks_of_one_moment_stay_apart_from_their_second_run_on),
        RUNNER_TEST(runs_follow_one_another_at_the_interval_give_or_take),
        RUNNER_TEST(the_grid_does_not_add_up_from_run_to_run),
        RUNNER_TEST(the_interval_is_from_start_to_start),
        RUNNER_TEST(a_run_that_took_longer_than_its_interval_is_followed_at_once),
        RUNNER_TEST(a_run_that_does_not_end_is_cancelled_in_time),
        RUNNER_TEST(slower_than_max_latency_is_a_warning_with_its_time),
        RUNNER_TEST(a_slow_failure_stays_that_failure),
        RUNNER_TEST(no_more_run_at_once_than_allowed_and_the_rest_waits_in_order),
        RUNNER_TEST(those_that_wait_get_their_turn_when_others_time_out),
        RUNNER_TEST(many_that_end_at_once_do_not_grow_the_stack_or_stop),
        RUNNER_TEST(removing_cancels_a_run_and_frees_its_place),
        RUNNER_TEST(time_spent_waiting_for_a_place_counts_as_late),
        RUNNER_TEST(the_grid_is_all_that_delays_a_run_when_there_is_time),
        RUNNER_TEST(a_waiting_check_can_be_removed),
        RUNNER_TEST(a_pushed_check_is_overdue_one_interval_after_its_last_report),
        RUNNER_TEST(wake_ups_are_gathered_on_a_grid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
