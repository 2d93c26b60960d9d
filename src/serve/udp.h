/* serve/udp.h - one UDP socket of a worker: readable, receive, answer, send.
 * Threads  opened and destroyed by control, otherwise the worker that runs the loop.
 */
#ifndef SERVE_UDP_H
#define SERVE_UDP_H

#include <stdbool.h>
#include <uv.h>

#include "base/address.h"
#include "base/log.h"
#include "base/reason.h"
#include "rollcall/status.h"
#include "serve/pipeline.h"
#include "serve/socket_counters.h"
#include "serve/udp_batch.h"

struct udp_socket {
    uv_poll_t poll;
    int fd;                            /* owned; -1 when closed */
    bool watched;                      /* the loop waits for it */
    bool wildcard;                     /* replies must name their source address */
    struct udp_batch *batch;           /* borrowed, shared by a worker's sockets */
    struct pipeline *pipeline;         /* borrowed */
    void (*begin)(void *owner);        /* before each batch: online, the time is set */
    void *owner;                       /* of begin() */
    struct pipeline_message *messages; /* borrowed, as many as the batch is wide */
    struct socket_counters *counters;  /* borrowed */
    struct log_limit failures;
};

/* `udp` is zeroed and its borrowed pointers are set. Nothing is read before the
 * loop runs. */
enum rollcall_status udp_open(struct udp_socket *udp, uv_loop_t *loop,
                              const struct address *address, struct reason *why);

/* Close; `answer_waiting`: answer first what the socket holds (online thread needed).
 * The memory must stay until the loop has run out. Harmless when not open. */
void udp_close(struct udp_socket *udp, bool answer_waiting);

#endif
