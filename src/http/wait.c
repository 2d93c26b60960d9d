/* Waiting: topics, due times, and clients that go meanwhile. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/carrier.h"
#include "http/exchange.h"
#include "http/internal.h"

#define NO_DUE INT64_MAX

enum { WOKEN_US = 10000 /* of those that are woken, in one turn */ };

void topic_init(struct topic *topic)
{
    *topic = (struct topic){ 0 };
    list_init(&topic->waiting);
}

static bool is_empty(const struct topic *topic)
{
    return topic->waiting.next == NULL || list_empty(&topic->waiting);
}

static void wake(struct exchange *exchange)
{
    struct http *http = exchange->http;

    list_remove(&exchange->node);
    heap_remove(&http->waits, &exchange->due);
    exchange->topic = NULL;
    exchange->state = EXCHANGE_WOKEN;
    list_append(&http->woken, &exchange->node);
    counter_add(&http->counts.woken, 1);
    counter_set(&http->counts.waiting, counter_read(&http->counts.waiting) - 1);
}

void topic_wake(struct topic *topic)
{
    while (!is_empty(topic))
        wake(list_entry(topic->waiting.next, struct exchange, node));
}

void wait_leave(struct exchange *exchange)
{
    struct topic *topic = exchange->topic;

    list_remove(&exchange->node);
    if (topic == NULL)
        return;
    exchange->topic = NULL;
    heap_remove(&exchange->http->waits, &exchange->due);
    counter_set(&exchange->http->counts.waiting,
                counter_read(&exchange->http->counts.waiting) - 1);
    if (list_empty(&topic->waiting) && topic->on_empty != NULL)
        topic->on_empty(topic, topic->owner);
}

static void set_waking(struct http *http, int64_t due)
{
    if (http->waking == NULL || due >= http->waking_due)
        return;
    http->waking_due = due;
    ticker_set(http->waking, due);
}

void wait_again(struct http *http)
{
    set_waking(http, clock_monotonic_ms());
}

void wait_until(struct http *http, int64_t due)
{
    set_waking(http, due);
}

void wait_abandon(struct exchange *exchange)
{
    wait_leave(exchange);
    exchange->abandoned = true;
    counter_add(&exchange->http->counts.gone, 1);
    if (exchange->suspended)
        list_append(&exchange->http->crowd, &exchange->node);
}

void exchange_wait(struct exchange *exchange, struct topic *topic, int64_t due)
{
    struct http *http = exchange->http;

    assert(exchange->in_run && exchange->state == EXCHANGE_RUNNING);
    if (heap_set(&http->waits, &exchange->due, due) != ROLLCALL_OK) {
        exchange_text(exchange, 503, "memory is short: this cannot wait");
        return;
    }
    exchange->state = EXCHANGE_WAITING;
    exchange->topic = topic;
    list_append(&topic->waiting, &exchange->node);
    counter_set(&http->counts.waiting, counter_read(&http->counts.waiting) + 1);
    if (!exchange->waited) {
        exchange->waited = true;
        exchange->wait_due = due;
        counter_add(&http->counts.waits, 1);
    }
    large_restart(exchange);
    respond_return(exchange);
    exchange_drop_body(exchange);
    buffer_deinit(&exchange->headers);
    wait_watch(exchange->connection);
    if (exchange->connection->gone)
        wait_abandon(exchange);
    else
        set_waking(http, due);
}

bool exchange_waited(const struct exchange *exchange, int64_t *due)
{
    if (!exchange->waited)
        return false;
    if (due != NULL)
        *due = exchange->wait_due;
    return true;
}

/* It runs again, though nothing happened at its topic. */
static void end_wait(struct exchange *exchange)
{
    wait_leave(exchange);
    exchange->state = EXCHANGE_WOKEN;
    list_append(&exchange->http->woken, &exchange->node);
}

/* Runs of those that were woken may wake others: those have the next turn, and so have
 * all that are left when the time of this one is over. */
