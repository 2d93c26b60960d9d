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
#include "proto/guests.h"

enum {
    /* More output than this waiting: no more requests are taken. */
    SESSION_OUTPUT_HIGH = 1024 * 1024,
    /* More than this waiting: events are dropped, one resync says so. */
    SESSION_EVENTS_HIGH = 1024 * 1024,
    SESSION_WATCHES_MAX = 64,
    SESSION_DRAINS_MAX = 65536
};

struct remote;

struct session {
    struct intake *intake;      /* borrowed: outlives its sessions */
    struct list node;           /* in intake->sessions */
    struct list dirty;          /* in intake->dirty */
    struct list runnable;       /* in intake->runnable */
    struct line_stream *stream; /* owned; NULL: a guest */
    struct guest *guest;        /* that this session is part of; NULL: a client */
    struct remote *remote;      /* owned: it came over TCP; NULL: it did not */
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
    bool sifting;   /* of the reply to the request at hand it may not see all */
    bool lagging;   /* events were dropped; a resync is due when all is read */
    bool finishing; /* no more requests; close when all is answered */
    bool closed;    /* line_stream_close() was called */
};

/* What a session is before it has a stream or a guest. */
void session_init(struct session *session, struct intake *intake);
/* Nobody is there any more: what is under way is done, and nobody hears of it. */
void session_let_go(struct session *session);
/* One request; line[length] is NUL, the line is changed. */
void session_take(struct session *session, char *line, size_t length);

/* A request that is answered later. Freed when it is done, even if its session has gone
 * before. */
struct pending {
    struct list node;        /* in session->pendings */
    struct session *session; /* NULL: gone */
    struct drain_wait *wait; /* borrowed from the session, lives as long; of a drain */
    bool done;
    bool sifted;          /* its session may not see all of it */
    struct proto_seq seq; /* its text follows this struct */
    struct buffer reply;  /* used when it is done before an earlier one, or sifted */
};

/* Takes over `fd`, also when it fails, and `remote` when it does not: false is said in
 * the log. */
bool session_open(struct intake *intake, int fd, struct remote *remote);
/* A connection that cannot be a session gets one line, and is closed. */
void session_turn_away(int fd, enum rollcall_status status, const struct reason *why);
/* The same of a session: what is under way is still answered. */
void session_dismiss(struct session *session, enum rollcall_status status,
                     const struct reason *why);
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

/* Tell an event whose tail was begun with intake_tail(); `event` has its word, revision
 * and whom it is about. `must`: also to a reader that lags behind. False: it missed it.
 */
bool session_tell(struct session *session, const struct proto_seq *seq,
                  struct guest_event *event, bool must);
/* What is ready to a guest, now; a client gets it with the flush. */
void session_hand_over(struct session *session);
/* Something was written outside of a reply. */
void session_touch(struct session *session);

/* Hand over to the socket what it takes, finish what is finished. */
void session_flush(struct session *session);
/* Run the held line if its time has come. */
void session_run(struct session *session);

#endif
