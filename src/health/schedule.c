#include "health/schedule.h"

#include <assert.h>

enum {
    /* A new check is run within this time, or a tenth of its interval where that is
     * less: a caller that registered wants to be served soon, and a thousand that
     * registered together must not be one burst. */
    FIRST_SPREAD_MS = 500,
    /* Plus and minus 5 %: enough to break up rhythms, too little to be noticed. */
    JITTER_PERCENT = 5
};

void schedule_init(struct schedule *schedule, uint64_t seed)
{
    heap_init(&schedule->heap);
    random_init(&schedule->random, seed);
}

void schedule_deinit(struct schedule *schedule)
{
    assert(schedule->heap.count == 0);
    heap_deinit(&schedule->heap);
}

static int64_t random_ms(struct schedule *schedule, int64_t bound)
{
    return (int64_t)random_below(&schedule->random, (uint64_t)bound);
}

static int64_t first_delay(struct schedule *schedule, const struct check *check,
                           bool loaded)
{
    int64_t interval = check->spec->interval_ms;
    int64_t spread = interval / 10;

    if (check->kind->pushed)
        return interval + (loaded ? 0 : check->spec->initial_delay_ms);
    if (loaded)
        return random_ms(schedule, interval);
    if (spread > FIRST_SPREAD_MS)
        spread = FIRST_SPREAD_MS;
    return check->spec->initial_delay_ms + random_ms(schedule, spread + 1);
}

enum rollcall_status schedule_add(struct schedule *schedule, struct check *check,
                                  bool loaded, int64_t now)
{
    check->fresh = !loaded;
    heap_node_init(&check->due);
    return heap_set(&schedule->heap, &check->due,
                    now + first_delay(schedule, check, loaded));
}

void schedule_remove(struct schedule *schedule, struct check *check)
{
    heap_remove(&schedule->heap, &check->due);
}

/* Moving a node that is in the heap needs no memory. */
static void move(struct schedule *schedule, struct check *check, int64_t due)
{
    assert(heap_node_waits(&check->due));
    (void)heap_set(&schedule->heap, &check->due, due);
}

static int64_t pause_after(struct schedule *schedule, struct check *check)
{
    int64_t interval = check->spec->interval_ms;
    int64_t jitter = interval * JITTER_PERCENT / 100;

    if (check->kind->pushed)
        return interval;
    if (check->fresh) {
        check->fresh = false;
        return interval - random_ms(schedule, interval / 2 + 1);
    }
    return interval - jitter + random_ms(schedule, 2 * jitter + 1);
}

void schedule_next_run(struct schedule *schedule, struct check *check, int64_t started,
                       int64_t now)
{
    int64_t due = started + pause_after(schedule, check);

    move(schedule, check, due > now ? due : now);
}

void schedule_reported(struct schedule *schedule, struct check *check, int64_t now)
{
    move(schedule, check, now + check->spec->interval_ms);
}

void schedule_interval_changed(struct schedule *schedule, struct check *check,
                               int64_t now)
{
    int64_t interval = check->spec->interval_ms;

    if (check->kind->pushed)
        move(schedule, check, now + interval);
    else if (check->due.due > now + interval)
        move(schedule, check, now + random_ms(schedule, interval));
}

void schedule_soon(struct schedule *schedule, struct check *check, int64_t now)
{
    move(schedule, check, now);
}

void schedule_spread(struct schedule *schedule, struct check *check, int64_t now)
{
    move(schedule, check, now + random_ms(schedule, check->spec->interval_ms));
}

void schedule_time_out(struct schedule *schedule, struct check *check, int64_t started)
{
    move(schedule, check, started + check->spec->timeout_ms);
}

void schedule_suspend(struct schedule *schedule, struct check *check)
{
    move(schedule, check, INT64_MAX);
}

struct check *schedule_due(const struct schedule *schedule, int64_t now)
{
    struct heap_node *first = heap_first(&schedule->heap);

    if (first == NULL || first->due > now)
        return NULL;
    return list_entry(first, struct check, due);
}

int64_t schedule_first(const struct schedule *schedule)
{
    const struct heap_node *first = heap_first(&schedule->heap);

    return first == NULL ? INT64_MAX : first->due;
}
