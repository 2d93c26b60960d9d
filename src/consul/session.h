/* consul/session.h - sessions: who may hold locks, and for how long.
 *
 * A session ends by request, when its TTL has lapsed, or when a check that it is bound to
 * is critical or gone; with it end its locks, in the same bundle. Sessions are on disk,
 * renewals are not: after a restart each has its whole TTL again.
 * Times    `now` monotonic ms, `wall` ms since 1970, durations of clients ns.
 * Threads  control.
 */
#ifndef CONSUL_SESSION_H
#define CONSUL_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/heap.h"
#include "base/list.h"
#include "base/log.h"
#include "base/random.h"
#include "base/reason.h"
#include "consul/ledger.h"
#include "consul/ordered.h"

struct kv;

#define SESSION_AREA "consul_session"

enum {
    SESSION_ID_SIZE = 37,
    SESSION_CHECKS_MAX = 64,
    SESSION_TEXT_MAX = 512, /* octets of a name, of an id of a check */
    SESSION_MAKER_SIZE = 32,
    SESSION_RETRY_MS = 5000 /* to end one that the disk did not let end */
};

struct session_check {
    const char *id;
    bool of_service;
};

/* What was asked for. Borrowed texts. */
struct session_terms {
    const char *name;
    const char *node;
    const char *ttl; /* as given; "": none */
    int64_t ttl_ns;
    int64_t lock_delay_ns;
    bool remove; /* behaviour: keys are deleted, not released */
    const struct session_check *checks;
    unsigned check_count;
    uint8_t maker[SESSION_MAKER_SIZE]; /* whose it is; all zero: nobody's in particular */
};

/* One on disk, or on its way. */
struct session_version {
    struct version is;
    struct session_terms terms; /* texts in memory of its own */
    uint64_t create;
    uint64_t modify;
};

struct session {
    struct cell cell;
    struct heap_node due; /* of its TTL */
    struct list held;     /* of struct kv_key, by `holding`: locked by it */
    bool lost;            /* to be ended, whatever its TTL */
    char id[SESSION_ID_SIZE];
};

enum session_check_state {
    SESSION_CHECK_FINE,
    SESSION_CHECK_CRITICAL,
    SESSION_CHECK_GONE
};

struct session_settings {
    uint64_t max;
    /* How is that check of the node now? NULL: is there such a node? */
    enum session_check_state (*check)(void *owner, const char *node,
                                      const struct session_check *check);
    void (*moved)(void *owner);  /* one came or went; may be NULL */
    void (*locked)(void *owner); /* one holds another key, or no more; may be NULL */
    void *owner;                 /* borrowed */
};

struct sessions {
    struct session_settings settings;
    struct ledger *ledger; /* borrowed */
    struct kv *kv;         /* borrowed; whose locks end with a session */
    struct shelf shelf;
    struct ordered by_id; /* of struct session */
    struct heap due;
    uint64_t index; /* of the last that came or went, or of the start */
    uint64_t locks; /* of the last lock that came or went, or of the start */
    struct log_limit ends;
};

struct sessions *sessions_create(struct ledger *ledger,
                                 const struct session_settings *settings);
/* Read its records; before those of keys. */
enum rollcall_status sessions_load(struct sessions *sessions, struct store *store,
                                   uint64_t start, int64_t now, struct reason *why);
void sessions_destroy(struct sessions *sessions); /* NULL is allowed */

/* Any state; NULL: never heard of. */
struct session *sessions_get(const struct sessions *sessions, const char *id);
/* As of the last that was submitted; NULL: it ends, or ended. */
const struct session_version *session_latest(const struct session *session);
/* On disk; NULL: not yet. */
const struct session_version *session_saved(const struct session *session);
/* Those on disk, by id: start with *at = NULL. */
const struct session *sessions_next(const struct sessions *sessions,
                                    const struct ordered_node **at);

/* E_INVALID: the node or check that is missing or critical; E_LIMIT: too many. On OK `id`
 * is set and `done` comes (ledger.h). */
enum rollcall_status sessions_begin(struct sessions *sessions,
                                    const struct session_terms *terms, int64_t now,
                                    char id[SESSION_ID_SIZE], ledger_done done,
                                    void *context, struct reason *why);
/* An unknown one is ended already: then it only waits for what is under way. */
enum rollcall_status sessions_end(struct sessions *sessions, const char *id, int64_t now,
                                  int64_t wall, ledger_done done, void *context,
                                  struct reason *why);
/* A key on disk is locked by another session than it was, or by none. */
void sessions_lock_moved(struct sessions *sessions, uint64_t revision);
/* Its TTL begins anew. NULL: unknown, or ending. */
const struct session *sessions_renew(struct sessions *sessions, const char *id,
                                     int64_t now);
/* Look at the checks again that sessions are bound to; those that lost one are due. */
void sessions_look(struct sessions *sessions, int64_t now);
/* End those that are due. The next time; INT64_MAX: none. */
int64_t sessions_run_due(struct sessions *sessions, int64_t now, int64_t wall);

/* session_record.c: a version in memory of its own; NULL: no memory. */
struct session_version *session_version_make(const struct session_terms *terms,
                                             uint64_t create, uint64_t modify);
void session_pack(const struct version *version, struct buffer *out);
/* NULL: damaged, or no memory. */
struct session_version *session_unpack(const uint8_t *bytes, uint32_t length);

#endif
