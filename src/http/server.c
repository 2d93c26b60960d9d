#include "http/server.h"

#include <limits.h>
#include <stdlib.h>

#include "base/clock.h"
#include "http/carrier.h"
#include "http/internal.h"
#include "http/tls.h"

enum {
    /* Exchanges that go on in one turn. Resuming any walks along all that are suspended,
     * so they must not be too few either. */
    BATCH = 1024,
    RESUME_US = 30000
};

static const struct counter_row count_rows[] = {
    COUNTER(struct http_counts, connections, "Connections open now.", IS_GAUGE),
    COUNTER(struct http_counts, accepted, "Connections accepted."),
    COUNTER(struct http_counts, refused_connections,
            "Connections refused because too many were open."),
    COUNTER(struct http_counts, requests, "Requests read.", IS_UNSHOWN),
    COUNTER(struct http_counts, waiting, "Requests that wait for a change now.",
            IS_GAUGE),
    COUNTER(struct http_counts, waits, "Requests that waited for a change."),
    COUNTER(struct http_counts, woken, "Times a request was woken by a change."),
    COUNTER(struct http_counts, put_off,
            "Requests with a large answer, made after the small ones."),
    COUNTER(struct http_counts, shared, "Answers that were those of another request."),
    COUNTER(struct http_counts, streams, "Streams open now.", IS_GAUGE),
    COUNTER(struct http_counts, gone, "Clients that went while they waited."),
    COUNTER(struct http_counts, timeouts,
            "Connections closed because the client took too long."),
    COUNTER(struct http_counts, forbidden, "Requests refused for want of a right."),
    COUNTER(struct http_counts, foreign,
            "Requests refused because they came from a page of another site."),
    COUNTER(struct http_counts, limited,
            "Requests refused because their client asks too often."),
    COUNTER(struct http_counts, sent_bytes, "Octets of bodies sent."),
    COUNTER_END,
};

static void shown(void *owner, struct metrics *metrics)
{
    routes_shown(owner, metrics);
    certificate_shown(owner, metrics);
}

const struct counter_group http_counter_group = { .area = "http",
                                                  .rows = count_rows,
                                                  .more = shown };

static void init(struct http *http, uv_loop_t *loop, const struct config *config)
{
    http->loop = loop;
    http->whole = config;
    http->config = &config->api;
    http->gone_fd = -1;
    http->room_due = INT64_MAX;
    http->room_held = SIZE_MAX;
    table_init(&http->peers);
    table_init(&http->shares);
    table_init(&http->router.literal);
    heap_init(&http->waits);
    list_init(&http->idle);
    list_init(&http->receiving);
    list_init(&http->woken);
    list_init(&http->large);
    list_init(&http->ready);
    list_init(&http->crowd);
    list_init(&http->deferred);
    list_init(&http->orphans);
    list_init(&http->streams);
    list_init(&http->pending_streams);
    buffer_init(&http->spare, OUT_MAX);
    http->lost =
        (struct routed){ .route = &respond_lost_route, .counts = &http->lost_counts };
    http->blocks[0] = &http->counts;
    http->group = http_counter_group;
    http->group.blocks = http->blocks;
    http->group.block_count = 1;
    http->group.owner = http;
}

/* The Unix socket is plain, whatever the addresses are. */
static enum rollcall_status open_carriers(struct http *http, struct reason *why)
{
    bool encrypted = http->config->tls.cert != NULL;
    enum rollcall_status status = wait_open(http, why);

    if (status == ROLLCALL_OK)
        status = patience_open(http, why);
    if (status == ROLLCALL_OK && encrypted)
        status = tls_load(&http->config->tls, &http->tls_set, why);
    if (status == ROLLCALL_OK && encrypted)
        status = carrier_open(http, true, &http->tls, why);
    if (status == ROLLCALL_OK && (!encrypted || http->unix_door != NULL))
        status = carrier_open(http, false, &http->plain, why);
    return status;
}

enum rollcall_status http_create(uv_loop_t *loop, const struct config *config,
                                 const struct tokens *tokens, struct http **out,
                                 struct reason *why)
{
    struct http *http = calloc(1, sizeof *http);
    enum rollcall_status status;

    if (http == NULL)
        return ROLLCALL_E_NOMEM;
    init(http, loop, config);
    http->tokens = tokens;
    *out = http; /* http_destroy() takes half-built ones */
    peers_open(http);
    auth_open(http);
    status = accept_open(http, why);
    if (status == ROLLCALL_OK && accept_any(http))
        status = open_carriers(http, why);
    return status;
}

void http_add(struct http *http, const struct http_table *table)
{
    if (http->table_count < HTTP_TABLES_MAX)
        http->tables[http->table_count++] = *table;
}

const struct http_table *http_tables(const struct http *http, size_t index)
{
    return index < http->table_count ? &http->tables[index] : NULL;
}

