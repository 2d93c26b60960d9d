/* Keys, sessions, events and queries: built together; and when sessions end. */
#include "consul/keep.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "consul/bound.h"
#include "consul/happening.h"
#include "consul/prepared.h"
#include "consul/session.h"

/* Verdicts come in crowds: the checks of sessions are looked at once for all that came
 * in this time. */
enum { LOOK_PAUSE_MS = 50 };

#define ROW(member, ...) COUNTER(struct keep_counts, member, __VA_ARGS__)

static const struct counter_row count_rows[] = {
    ROW(keys, "Keys of the key/value store now.", IS_GAUGE),
    ROW(key_bytes, "Octets of memory that they take (api.kv_max bounds it).", IS_GAUGE),
    ROW(sessions, "Sessions now (api.sessions bounds them).", IS_GAUGE),
    ROW(key_changes, "Keys that were written or deleted."),
    ROW(session_changes, "Sessions that began or ended."),
    ROW(events, "Events fired over Consul's API."),
    ROW(rollbacks, "Transactions of which a condition did not hold."),
    COUNTER_END,
};
#undef ROW

const struct counter_group keep_counter_group = { .area = "consul", .rows = count_rows };

const struct counter_group *keep_counters(const struct consul *consul)
{
    return &consul->keep->group;
}

/* ---- what moved ----------------------------------------------------------------- */

static void show_sizes(struct consul *consul)
{
    struct keep_counts *counts = &consul->keep->counts;

    counter_set(&counts->keys, consul->kv->shelf.count_on_disk);
    counter_set(&counts->key_bytes, consul->kv->shelf.bytes_on_disk);
    counter_set(&counts->sessions, consul->sessions->shelf.count_on_disk);
}

static void on_key_moved(void *owner, const char *key, size_t length)
{
    struct consul *consul = owner;
    struct keep_counts *counts = &consul->keep->counts;

    counter_add(&counts->key_changes, 1);
    show_sizes(consul);
    consul->index.version++;
    kv_watch_moved(&consul->keep->watch, key, length);
}

static void on_session_moved(void *owner)
{
    struct consul *consul = owner;

    counter_add(&consul->keep->counts.session_changes, 1);
    show_sizes(consul);
    consul->index.version++;
    topic_wake(&consul->keep->sessions);
}

/* Some see a session by the keys that it holds. */
static void on_session_locked(void *owner)
{
    struct consul *consul = owner;

    topic_wake(&consul->keep->sessions);
}

/* ---- the turn in which things end ------------------------------------------------ */

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void on_due(void *owner, int64_t now)
{
    struct keep *keep = owner;
    struct consul *consul = keep->consul;
    int64_t wall = clock_wall_ms();

    if (keep->look_at <= now) {
        keep->look_at = INT64_MAX;
        sessions_look(consul->sessions, now);
    }
    int64_t next = earlier(sessions_run_due(consul->sessions, now, wall),
                           delays_run_due(consul->kv->delays, now));
    ticker_set(keep->ticker, earlier(next, keep->look_at));
}

void keep_rearm(struct consul *consul)
{
    const struct heap_node *first = heap_first(&consul->sessions->due);
    int64_t next = first == NULL ? INT64_MAX : first->due;

    next = earlier(next, delays_next_due(consul->kv->delays));
    if (consul->keep->ticker != NULL)
        ticker_set(consul->keep->ticker, earlier(next, consul->keep->look_at));
}

/* Something that a session may be bound to moved. Not now: nothing may be submitted from
 * inside an event. */
static void on_event(void *owner, const struct event *event)
{
    struct keep *keep = owner;

    (void)event;
    if (keep->look_at != INT64_MAX || keep->consul->sessions->by_id.count == 0)
        return;
    keep->look_at = clock_monotonic_ms() + LOOK_PAUSE_MS;
    keep_rearm(keep->consul);
}

void keep_node_moved(struct consul *consul)
{
    if (consul->keep != NULL && consul->keep->ticker != NULL)
        on_event(consul->keep, NULL);
}

/* ---- building ------------------------------------------------------------------- */

static bool make_parts(struct consul *consul)
{
    const struct session_settings bounds = { .max = consul->config->api.sessions,
                                             .check = bound_check,
                                             .moved = on_session_moved,
                                             .locked = on_session_locked,
                                             .owner = consul };
    const struct kv_settings settings = { .bytes_max = consul->config->api.kv_max,
                                          .keys_max = consul->config->api.kv_keys,
                                          .moved = on_key_moved,
                                          .owner = consul };

    consul->sessions = sessions_create(consul->ledger, &bounds);
    if (consul->sessions == NULL)
        return false;
    consul->kv = kv_create(consul->ledger, consul->sessions, &settings);
    consul->events = happenings_create();
    consul->queries = prepared_create(consul);
    consul->sessions->kv = consul->kv;
    return consul->kv != NULL && consul->events != NULL && consul->queries != NULL;
}

enum rollcall_status keep_create(struct consul *consul)
{
    struct keep *keep = malloc(sizeof *keep);

    if (keep == NULL)
        return ROLLCALL_E_NOMEM;
    *keep = (struct keep){ .consul = consul, .look_at = INT64_MAX };
    consul->keep = keep;
    keep->blocks[0] = &keep->counts;
    keep->group = keep_counter_group;
    keep->group.blocks = keep->blocks;
    keep->group.block_count = 1;
    kv_watch_init(&keep->watch);
    topic_init(&keep->sessions);
    topic_init(&keep->events);
    topic_init(&keep->queries);
    keep->listener = (struct listener){ .on_event = on_event, .owner = keep };
    if (!make_parts(consul))
        return ROLLCALL_E_NOMEM;
    return ticker_open(consul->loop, on_due, keep, &keep->ticker);
}

enum rollcall_status keep_start(struct consul *consul, struct reason *why)
{
    uint64_t start = registry_revision(consul->registry);
    int64_t now = clock_monotonic_ms();
    struct store *store = consul->store;
    enum rollcall_status status = sessions_load(consul->sessions, store, start, now, why);

    if (status == ROLLCALL_OK)
        status = kv_load(consul->kv, store, start, now, clock_wall_ms(), why);
    if (status == ROLLCALL_OK)
        status = prepared_load(consul->queries, store, start, why);
    if (status != ROLLCALL_OK)
        return status;
    show_sizes(consul);
    registry_listen(consul->registry, &consul->keep->listener);
    consul->keep->look_at = now + LOOK_PAUSE_MS; /* what went while nobody watched */
    keep_rearm(consul);
    return ROLLCALL_OK;
}

void keep_stop(struct consul *consul)
{
    struct keep *keep = consul->keep;

    registry_unlisten(consul->registry, &keep->listener);
    ticker_close(keep->ticker);
    keep->ticker = NULL;
    kv_watch_deinit(&keep->watch);
    topic_wake(&keep->sessions);
    topic_wake(&keep->events);
    topic_wake(&keep->queries);
}

void keep_destroy(struct consul *consul)
{
    if (consul->keep == NULL)
        return;
    prepared_destroy(consul->queries);
    happenings_destroy(consul->events);
    kv_destroy(consul->kv);
    sessions_destroy(consul->sessions);
    ticker_close(consul->keep->ticker);
    free(consul->keep);
    consul->keep = NULL;
}
