/* How long clients may take: for a request, and between two. Each list has one length of
 * time, so it is in order of due times by itself. */
#include <sys/socket.h>

#include "base/clock.h"
#include "http/internal.h"

#define NO_DUE INT64_MAX

static void set_patience(struct http *http, int64_t due)
{
    if (http->patience == NULL || due >= http->patience_due)
        return;
    http->patience_due = due;
    ticker_set(http->patience, due);
}

static void move(struct connection *connection, struct list *to, uint64_t lasts)
{
    connection->due = clock_monotonic_ms() + (int64_t)lasts;
    list_remove(&connection->timed);
    list_append(to, &connection->timed);
    set_patience(connection->http, connection->due);
}

void patience_idle(struct connection *connection)
{
    struct http *http = connection->http;

    move(connection, &http->idle, http->config->idle_timeout_ms);
}

void patience_receiving(struct connection *connection)
{
    struct http *http = connection->http;

    move(connection, &http->receiving, http->config->request_timeout_ms);
}

void patience_none(struct connection *connection)
{
    list_remove(&connection->timed);
}

/* The carrier finds the connection ended and closes it. The next due time of the list. */
static int64_t end_late(struct http *http, struct list *list, int64_t now)
{
    while (!list_empty(list)) {
        struct connection *connection = list_entry(list->next, struct connection, timed);
        if (connection->due > now)
            return connection->due;
        list_remove(&connection->timed);
        shutdown(connection->fd, SHUT_RDWR);
        counter_add(&http->counts.timeouts, 1);
    }
    return NO_DUE;
}

static void on_due(void *owner, int64_t now)
{
    struct http *http = owner;

    http->patience_due = NO_DUE;
    set_patience(http, end_late(http, &http->idle, now));
    set_patience(http, end_late(http, &http->receiving, now));
}

enum rollcall_status patience_open(struct http *http, struct reason *why)
{
    http->patience_due = NO_DUE;
    if (ticker_open(http->loop, on_due, http, &http->patience) == ROLLCALL_OK)
        return ROLLCALL_OK;
    reason_set(why, "cannot make a timer: out of memory");
    return ROLLCALL_E_NOMEM;
}

void patience_close(struct http *http)
{
    ticker_close(http->patience);
    http->patience = NULL;
}
