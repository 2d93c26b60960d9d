/* Large answers: a queue of their own. In each turn of the loop small requests go first,
 * then the first of the queue is made, for a while. */
#include "base/clock.h"
#include "http/exchange.h"
#include "http/internal.h"

#define NO_DUE INT64_MAX

enum {
    LARGE_FROM = 1000, /* things in a list: about a millisecond */
    PIECE_US = 5000,   /* of a large answer, or of several, in one turn */
    LOOKS_MASK = 63    /* things between two looks at the clock, less one */
};

/* --- What a handler says. */

bool exchange_put_off(struct exchange *exchange, size_t number)
{
    struct http *http = exchange->http;

    if (number < LARGE_FROM || exchange->piece.admitted || exchange->connection == NULL ||
        http->stopped)
        return false;
    exchange->state = EXCHANGE_QUEUED;
    exchange->piece.was_queued = true;
    large_restart(exchange);
    respond_return(exchange);
    list_append(&http->large, &exchange->node);
    counter_add(&http->counts.put_off, 1);
    wait_watch(exchange->connection);
    if (exchange->connection->gone)
        wait_abandon(exchange);
    else
        wait_again(http);
    return true;
}

bool exchange_was_put_off(const struct exchange *exchange)
{
    return exchange->piece.was_queued;
}

void large_restart(struct exchange *exchange)
{
    exchange->piece.next = 0;
    exchange->piece.whole = false;
    exchange->piece.in_pieces = false;
}

size_t exchange_resume(struct exchange *exchange, uint64_t index, uint64_t version)
{
    struct piece *piece = &exchange->piece;
    size_t next = piece->next;

    piece->next = 0;
    piece->in_pieces = true;
    if (next > 0 && piece->index == index)
        return next;
    if (next > 0) {
        piece->whole = true;
        buffer_clear(&exchange->out);
    }
    piece->index = index;
    piece->version = version;
    return 0;
}

uint32_t exchange_kept(const struct exchange *exchange)
{
    return exchange->piece.kept;
}

bool exchange_pause(struct exchange *exchange, size_t next, uint32_t kept)
{
    struct http *http = exchange->http;

    if ((next & LOOKS_MASK) != 0 || !exchange->piece.admitted || exchange->piece.whole ||
        clock_monotonic_us() < http->piece_ends)
        return false;
    exchange->piece.next = next;
    exchange->piece.kept = kept;
    exchange->state = EXCHANGE_QUEUED;
    list_append(http->large.next, &exchange->node); /* before that one: it stays first */
    return true;
}

bool large_is_of(const struct exchange *exchange, uint64_t version)
{
    return !exchange->piece.in_pieces || exchange->piece.version == version;
}

/* --- The queue. */

/* Is it over for now? The time begins anew when what is held has become less than ever
 * since: answers that come and go beside those that nobody takes are no progress. */
static bool waits_for_room(struct http *http)
{
    int64_t now = clock_monotonic_ms();

    if (http->room_due == NO_DUE)
        http->room_due = now + (int64_t)http->config->request_timeout_ms;
    if (http->room_held > http->held)
        http->room_held = http->held;
    if (now >= http->room_due)
        return false;
    wait_until(http, http->room_due);
    return true;
}

/* Half of what may be held is left to answers that are made meanwhile. Beyond that those
 * that can wait do, as long as clients take what they have; one that is begun has its
 * memory already. */
static bool has_room(struct http *http, const struct exchange *exchange)
{
    uint64_t most = http->config->max_pending / 2;

    if (exchange->piece.next > 0)
        return true;
    if (http->held > most)
        shares_clear(http);
    if (http->held > most && waits_for_room(http))
        return false;
    http->room_due = NO_DUE;
    http->room_held = SIZE_MAX;
    return true;
}

void large_taken(struct http *http)
{
    if (http->held < http->room_held)
        http->room_due = NO_DUE;
    if (!list_empty(&http->large))
        wait_again(http);
}

void large_run(struct http *http)
{
    bool more = !list_empty(&http->large);

    if (more)
        http->piece_ends = clock_monotonic_us() + PIECE_US;
    while (more && !list_empty(&http->large)) {
        struct list *first = http->large.next;
        struct exchange *exchange = list_entry(first, struct exchange, node);
        if (!has_room(http, exchange))
            return;
        list_remove(first);
        exchange->piece.admitted = true;
        exchange_rerun(exchange);
        exchange->piece.admitted = false;
        wait_again(http); /* to go on, or to send what others answer for it */
        more = clock_monotonic_us() < http->piece_ends;
    }
}
