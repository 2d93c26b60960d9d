/* serve/tcp.h - DNS over TCP: listeners, a fixed pool of sessions, their time limits.
 *
 * The memory of all sessions is reserved at create; pages that were never used cost
 * nothing. Beyond `clients` sessions the one that has been without a query the longest
 * makes room; one address holds at most `clients_per_address`. RFC 7766 §6.
 * Threads  created and destroyed by control, otherwise the worker that runs the loop.
 */
#ifndef SERVE_TCP_H
#define SERVE_TCP_H

#include <stdint.h>
#include <uv.h>

#include "base/address.h"
#include "base/reason.h"
#include "rollcall/status.h"
#include "serve/socket_counters.h"
#include "serve/tcp_stream.h"

/* How queries are answered: begin() and end() stand around each group of answer(). */
struct tcp_answers {
    void (*begin)(void *owner);
    tcp_stream_answer_fn answer;
    void (*end)(void *owner);
    /* So many were answered, and what the connection took of the replies was sent. */
    void (*took)(void *owner, int64_t us, unsigned answered);
    /* Takes a descriptor of its own; `octets` were read and not answered. */
    void (*hand_over)(void *owner, int fd, const struct address *peer,
                      const uint8_t *octets, size_t length);
    void *owner;
};

struct tcp_limits {
    uint32_t clients;
    uint32_t clients_per_address;
    uint64_t idle_ms; /* between queries */
    uint64_t io_ms;   /* without progress inside a query or a reply */
};

struct tcp_server;

/* `counters` is borrowed. NULL when memory is short. */
struct tcp_server *tcp_server_create(uv_loop_t *loop, const struct tcp_limits *limits,
                                     const struct tcp_answers *answers,
                                     struct socket_counters *counters);
enum rollcall_status tcp_server_listen(struct tcp_server *server,
                                       const struct address *address, struct reason *why);
/* Stop listening, answer what was received, flush, close. The loop runs out by itself,
 * after `io_ms` at the latest. */
void tcp_server_stop(struct tcp_server *server);
/* After the loop has run out. NULL is allowed. */
void tcp_server_destroy(struct tcp_server *server);

#endif
