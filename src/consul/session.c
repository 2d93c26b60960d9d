#include "consul/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "consul/kv_verbs.h"
#include "consul/uuid.h"

/* A TTL is a lower bound: its holder may be late, or the network slow. Consul waits up to
 * twice as long. */
enum { TTL_NUMERATOR = 3, TTL_DENOMINATOR = 2 };

static const int64_t ns_per_ms = 1000 * 1000;

static struct session *session_of(struct cell *cell)
{
    return (struct session *)(void *)((char *)cell - offsetof(struct session, cell));
}

const struct session_version *session_latest(const struct session *session)
{
    return (const struct session_version *)session->cell.latest;
}

const struct session_version *session_saved(const struct session *session)
{
    return (const struct session_version *)session->cell.committed;
}

/* ---- what the ledger asks -------------------------------------------------------- */

static void committed(void *owner, struct cell *cell, const struct version *before,
                      uint64_t revision)
{
    struct sessions *sessions = owner;
    (void)cell;
    (void)before;

    sessions->index = revision;
    if (sessions->settings.moved != NULL)
        sessions->settings.moved(sessions->settings.owner);
}

static void free_session(void *owner, struct cell *cell)
{
    struct sessions *sessions = owner;
    struct session *session = session_of(cell);

    list_remove(&session->held); /* nobody is in it: its locks ended in its bundle */
    heap_remove(&sessions->due, &session->due);
    ordered_remove(&sessions->by_id, session->id, strlen(session->id));
    free(session);
}

/* ---- making and loading ---------------------------------------------------------- */

struct sessions *sessions_create(struct ledger *ledger,
                                 const struct session_settings *settings)
{
    struct sessions *sessions = calloc(1, sizeof *sessions);

    if (sessions == NULL)
        return NULL;
    sessions->settings = *settings;
    sessions->ledger = ledger;
    sessions->shelf = (struct shelf){ .area = SESSION_AREA,
                                      .owner = sessions,
                                      .pack = session_pack,
                                      .committed = committed,
                                      .empty = free_session };
    ordered_init(&sessions->by_id);
    heap_init(&sessions->due);
    return sessions;
}

void sessions_destroy(struct sessions *sessions)
{
    struct ordered_node *first;

    if (sessions == NULL)
        return;
    while ((first = sessions->by_id.first[0]) != NULL) {
        struct session *session = first->value;
        cell_release(&session->cell);
        free_session(sessions, &session->cell);
    }
    ordered_deinit(&sessions->by_id);
    heap_deinit(&sessions->due);
    free(sessions);
}

struct session *sessions_get(const struct sessions *sessions, const char *id)
{
    return ordered_get(&sessions->by_id, id, strlen(id));
}

const struct session *sessions_next(const struct sessions *sessions,
                                    const struct ordered_node **at)
{
    *at = *at == NULL ? sessions->by_id.first[0] : (*at)->next[0];
    while (*at != NULL && session_saved((*at)->value) == NULL)
        *at = (*at)->next[0];
    return *at == NULL ? NULL : (*at)->value;
}

static struct session *make_session(struct sessions *sessions, const char *id)
{
    struct session *session = calloc(1, sizeof *session);

    if (session == NULL)
        return NULL;
    snprintf(session->id, sizeof session->id, "%s", id);
    cell_init(&session->cell, &sessions->shelf, session->id);
    heap_node_init(&session->due);
    list_init(&session->held);
    if (ordered_put(&sessions->by_id, session->id, strlen(session->id), session) ==
        ROLLCALL_OK)
        return session;
    free(session);
    return NULL;
}

static bool start_ttl(struct sessions *sessions, struct session *session, int64_t ttl_ns,
                      int64_t now)
{
    int64_t lasts = ttl_ns / ns_per_ms * TTL_NUMERATOR / TTL_DENOMINATOR;

    return ttl_ns == 0 ||
           heap_set(&sessions->due, &session->due, now + lasts) == ROLLCALL_OK;
}

