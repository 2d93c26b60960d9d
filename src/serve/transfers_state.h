/* serve/transfers_state.h - the inside of struct transfers, for its own files.
 * Threads: control.
 */
#ifndef SERVE_TRANSFERS_STATE_H
#define SERVE_TRANSFERS_STATE_H

#include "base/list.h"
#include "base/log.h"
#include "loop/mailbox.h"
#include "loop/watch.h"
#include "serve/notify.h"
#include "serve/pipeline.h"
#include "serve/transfers.h"

struct transfer_counters {
    counter full, incremental, current; /* finished */
    counter broken;
    counter over_limit;
    counter open, waiting; /* now */
    counter notify_sent, notify_answered, notify_refused, notify_given_up;
};

struct transfers {
    uv_loop_t *loop;             /* borrowed */
    struct answer *answer;       /* borrowed */
    const struct config *config; /* borrowed */
    struct tsig_keys keys;       /* owned */
    struct pipeline *pipeline;   /* owned: for what else comes over the connections */
    struct mailbox *arrivals;    /* owned */
    struct list connections;     /* struct transfer_connection */
    uint32_t connection_count;
    struct list waiting; /* struct arrival (transfers.c): until another connection ends */
    uint32_t waiting_count;
    struct list notices; /* struct notice (notify.c) */
    struct log_limit refusals;
    struct transfer_counters counters;
    const void *blocks[1];
    struct counter_group group;
};

/* A connection has ended: the one that waits longest is served. */
void transfers_next(struct transfers *transfers);

/* Serve this connection, which is then ours (transfer_connection.c). */
void transfer_connection_open(struct transfers *transfers, int fd,
                              const struct address *peer, const uint8_t *octets,
                              size_t length);
/* Close the oldest connection on which nothing is asked, if there is one. */
void transfer_connections_close_idle(struct transfers *transfers);
void transfer_connections_close(struct transfers *transfers);

#endif
