/* health/schedule.h - when each check runs next: due times, spreading, jitter.
 *
 * A new check runs first after its initial delay and a short spread, so that what was
 * registered at once is known soon but not checked at once; its second run falls at a
 * random place of its interval, so that a thousand of them stay apart. A loaded check
 * starts anywhere in its interval: its stored state stands until then.
 * While a check runs, its node holds the time-out. A check stays in the heap from add to
 * remove, so only schedule_add() can be short of memory.
 * Times    monotonic milliseconds, given by the caller.
 * Threads  control.
 */
#ifndef HEALTH_SCHEDULE_H
#define HEALTH_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/heap.h"
#include "base/random.h"
#include "health/check.h"
#include "rollcall/status.h"

struct schedule {
    struct heap heap;
    struct random_state random;
};

void schedule_init(struct schedule *schedule, uint64_t seed);
/* Every check must have been removed. */
void schedule_deinit(struct schedule *schedule);

enum rollcall_status schedule_add(struct schedule *schedule, struct check *check,
                                  bool loaded, int64_t now);
void schedule_remove(struct schedule *schedule, struct check *check);

/* The run that began at `started` is over: when comes the next? Never before `now`. */
void schedule_next_run(struct schedule *schedule, struct check *check, int64_t started,
                       int64_t now);
/* A pushed check was heard of at `now`: overdue one interval later. */
void schedule_reported(struct schedule *schedule, struct check *check, int64_t now);
/* Its definition has another interval: it comes no later than that from now. */
void schedule_interval_changed(struct schedule *schedule, struct check *check,
                               int64_t now);
/* It comes at `now`. */
void schedule_soon(struct schedule *schedule, struct check *check, int64_t now);
/* It comes somewhere within an interval from now. */
void schedule_spread(struct schedule *schedule, struct check *check, int64_t now);
/* It runs: its node now holds the time-out. */
void schedule_time_out(struct schedule *schedule, struct check *check, int64_t started);
/* It waits for a place among the running: no due time until it starts. */
void schedule_suspend(struct schedule *schedule, struct check *check);

/* The earliest check if it is due at `now`, else NULL. The caller gives it a new time. */
struct check *schedule_due(const struct schedule *schedule, int64_t now);
/* INT64_MAX when nothing is to come. */
int64_t schedule_first(const struct schedule *schedule);

#endif