void wait_run_woken(struct http *http)
{
    const struct list *last = http->woken.prev;
    bool more = !list_empty(&http->woken);
    int64_t ends = more ? clock_monotonic_us() + WOKEN_US : 0;

    while (more && !list_empty(&http->woken)) {
        struct list *first = http->woken.next;
        more = first != last;
        list_remove(first);
        exchange_rerun(list_entry(first, struct exchange, node));
        more = more && clock_monotonic_us() < ends;
    }
}

/* Taking one out moves the others in the heap, so they are listed first. Without memory
 * they are refused when they are woken. */
void waits_revisit(struct http *http)
{
    struct exchange **lost = calloc(http->waits.count + 1, sizeof(struct exchange *));
    size_t count = 0;

    for (size_t i = 0; lost != NULL && i < http->waits.count; i++) {
        struct exchange *exchange =
            list_entry(http->waits.nodes[i], struct exchange, due);
        if (auth_lost(exchange))
            lost[count++] = exchange;
    }
    for (size_t i = 0; i < count; i++)
        end_wait(lost[i]);
    free(lost);
}

static void on_waking(void *owner, int64_t now)
{
    struct http *http = owner;
    struct heap_node *first;

    http->waking_due = NO_DUE;
    while ((first = heap_first(&http->waits)) != NULL && first->due <= now)
        end_wait(list_entry(first, struct exchange, due));
    if (first != NULL)
        set_waking(http, first->due);
}

/* --- Clients that go. */

void wait_watch(struct connection *connection)
{
    struct epoll_event event = { .events = EPOLLRDHUP | EPOLLET,
                                 .data = { .ptr = connection } };

    if (connection->watched)
        return;
    if (epoll_ctl(connection->http->gone_fd, EPOLL_CTL_ADD, connection->fd, &event) == 0)
        connection->watched = true;
    else
        log_warning("http", "cannot watch a client that waits: %s", strerror(errno));
}

void wait_forget(struct connection *connection)
{
    if (connection->watched)
        epoll_ctl(connection->http->gone_fd, EPOLL_CTL_DEL, connection->fd, NULL);
    connection->watched = false;
}

static void client_gone(struct connection *connection)
{
    struct exchange *exchange = connection->exchange;

    connection->gone = true;
    if (exchange == NULL)
        return;
    if (exchange->state == EXCHANGE_WAITING || exchange->state == EXCHANGE_QUEUED) {
        wait_abandon(exchange);
    } else if (exchange->stream != NULL) {
        stream_closed(exchange->stream);
        if (exchange->suspended) {
            list_remove(&exchange->node);
            list_append(&connection->http->crowd, &exchange->node);
        }
    }
}

static void on_gone(void *owner, int events)
{
    struct http *http = owner;
    struct epoll_event ready[64];
    int count = epoll_wait(http->gone_fd, ready, 64, 0);

    (void)events;
    for (int i = 0; i < count; i++)
        client_gone(ready[i].data.ptr);
}

static const struct watch_callbacks gone_callbacks = { .on_ready = on_gone };

enum rollcall_status wait_open(struct http *http, struct reason *why)
{
    http->waking_due = NO_DUE;
    http->gone_fd = epoll_create1(EPOLL_CLOEXEC);
    if (http->gone_fd < 0) {
        reason_set(why, "cannot make an epoll set: %s", strerror(errno));
        return ROLLCALL_E_IO;
    }
    if (watch_open(http->loop, http->gone_fd, &gone_callbacks, http, &http->gone_watch) !=
            ROLLCALL_OK ||
        ticker_open(http->loop, on_waking, http, &http->waking) != ROLLCALL_OK) {
        reason_set(why, "cannot watch clients that wait: out of memory");
        return ROLLCALL_E_NOMEM;
    }
    watch_events(http->gone_watch, UV_READABLE);
    return ROLLCALL_OK;
}

void wait_close(struct http *http)
{
    ticker_close(http->waking);
    http->waking = NULL;
    if (http->gone_watch != NULL)
        watch_close(http->gone_watch); /* and with it the set */
    else if (http->gone_fd >= 0)
        close(http->gone_fd);
    http->gone_watch = NULL;
    http->gone_fd = -1;
}
