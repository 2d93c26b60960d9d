#include "health/runner.h"

#include <assert.h>
#include <stdio.h>

#include "base/units.h"
#include "health/engine.h"
#include "health/naming.h"

enum {
    /* Starts and time-outs in one call. A start costs some 20 us with its system calls:
     * 128 of them are 3 ms, the longest that a registration may have to wait for them. */
    BATCH = 128,
    /* Due times are met at the next multiple of this: at a thousand checks a second the
     * process wakes 100 times instead of 1000, and nobody notices 10 ms in a jitter. */
    GRID_MS = 10,
    LATE_MS = 1000 /* what began later is counted */
};

void runner_init(struct runner *runner, const struct runner_settings *settings)
{
    *runner = (struct runner){ .settings = *settings };
    if (runner->settings.max_running == 0)
        runner->settings.max_running = 1;
    schedule_init(&runner->schedule, settings->seed);
    list_init(&runner->waiting);
}

void runner_deinit(struct runner *runner)
{
    assert(list_empty(&runner->waiting) && runner->running == 0);
    schedule_deinit(&runner->schedule);
}

static int64_t now_ms(const struct runner *runner)
{
    return runner->settings.clock_us() / 1000;
}

enum rollcall_status runner_add(struct runner *runner, struct check *check, bool loaded)
{
    list_init(&check->waiting);
    check->running = false;
    return schedule_add(&runner->schedule, check, loaded, now_ms(runner));
}

static void stop_waiting(struct runner *runner, struct check *check)
{
    if (list_empty(&check->waiting))
        return;
    list_remove(&check->waiting);
    runner->waiting_count--;
}

static void cancel(struct runner *runner, struct check *check)
{
    if (!naming_cancel(check) && check->kind->cancel != NULL)
        check->kind->cancel(check);
    check->running = false;
    runner->running--;
}

void runner_remove(struct runner *runner, struct check *check)
{
    stop_waiting(runner, check);
    schedule_remove(&runner->schedule, check);
    if (check->running)
        cancel(runner, check);
}

static void note_lateness(struct runner *runner, int64_t late)
{
    if (late > runner->latest_ms)
        runner->latest_ms = late;
    if (late > LATE_MS)
        runner->late_count++;
}

/* `due` as it was before any waiting. */
static void start(struct runner *runner, struct check *check, int64_t due)
{
    assert(!check->running);
    check->running = true;
    check->started_us = runner->settings.clock_us();
    runner->running++;
    int64_t late = check->started_us / 1000 - due;
    note_lateness(runner, late);
    check->late_ms = (uint8_t)(late < UINT8_MAX ? late : UINT8_MAX);
    schedule_time_out(&runner->schedule, check, check->started_us / 1000);
    if (check->named)
        naming_start(check);
    else
        check->kind->start(check); /* may end in runner_finish() at once */
}

static void wait_for_place(struct runner *runner, struct check *check)
{
    check->started_us = check->due.due * 1000; /* kept here until it starts */
    schedule_suspend(&runner->schedule, check);
    list_append(&runner->waiting, &check->waiting);
    runner->waiting_count++;
}

static bool has_place(const struct runner *runner)
{
    return runner->running < runner->settings.max_running;
}

/* Those who wait go before those who become due. Returns what is left of the batch. */
static int start_waiting(struct runner *runner, int batch)
{
    for (; batch > 0 && has_place(runner) && !list_empty(&runner->waiting); batch--) {
        struct check *check = list_entry(runner->waiting.next, struct check, waiting);
        stop_waiting(runner, check);
        start(runner, check, check->started_us / 1000);
    }
    return batch;
}

static void end(struct runner *runner, struct check *check,
                const struct check_result *result)
{
    /* Counted from when it was due: what the loop's clock rounds away must not add up
     * from run to run. After a long wait it counts from there: no catching up in a row.
     */
    schedule_next_run(&runner->schedule, check, check->started_us / 1000 - check->late_ms,
                      now_ms(runner));
    runner->settings.on_result(runner->settings.owner, check, result);
}

