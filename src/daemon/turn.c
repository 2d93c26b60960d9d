#include "daemon/turn.h"

#include <malloc.h>

#include "base/clock.h"

/* No due time is this, so the ticker will be set. */
#define DUE_UNSET INT64_MIN

static const struct counter_row rows[] = {
    COUNTER(struct turn_counts, longest_us,
            "The longest turn of the control thread's loop since the start, without the "
            "sleep before it: so long a request had to wait at most.",
            IS_GAUGE, .per = 1000000, .metric = "control_turn_longest_seconds"),
    COUNTER_END,
};

/* The loop's clock has milliseconds. */
static const struct histogram_bounds took_bounds = {
    .per = 1000000,
    .count = 10,
    .upper = { 1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000, 500000, 1000000 },
};

static const struct histogram_table histograms[] = {
    { .metric = "control_turn_seconds",
      .help =
          "Turns of the control thread's loop, without the sleep before each, to a "
          "millisecond: so long the registration socket, HTTP and checks wait for each "
          "other.",
      .bounds = &took_bounds,
      .offset = offsetof(struct turn_counts, took),
      .count = 1 },
    { .metric = NULL },
};

const struct counter_group turn_counter_group = { .area = "control",
                                                  .rows = rows,
                                                  .histograms = histograms };

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

/* libuv looked at the clock when it woke up, before it called anybody. */
static void on_check(uv_check_t *check)
{
    struct turn *turn = check->data;

    turn->woke = (int64_t)uv_now(check->loop);
}

static void count_turn(struct turn *turn)
{
    struct turn_counts *counts = &turn->counts;
    int64_t took = clock_monotonic_us() - turn->woke * 1000;
    uint64_t spent = took > 0 ? (uint64_t)took : 0;

    histogram_add(&counts->took, &took_bounds, spent, 1);
    if (spent > counter_read(&counts->longest_us))
        counter_set(&counts->longest_us, spent);
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
    if (due != turn->due) {
        turn->due = due;
        ticker_set(turn->ticker, due);
    }
    count_turn(turn);
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
    *out = (struct turn){ .due = DUE_UNSET,
                          .rooms = *rooms,
                          .woke = clock_monotonic_ms(),
                          .group = turn_counter_group };
    out->blocks[0] = &out->counts;
    out->group.blocks = out->blocks;
    out->group.block_count = 1;
    tidy_init(&out->tidy, 0);
    if (ticker_open(loop, on_due, out, &out->ticker) != ROLLCALL_OK ||
        uv_prepare_init(loop, &out->prepare) != 0 ||
        uv_check_init(loop, &out->check) != 0) {
        reason_set(why, "cannot make a timer: out of memory");
        return ROLLCALL_E_NOMEM;
    }
    out->prepare.data = out;
    out->open = true;
    uv_prepare_start(&out->prepare, on_prepare);
    out->check.data = out;
    uv_check_start(&out->check, on_check);
    return ROLLCALL_OK;
}

void turn_close(struct turn *turn)
{
    ticker_close(turn->ticker);
    turn->ticker = NULL;
    if (turn->open) {
        uv_close((uv_handle_t *)&turn->prepare, NULL);
        uv_close((uv_handle_t *)&turn->check, NULL);
    }
    turn->open = false;
}
