#include "daemon/turn.h"

#include <malloc.h>

#include "base/clock.h"

/* No due time is this, so the ticker will be set. */
#define DUE_UNSET INT64_MIN

void turn_flush(struct turn *turn)
{
    answer_flush(turn->rooms.answer);
    intake_flush(turn->rooms.intake);
    http_flush(turn->rooms.http);
}

/* The earliest time at which there is something to do. */
static int64_t next_due(const struct turn *turn, int64_t serials)
{
    const int64_t others[] = { answer_next_due(turn->rooms.answer), serials,
                               turn->tidy.due };
    int64_t due = registry_next_due(turn->rooms.registry);

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        due = others[i] < due ? others[i] : due;
    return due;
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct turn *turn = prepare->data;
    int64_t now = clock_monotonic_ms();

    answer_run_due(turn->rooms.answer, now);
    turn_flush(turn);
    int64_t serials = answer_run_serials(turn->rooms.answer, now, clock_wall_ms());
    if (tidy_step(&turn->tidy, registry_revision(turn->rooms.registry), now))
        malloc_trim(0);
    int64_t due = next_due(turn, serials);
    if (due == turn->due)
        return;
    turn->due = due;
    ticker_set(turn->ticker, due);
}

/* The serials are looked at in the prepare call that follows. */
static void on_due(void *owner, int64_t now)
{
    struct turn *turn = owner;

    turn->due = DUE_UNSET;
    registry_set_time(turn->rooms.registry, now, clock_wall_ms());
    registry_run_due(turn->rooms.registry, now);
}

enum rollcall_status turn_open(uv_loop_t *loop, const struct turn_rooms *rooms,
                               struct turn *out, struct reason *why)
{
    *out = (struct turn){ .due = DUE_UNSET, .rooms = *rooms };
    tidy_init(&out->tidy, 0);
    if (ticker_open(loop, on_due, out, &out->ticker) != ROLLCALL_OK ||
        uv_prepare_init(loop, &out->prepare) != 0) {
        reason_set(why, "cannot make a timer: out of memory");
        return ROLLCALL_E_NOMEM;
    }
    out->prepare.data = out;
    out->open = true;
    uv_prepare_start(&out->prepare, on_prepare);
    return ROLLCALL_OK;
}

void turn_close(struct turn *turn)
{
    ticker_close(turn->ticker);
    turn->ticker = NULL;
    if (turn->open)
        uv_close((uv_handle_t *)&turn->prepare, NULL);
    turn->open = false;
}