static void time_out(struct runner *runner, struct check *check)
{
    char detail[160];
    char limit[32];
    const char *more = NULL;

    if (naming_is_asking(check))
        more = "its name was still being looked up";
    else if (check->kind->late != NULL)
        more = check->kind->late(check);
    units_print_duration(check->spec->timeout_ms, limit, sizeof limit);
    snprintf(detail, sizeof detail, "no answer within %s%s%s", limit,
             more != NULL ? "; " : "", more != NULL ? more : "");
    cancel(runner, check);
    struct check_result result = {
        .outcome = OUTCOME_TIMED_OUT,
        .detail = detail,
        .latency_us = runner->settings.clock_us() - check->started_us,
    };
    end(runner, check, &result);
}

void runner_run_due(struct runner *runner)
{
    int64_t now = now_ms(runner);
    struct check *check;

    assert(!runner->starting);
    runner->starting = true;
    int batch = start_waiting(runner, BATCH);
    while (batch-- > 0 && (check = schedule_due(&runner->schedule, now)) != NULL) {
        if (check->running)
            time_out(runner, check);
        else if (has_place(runner) && list_empty(&runner->waiting))
            start(runner, check, check->due.due);
        else
            wait_for_place(runner, check);
    }
    runner->starting = false;
}

int64_t runner_next_due(const struct runner *runner)
{
    if (!list_empty(&runner->waiting) && has_place(runner))
        return 0;
    int64_t due = schedule_first(&runner->schedule);
    return due > INT64_MAX - GRID_MS ? due : (due + GRID_MS - 1) / GRID_MS * GRID_MS;
}

/* A pass that took longer than max_latency is a warning. What was reported has no
 * latency of its own. */
static void apply_max_latency(const struct check *check, struct check_result *result,
                              char *detail, size_t size)
{
    int64_t allowed_us = (int64_t)check->spec->max_latency_ms * 1000;
    char allowed[32];

    if (result->outcome != OUTCOME_PASSED || allowed_us == 0 ||
        result->latency_us <= allowed_us)
        return;
    units_print_duration(check->spec->max_latency_ms, allowed, sizeof allowed);
    snprintf(detail, size, "took %lld ms, allowed %s",
             (long long)(result->latency_us / 1000), allowed);
    result->outcome = OUTCOME_TOO_SLOW;
    result->detail = detail;
    result->said = NULL;
}

/* A pass that took much longer than this check usually takes is a warning too. */
static void apply_latency_factor(struct check *check, struct check_result *result,
                                 char *detail, size_t size)
{
    uint32_t factor = check->spec->latency_factor;
    struct check_memory *memory = NULL;

    if (factor == 0 || result->outcome != OUTCOME_PASSED ||
        (memory = check_memory_of(check)) == NULL)
        return;
    if (median_is_exceeded(&memory->median, factor, result->latency_us)) {
        snprintf(detail, size, "took %.1f ms, usually %.1f ms, allowed %.4g times that",
                 (double)result->latency_us / 1000, (double)memory->median.value / 1000,
                 (double)factor / 1000);
        result->outcome = OUTCOME_SLOWER;
        result->detail = detail;
        result->said = NULL;
    }
    median_add(&memory->median, result->latency_us);
}

void runner_finish(struct runner *runner, struct check *check, enum check_outcome outcome,
                   const char *detail, const char *said)
{
    char slow[96];
    struct check_result result = {
        .outcome = outcome,
        .detail = detail,
        .said = said,
        .latency_us = runner->settings.clock_us() - check->started_us,
    };

    assert(check->running);
    check->running = false;
    runner->running--;
    apply_latency_factor(check, &result, slow, sizeof slow);
    apply_max_latency(check, &result, slow, sizeof slow);
    end(runner, check, &result);
    /* One place became free, so one may start; the flag keeps runs that end inside
     * start() from growing the stack. */
    if (!runner->starting) {
        runner->starting = true;
        start_waiting(runner, 1);
        runner->starting = false;
    }
}

void runner_reported(struct runner *runner, struct check *check)
{
    schedule_reported(&runner->schedule, check, now_ms(runner));
}

static bool is_idle(const struct check *check)
{
    return !check->running && list_empty(&check->waiting);
}

void runner_run_now(struct runner *runner, struct check *check)
{
    if (is_idle(check))
        schedule_soon(&runner->schedule, check, now_ms(runner));
}

void runner_spread(struct runner *runner, struct check *check)
{
    if (is_idle(check))
        schedule_spread(&runner->schedule, check, now_ms(runner));
}

void runner_interval_changed(struct runner *runner, struct check *check)
{
    if (is_idle(check))
        schedule_interval_changed(&runner->schedule, check, now_ms(runner));
}
