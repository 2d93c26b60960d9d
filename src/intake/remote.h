/* intake/remote.h - clients over TCP: how many, until when they must have been let in,
 * and how a machine that has vanished is noticed.
 *
 * A remote is what a session has that came over TCP. What it may do is in gate.h.
 * Threads  control.
 */
#ifndef INTAKE_REMOTE_H
#define INTAKE_REMOTE_H

#include "base/address.h"
#include "base/log.h"
#include "base/table.h"
#include "intake/internal.h"
#include "loop/ticker.h"
#include "token/tokens.h"

enum {
    REMOTE_LISTEN_MAX = 64, /* as many as `registry.listen` has at most */
    REMOTE_REFUSALS_MAX = 8 /* of one connection, before it is closed */
};

struct session;
struct visitor;

struct remote {
    struct session *session; /* borrowed; owns this */
    struct visitor *visitor; /* borrowed */
    struct rollcall_address address;
    struct grant *grant; /* held: of its token; NULL: none yet */
    struct list waiting; /* in remotes->waiting, until it was let in */
    int64_t due;         /* monotonic ms */
    unsigned refusals;
    bool privileged; /* the request at hand may change what others own */
};

struct remotes {
    struct intake *intake;                         /* borrowed */
    struct acceptor *acceptors[REMOTE_LISTEN_MAX]; /* owned */
    uint32_t acceptor_count;
    uint32_t count;        /* connections */
    struct table visitors; /* owned, by address */
    struct list waiting;   /* of struct remote, by due */
    struct ticker *ticker; /* owned; for the first of them */
    struct tokens_listener listener;
    struct log_limit crowd_log;
    struct log_limit denied_log;
};

/* Opens what registry.listen says; nothing of it: there is nobody. `*out` is half built
 * on failure: close it. */
enum rollcall_status remotes_open(struct intake *intake, struct remotes **out,
                                  struct reason *why);
void remotes_start(struct remotes *remotes);
/* After all sessions are gone. The loop must run until its handles are. NULL is allowed.
 */
void remotes_close(struct remotes *remotes);

/* The session goes: what it had is given back. */
void remote_close(struct remote *remote);
/* A request of it was let in. */
void remote_admitted(struct remote *remote);
/* One was not, or came with a token that is none: too many of them end the connection. */
void remote_refused(struct remote *remote, enum proto_op op);
/* It came with a token that is none: counted, and said in the log. */
void remote_denied(struct remote *remote);

#endif