struct loading {
    struct sessions *sessions;
    int64_t now;
    bool failed;
};

static void load_one(void *owner, const char *key, const uint8_t *bytes, uint32_t length)
{
    struct loading *loading = owner;
    struct session_version *version = session_unpack(bytes, length);

    if (version == NULL || strlen(key) != SESSION_ID_SIZE - 1) {
        version_unref(version == NULL ? NULL : &version->is);
        log_warning("consul",
                    "the record of session \"%.64s\" cannot be read; it has "
                    "ended",
                    key);
        return;
    }
    struct session *session = make_session(loading->sessions, key);
    if (session == NULL ||
        !start_ttl(loading->sessions, session, version->terms.ttl_ns, loading->now)) {
        version_unref(&version->is);
        if (session != NULL)
            cell_settle(&session->cell);
        loading->failed = true;
        return;
    }
    cell_load(&session->cell, &version->is);
}

enum rollcall_status sessions_load(struct sessions *sessions, struct store *store,
                                   uint64_t start, int64_t now, struct reason *why)
{
    struct loading loading = { .sessions = sessions, .now = now };

    sessions->index = sessions->locks = start;
    if (store->load_records == NULL)
        return ROLLCALL_OK;
    enum rollcall_status status =
        store->load_records(store, SESSION_AREA, load_one, &loading, why);
    if (status != ROLLCALL_OK || !loading.failed)
        return status;
    reason_set(why, "out of memory while loading the sessions");
    return ROLLCALL_E_NOMEM;
}

/* ---- beginning ------------------------------------------------------------------ */

static enum rollcall_status look_at_checks(const struct sessions *sessions,
                                           const struct session_terms *terms,
                                           struct reason *why)
{
    const struct session_settings *settings = &sessions->settings;

    if (settings->check(settings->owner, terms->node, NULL) != SESSION_CHECK_FINE) {
        reason_set(why, "Missing node registration");
        return ROLLCALL_E_INVALID;
    }
    for (unsigned i = 0; i < terms->check_count; i++) {
        const struct session_check *check = &terms->checks[i];
        enum session_check_state state =
            settings->check(settings->owner, terms->node, check);
        if (state == SESSION_CHECK_FINE)
            continue;
        if (state == SESSION_CHECK_GONE)
            reason_set(why, "Missing check '%.255s' registration", check->id);
        else
            reason_set(why, "Check '%.255s' is in critical state", check->id);
        return ROLLCALL_E_INVALID;
    }
    return ROLLCALL_OK;
}

static enum rollcall_status put_session(struct sessions *sessions, struct bundle *bundle,
                                        const struct session_terms *terms, const char *id,
                                        int64_t now)
{
    uint64_t revision = bundle_revision(bundle);
    struct session_version *version = session_version_make(terms, revision, revision);
    struct session *session = version == NULL ? NULL : make_session(sessions, id);

    if (session == NULL || !start_ttl(sessions, session, terms->ttl_ns, now)) {
        version_unref(version == NULL ? NULL : &version->is);
        if (session != NULL)
            cell_settle(&session->cell);
        return ROLLCALL_E_NOMEM;
    }
    bundle_set(bundle, &session->cell, &version->is);
    return ROLLCALL_OK;
}

enum rollcall_status sessions_begin(struct sessions *sessions,
                                    const struct session_terms *terms, int64_t now,
                                    char id[SESSION_ID_SIZE], ledger_done done,
                                    void *context, struct reason *why)
{
    enum rollcall_status status = look_at_checks(sessions, terms, why);

    if (status != ROLLCALL_OK)
        return status;
    if (sessions->shelf.count >= sessions->settings.max) {
        reason_set(why, "there are %" PRIu64 " sessions already, the most (api.sessions)",
                   sessions->shelf.count);
        return ROLLCALL_E_LIMIT;
    }
    struct bundle *bundle = ledger_begin(sessions->ledger);
    if (bundle == NULL)
        return ROLLCALL_E_NOMEM;
    uuid_random(id); /* it is also what a lock is known by */
    status = put_session(sessions, bundle, terms, id, now);
    if (status == ROLLCALL_OK)
        return bundle_submit(bundle, done, context, why);
    bundle_abort(bundle);
    return status;
}

