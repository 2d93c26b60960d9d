/* intake/internal.h - what the files of this room share; nobody else includes it.
 * Threads  control.
 */
#ifndef INTAKE_INTERNAL_H
#define INTAKE_INTERNAL_H

#include <sys/types.h>

#include "base/buffer.h"
#include "base/list.h"
#include "base/log.h"
#include "intake/history.h"
#include "intake/intake.h"
#include "proto/decode.h"
#include "registry/notices.h"

struct acceptor;
struct drains;
struct pid_watch;
struct remotes;

struct intake_counts {
    counter connections; /* open now */
    counter accepted;
    counter refused; /* over max_clients */
    counter requests;
    counter errors;
    counter events;
    counter resyncs;
    counter watches;         /* open now */
    counter pids;            /* watched now */
    counter tcp_connections; /* open now */
    counter tcp_accepted;
    counter tcp_refused;  /* over a quota */
    counter tcp_denied;   /* tokens that are none */
    counter tcp_timeouts; /* connections closed before anything was let in */
};

struct intake {
    uv_loop_t *loop;           /* borrowed */
    struct registry *registry; /* borrowed */
    struct intake_settings settings;
    uid_t uid;                   /* the daemon's own: may change all, as root may */
    struct decoder *decoder;     /* owned; for one request at a time */
    struct acceptor *acceptor;   /* owned */
    struct remotes *remotes;     /* owned; NULL: nothing over TCP */
    struct pid_watch *pid_watch; /* owned */
    struct drains *drains;       /* owned */
    struct history history;
    struct buffer tail;       /* the event that is being told */
    uint64_t tail_number;     /* of it: rises with each */
    struct listener listener; /* the registry tells us */
    struct notice_listener notices;
    struct list sessions;   /* of struct session, by `node` */
    uint32_t session_count; /* clients of the Unix socket */
    struct list dirty;      /* sessions with something to write or to finish */
    struct list runnable;   /* sessions whose held line may run now */
    struct list watches;    /* of struct watch_request, by `node` */
    uv_idle_t later;        /* runs the runnable ones, outside of any callback */
    struct log_limit log_limit;
    struct intake_counts counts;
    const void *blocks[1];
    struct counter_group group;
    unsigned open; /* sessions and handles that still close */
    bool started;  /* events from now on are for watchers */
    bool closing;
};

/* Begin another event: an empty tail. */
struct buffer *intake_tail(struct intake *intake);
/* Call intake's on_later() in the next turn. */
void intake_do_later(struct intake *intake);
/* One of `open` is gone; frees the intake when it was the last and it is closing. */
void intake_closed_one(struct intake *intake);

#endif
