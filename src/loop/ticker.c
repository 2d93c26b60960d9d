#include "loop/ticker.h"

#include <stdlib.h>

#include "base/clock.h"

struct ticker {
    uv_timer_t timer;
    void (*on_due)(void *owner, int64_t now);
    void *owner; /* borrowed: lives until ticker_close() */
    int64_t due; /* INT64_MAX: never */
};

enum rollcall_status ticker_open(uv_loop_t *loop,
                                 void (*on_due)(void *owner, int64_t now), void *owner,
                                 struct ticker **out)
{
    struct ticker *ticker = calloc(1, sizeof *ticker);
    if (ticker == NULL)
        return ROLLCALL_E_NOMEM;
    uv_timer_init(loop, &ticker->timer);
    ticker->timer.data = ticker;
    ticker->on_due = on_due;
    ticker->owner = owner;
    ticker->due = INT64_MAX;
    *out = ticker;
    return ROLLCALL_OK;
}

static void arm(struct ticker *ticker);

/* The loop's idea of the time is as old as its turn, so a timer may come early: then
 * it is armed again for the rest. */
static void on_timer(uv_timer_t *timer)
{
    struct ticker *ticker = timer->data;
    int64_t now = clock_monotonic_ms();

    if (now < ticker->due) {
        uv_update_time(timer->loop);
        arm(ticker);
        return;
    }
    ticker->due = INT64_MAX;
    ticker->on_due(ticker->owner, now);
}

static void arm(struct ticker *ticker)
{
    int64_t loop_now = (int64_t)uv_now(ticker->timer.loop);
    int64_t delay = ticker->due > loop_now ? ticker->due - loop_now : 0;

    uv_timer_start(&ticker->timer, on_timer, (uint64_t)delay, 0);
}

void ticker_set(struct ticker *ticker, int64_t due)
{
    if (due == ticker->due)
        return;
    ticker->due = due;
    if (due == INT64_MAX)
        uv_timer_stop(&ticker->timer);
    else
        arm(ticker);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void ticker_close(struct ticker *ticker)
{
    if (ticker != NULL)
        uv_close((uv_handle_t *)&ticker->timer, on_closed);
}
