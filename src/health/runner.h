/* health/runner.h - starts what is due, limits how many run, times out, ends runs.
 *
 * Knows no socket and no registry: a kind begins a run in start() and ends it in
 * runner_finish(), later or from inside. What is due while too many run waits its turn,
 * first come first served. Work per call is bounded; runner_next_due() then says "now".
 * Threads  control.
 */
#ifndef HEALTH_RUNNER_H
#define HEALTH_RUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "health/check.h"
#include "health/schedule.h"

/* How one run ended. */
struct check_result {
    enum check_outcome outcome;
    const char *detail; /* borrowed for the call, as is `said`; may be NULL */
    const char *said;   /* what is kept of it where keep_output is; NULL: the detail */
    int64_t latency_us;
};

struct runner_settings {
    uint32_t max_running;
    uint64_t seed;
    int64_t (*clock_us)(void); /* monotonic microseconds */
    void (*on_result)(void *owner, struct check *check,
                      const struct check_result *result);
    void *owner;
};

struct runner {
    struct runner_settings settings;
    struct schedule schedule;
    struct list waiting; /* of struct check, by `waiting` */
    uint32_t waiting_count;
    uint32_t running;
    int64_t latest_ms;   /* the longest that a run began behind its due time */
    uint64_t late_count; /* runs that began more than a second behind it */
    bool starting;       /* inside the loop that starts: no second one below it */
};

void runner_init(struct runner *runner, const struct runner_settings *settings);
/* Every check must have been removed. */
void runner_deinit(struct runner *runner);

/* From here on the check runs whenever it is due. `loaded`: it has a stored state. */
enum rollcall_status runner_add(struct runner *runner, struct check *check, bool loaded);
/* Cancels a run under way; the check may be freed afterwards. */
void runner_remove(struct runner *runner, struct check *check);

/* Start and time out what is due. */
void runner_run_due(struct runner *runner);
/* When to call runner_run_due() next: monotonic ms, INT64_MAX for never. */
int64_t runner_next_due(const struct runner *runner);

void runner_finish(struct runner *runner, struct check *check, enum check_outcome outcome,
                   const char *detail, const char *said);
/* At the next occasion, unless it runs or waits for a place already. */
void runner_run_now(struct runner *runner, struct check *check);
/* The same, somewhere within its interval. */
void runner_spread(struct runner *runner, struct check *check);
/* The definition has another interval; what runs or waits for a place goes on. */
void runner_interval_changed(struct runner *runner, struct check *check);
/* A pushed check was heard of: not overdue until one interval from now. */
void runner_reported(struct runner *runner, struct check *check);

#endif
