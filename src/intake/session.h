/* intake/session.h - one client: requests in, replies out in the order of the requests.
 *
 * A change is answered when it is done, later; each has a struct pending that keeps its
 * place. A request that reads waits (its line is held, nothing more is taken) until the
 * changes before it are answered, so that it sees them.
 *
 * Everything written is collected in `ready` and handed to the socket by session_flush()
 * only, which runs after the DNS workers can see the changes: an answer to a change must
 * not leave earlier, as the socket would let it when it becomes writable.
 *
 * Ends: the peer closes, or a line is too long: no more is taken, what was taken is
 * finished and answered, then the stream is closed and its callback frees the session.
 * Threads  control.
 */
#ifndef INTAKE_SESSION_H
#define INTAKE_SESSION_H

#include "intake/internal.h"
#include "loop/line_stream.h"

enum {
    /* More output than this waiting: no more requests are taken. */
    SESSION_OUTPUT_HIGH = 1024 * 1024,
    /* More than this waiting: events are dropped, one resync says so. */
    SESSION_EVENTS_HIGH = 1024 * 1024,
    SESSION_WATCHES_MAX = 64,
    SESSION_DRAINS_MAX = 65536
};

struct session {
    struct intake *intake;      /* borrowed: outlives its sessions */
    struct list node;           /* in intake->sessions */
    struct list dirty;          /* in intake->dirty */
    struct list runnable;       /* in intake->runnable */
    struct line_stream *stream; /* owned */
    struct holder holder;       /* of connection leases */
    uid_t uid;                  /* of the peer */
    struct list pendings;       /* of struct pending, in order of the requests */
    uint32_t pending_count;
    uint32_t watch_count;
    struct list watches; /* of struct watch_request, by `of_session` */
    struct list drains;  /* of struct drain_wait, by `of_session` */
    uint32_t drain_count;
    uint64_t taken;      /* answers to changes that have left `pendings` so far */
    struct buffer ready; /* answers that have not been handed to the socket */
    size_t ready_sent;   /* bytes of `ready` that have been */
    char *held;          /* owned; a line that waits for pendings; NULL: none */
    size_t held_length;
    bool lagging;   /* events were dropped; a resync is due when all is read */
    bool finishing; /* no more requests; close when all is answered */
    bool closed;    /* line_stream_close() was called */
};

/* A request that is answered later. Freed when it is done, even if its session has gone
 * before. */
struct pending {
    struct list node;        /* in session->pendings */
    struct session *session; /* NULL: gone */
    struct drain_wait *wait; /* borrowed from the session, lives as long; of a drain */
    bool done;
    struct proto_seq seq; /* its text follows this struct */
    struct buffer reply;  /* used only when it is done before an earlier one */
};

/* Takes over `fd`, also when it fails. */
void session_open(struct intake *intake, int fd);
/* The registry is not told: its leases stay (the daemon stops). */
void session_abandon(struct session *session);

/* Where the reply to the request at hand is written; then call session_replied(). NULL
 * when memory is short: the session will be closed. */
struct buffer *session_reply(struct session *session);
void session_replied(struct session *session);

/* A place for an answer that comes later. NULL when memory is short. */
struct pending *session_defer(struct session *session, const struct proto_seq *seq);
/* Where to write the answer to `pending`; NULL when its session has gone. Then call
 * pending_done(), which frees it. */
struct buffer *pending_reply(struct pending *pending);
void pending_done(struct pending *pending);
/* The same, with an error for an answer. */
void pending_fail(struct pending *pending, enum rollcall_status status,
                  const struct reason *why);
/* Who asks on this connection. */
struct requester session_requester(struct session *session);
/* Checks are run by the daemon, so what they may be depends on who wants them. Asked by
 * every command that brings a definition, tried or registered. */
enum rollcall_status session_admit_checks(const struct session *session,
                                          const struct rollcall_instance *instance,
                                          struct reason *why);

/* Where events are written; NULL: the reader lags behind and misses this one. */
struct buffer *session_events(struct session *session);
/* Something was written outside of a reply. */
void session_touch(struct session *session);

/* Hand over to the socket what it takes, finish what is finished. */
void session_flush(struct session *session);
/* Run the held line if its time has come. */
void session_run(struct session *session);

#endif
