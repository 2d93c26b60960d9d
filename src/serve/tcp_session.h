/* serve/tcp_session.h - one TCP connection on the loop: its poll, its stream, its times.
 *
 * A slot of the server's fixed pool. It is in one list at a time: free, live (the one
 * that has been without a query the longest first), or none while libuv closes its poll.
 * Threads  the worker that runs the loop.
 */
#ifndef SERVE_TCP_SESSION_H
#define SERVE_TCP_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/address.h"
#include "base/list.h"
#include "serve/tcp.h"
#include "serve/tcp_stream.h"

/* What all sessions of a worker share. */
struct tcp_pool {
    struct list free;
    struct list live;
    uint32_t live_count;
    uv_loop_t *loop;
    struct tcp_answers answers;
    struct tcp_limits limits;
    struct socket_counters *counters;
    void (*on_empty)(void *owner); /* the last live session was closed */
    void *owner;
};

struct tcp_session {
    struct list node;
    uv_poll_t poll;
    struct tcp_pool *pool;
    uint8_t *in, *out; /* of the slot */
    struct tcp_stream stream;
    struct address peer;
    uint64_t progress; /* loop time of the last octet in or out */
    int watched;       /* the events that the poll waits for */
};

/* Begin with the accepted `fd` in this free slot. On failure `fd` is closed and the slot
 * is free again. */
bool tcp_session_open(struct tcp_session *session, int fd, const struct address *peer);
void tcp_session_close(struct tcp_session *session);

/* Answer once more what has arrived; from then on it closes as soon as all is sent. */
void tcp_session_finish(struct tcp_session *session);

/* Is its time over at loop time `now`? */
bool tcp_session_expired(const struct tcp_session *session, uint64_t now);

#endif