/* ---- living and ending ----------------------------------------------------------- */

static bool free_locks(struct sessions *sessions, struct bundle *bundle,
                       struct session *session, int64_t now, int64_t wall)
{
    const struct session_terms *terms = &session_latest(session)->terms;
    int64_t delay = terms->lock_delay_ns / ns_per_ms;

    list_for_each_safe (at, keep, &session->held) {
        struct kv_key *key = list_entry(at, struct kv_key, holding);
        if (!kv_free_lock(sessions->kv, bundle, key, terms->remove))
            return false;
        if (delay > 0 && !delays_add(sessions->kv->delays, bundle, key->key, key->length,
                                     delay, now, wall))
            return false;
    }
    return true;
}

enum rollcall_status sessions_end(struct sessions *sessions, const char *id, int64_t now,
                                  int64_t wall, ledger_done done, void *context,
                                  struct reason *why)
{
    struct session *session = sessions_get(sessions, id);
    struct bundle *bundle = ledger_begin(sessions->ledger);

    if (bundle == NULL)
        return ROLLCALL_E_NOMEM;
    if (session != NULL && session_latest(session) != NULL) {
        if (!free_locks(sessions, bundle, session, now, wall)) {
            bundle_abort(bundle);
            return ROLLCALL_E_NOMEM;
        }
        bundle_set(bundle, &session->cell, NULL);
    }
    return bundle_submit(bundle, done, context, why);
}

void sessions_lock_moved(struct sessions *sessions, uint64_t revision)
{
    sessions->locks = revision;
    if (sessions->settings.locked != NULL)
        sessions->settings.locked(sessions->settings.owner);
}

const struct session *sessions_renew(struct sessions *sessions, const char *id,
                                     int64_t now)
{
    struct session *session = sessions_get(sessions, id);

    if (session == NULL || session_latest(session) == NULL ||
        session_saved(session) == NULL || session->lost)
        return NULL;
    (void)start_ttl(sessions, session, session_latest(session)->terms.ttl_ns, now);
    return session; /* its place in the heap is there: moving it needs no memory */
}

void sessions_look(struct sessions *sessions, int64_t now)
{
    const struct ordered_node *at = NULL;
    const struct session *next;
    struct reason why = REASON_NONE;

    while ((next = sessions_next(sessions, &at)) != NULL) {
        struct session *session = at->value;
        if (session->lost || session_latest(session) == NULL ||
            look_at_checks(sessions, &session_saved(session)->terms, &why) == ROLLCALL_OK)
            continue;
        log_limited(&sessions->ends, now, LOG_LEVEL_INFO, "consul", "session %s ends: %s",
                    session->id, why.text);
        session->lost = true;
        if (heap_set(&sessions->due, &session->due, now) != ROLLCALL_OK)
            session->lost = false; /* the next look finds it again */
    }
}

int64_t sessions_run_due(struct sessions *sessions, int64_t now, int64_t wall)
{
    struct heap_node *first;

    while ((first = heap_first(&sessions->due)) != NULL && first->due <= now) {
        struct session *session =
            (struct session *)(void *)((char *)first - offsetof(struct session, due));
        /* Gone with its commit; should the disk refuse, it is tried again. */
        (void)heap_set(&sessions->due, first, now + SESSION_RETRY_MS);
        if (session_latest(session) != NULL) {
            if (!session->lost)
                log_limited(&sessions->ends, now, LOG_LEVEL_INFO, "consul",
                            "session %s ends: its TTL of %s has lapsed", session->id,
                            session_latest(session)->terms.ttl);
            session->lost = true;
            (void)sessions_end(sessions, session->id, now, wall, NULL, NULL, NULL);
        }
    }
    return first == NULL ? INT64_MAX : first->due;
}