static size_t count_rows_of(const struct http_table *table)
{
    size_t count = 0;

    while (table->routes[count].path != NULL)
        count++;
    return count;
}

enum rollcall_status http_start(struct http *http, struct reason *why)
{
    for (size_t i = 0; i < http->table_count; i++) {
        http->route_counts[i] =
            calloc(count_rows_of(&http->tables[i]) + 1, sizeof **http->route_counts);
        if (http->route_counts[i] == NULL)
            return ROLLCALL_E_NOMEM;
        if (http->tables[i].not_found != NULL || http->lost.table == NULL)
            http->lost.table = &http->tables[i];
    }
    enum rollcall_status status = router_build(http->tables, http->table_count,
                                               http->route_counts, &http->router, why);
    if (status != ROLLCALL_OK)
        return status;
    accept_start(http);
    return ROLLCALL_OK;
}

static bool resume_some(struct list *list, unsigned most)
{
    bool any = !list_empty(list);

    while (!list_empty(list) && most-- > 0) {
        struct exchange *exchange = list_entry(list->next, struct exchange, node);
        list_remove(&exchange->node);
        carrier_resume(exchange);
    }
    return any;
}

/* Those that have their response go on in the carrier, which works off in one call all
 * that it has. */
static void resume_ready(struct http *http)
{
    int64_t ends = 0;
    bool any, crowded;

    do {
        any = resume_some(&http->ready, BATCH);
        crowded = resume_some(&http->crowd, BATCH);
        if (!any && !crowded)
            return;
        if (ends == 0)
            ends = clock_monotonic_us() + RESUME_US;
        carrier_run(http->plain);
        carrier_run(http->tls);
    } while (clock_monotonic_us() < ends);
}

static bool is_left(const struct http *http)
{
    return !list_empty(&http->woken) || !list_empty(&http->ready) ||
           !list_empty(&http->crowd) || !list_empty(&http->pending_streams);
}

void http_flush(struct http *http)
{
    if (http == NULL)
        return;
    wait_run_woken(http);
    large_run(http);
    streams_flush(http);
    resume_ready(http);
    if (list_empty(&http->woken) && list_empty(&http->large))
        shares_clear(http);
    peers_tidy(http);
    if (is_left(http))
        wait_again(http);
}

/* Who still owes it an answer will give it to nobody. */
static void orphan(struct http *http, struct exchange *exchange)
{
    exchange->abandoned = true;
    list_remove(&exchange->node);
    list_append(&http->ready, &exchange->node);
}

static void refuse_all(struct list *list)
{
    while (!list_empty(list))
        exchange_text(list_entry(list->next, struct exchange, node), 503,
                      "the daemon is stopping");
}

void http_stop(struct http *http)
{
    if (http == NULL || http->stopped)
        return;
    http->stopped = true;
    while (heap_first(&http->waits) != NULL) {
        struct exchange *exchange =
            list_entry(heap_first(&http->waits), struct exchange, due);
        wait_leave(exchange);
        exchange_text(exchange, 503, "the daemon is stopping");
    }
    refuse_all(&http->woken);
    refuse_all(&http->large);
    while (!list_empty(&http->deferred))
        orphan(http, list_entry(http->deferred.next, struct exchange, node));
    streams_stop(http);
    resume_some(&http->ready, UINT_MAX);
    resume_some(&http->crowd, UINT_MAX);
    carrier_finish(http->plain);
    carrier_finish(http->tls);
    shares_clear(http);
    carrier_close(http->plain);
    carrier_close(http->tls);
    http->plain = NULL;
    http->tls = NULL;
    accept_close(http);
    patience_close(http);
    wait_close(http);
}

static void free_orphans(struct http *http)
{
    while (!list_empty(&http->orphans))
        exchange_destroy(list_entry(http->orphans.next, struct exchange, node));
}

void http_destroy(struct http *http)
{
    if (http == NULL)
        return;
    free_orphans(http);
    router_deinit(&http->router);
    for (size_t i = 0; i < HTTP_TABLES_MAX; i++)
        free(http->route_counts[i]);
    tls_release(http->tls_set);
    peers_free(http);
    table_deinit(&http->shares);
    heap_deinit(&http->waits);
    buffer_deinit(&http->spare);
    free(http);
}

const struct counter_group *http_counters(const struct http *http)
{
    return &http->group;
}

const struct http_route_counts *http_route_counts(const struct http *http,
                                                  const struct http_table *table,
                                                  size_t index)
{
    size_t at = (size_t)(table - http->tables);

    if (at >= http->table_count || http->route_counts[at] == NULL ||
        index >= count_rows_of(table))
        return NULL;
    return &http->route_counts[at][index];
}

struct http_now http_now(const struct http *http)
{
    return (struct http_now){
        .connections = http->open,
        .waiting = (uint32_t)counter_read(&http->counts.waiting),
        .streams = (uint32_t)counter_read(&http->counts.streams),
    };
}
