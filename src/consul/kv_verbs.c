#include "consul/kv_verbs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "consul/session.h"

/* What a key costs besides its octets: its cell, its node, the heads of malloc. */
enum { KEY_COST = 160, SHOWN = 200 };

struct applying {
    struct kv *kv;
    struct bundle *bundle;
    const struct kv_operation *op;
    struct kv_key *key;            /* NULL: never heard of */
    const struct kv_entry *latest; /* NULL: absent */
    int64_t now;
    kv_emit emit;
    void *context;
    struct reason *why;
};

static void free_entry(struct version *version)
{
    free(version);
}

struct version *kv_entry_make(const struct kv_entry *head, const void *value,
                              size_t key_length)
{
    struct kv_entry *entry = malloc(sizeof *entry + head->length);

    if (entry == NULL)
        return NULL;
    *entry = *head;
    entry->is =
        (struct version){ .refs = 1,
                          .size = sizeof *entry + head->length + key_length + KEY_COST,
                          .destroy = free_entry };
    if (head->length > 0)
        memcpy(entry->value, value, head->length);
    return &entry->is;
}

static int shown(const struct applying *it)
{
    return it->op->key_length > SHOWN ? SHOWN : (int)it->op->key_length;
}

static const char *session_of(const struct applying *it)
{
    return it->op->session == NULL ? "" : it->op->session;
}

/* "failed to set key "k", index is stale" */
static enum kv_outcome declined(const struct applying *it, const char *what,
                                const char *because)
{
    reason_set(it->why, "failed to %s key \"%.*s\", %s", what, shown(it), it->op->key,
               because);
    return KV_DECLINED;
}

static void emit_entry(const struct applying *it, const struct kv_entry *entry,
                       bool with_value)
{
    if (it->emit != NULL)
        it->emit(it->context, it->op->key, it->op->key_length, entry, with_value);
}

/* ---- writing -------------------------------------------------------------------- */

static enum kv_outcome out_of_memory(struct reason *why)
{
    reason_set(why, "out of memory");
    return KV_NO_MEMORY;
}

static bool says_same(const struct kv_entry *old, const struct kv_entry *head,
                      const void *value)
{
    return old != NULL && old->flags == head->flags &&
           old->lock_index == head->lock_index && old->length == head->length &&
           strcmp(old->session, head->session) == 0 &&
           (head->length == 0 || memcmp(old->value, value, head->length) == 0);
}

/* Only what grows can be too much. */
static bool has_room(const struct applying *it, const struct version *version)
{
    const struct shelf *shelf = &it->kv->shelf;
    const struct kv_settings *settings = &it->kv->settings;
    uint64_t before = it->latest == NULL ? 0 : it->latest->is.size;
    char bound[32];

    if (it->latest == NULL && shelf->count >= settings->keys_max) {
        reason_set(it->why,
                   "the key/value store is full: it has %" PRIu64
                   " keys, the most (api.kv_keys)",
                   shelf->count);
        return false;
    }
    if (version->size <= before ||
        shelf->bytes - before + version->size <= settings->bytes_max)
        return true;
    units_print_size(settings->bytes_max, bound, sizeof bound);
    reason_set(it->why, "the key/value store is full: it may have %s (api.kv_max)",
               bound);
    return false;
}

static enum kv_outcome write_entry(struct applying *it, const char *session,
                                   uint64_t lock_index)
{
    const struct kv_operation *op = it->op;
    struct kv_entry head = { .flags = op->flags,
                             .lock_index = lock_index,
                             .length = (uint32_t)op->length };

    strncpy(head.session, session, sizeof head.session - 1);
    if (says_same(it->latest, &head, op->value)) {
        emit_entry(it, it->latest, false);
        return KV_OK;
    }
    head.modify = bundle_revision(it->bundle);
    head.create = it->latest == NULL ? head.modify : it->latest->create;
    struct version *version = kv_entry_make(&head, op->value, op->key_length);
    if (version == NULL)
        return out_of_memory(it->why);
    if (!has_room(it, version)) {
        version_unref(version);
        return KV_FULL;
    }
    struct kv_key *key = kv_key_make(it->kv, op->key, op->key_length);
    if (key == NULL) {
        version_unref(version);
        return out_of_memory(it->why);
    }
    emit_entry(it, (const struct kv_entry *)version, false);
    bundle_set(it->bundle, &key->cell, version);
    return KV_OK;
}

/* An advisory lock does not stop a write, and a write does not end a lock. */
static enum kv_outcome apply_set(struct applying *it)
{
    return write_entry(it, it->latest == NULL ? "" : it->latest->session,
                       it->latest == NULL ? 0 : it->latest->lock_index);
}

static bool index_fits(const struct applying *it)
{
    return it->latest == NULL ? it->op->index == 0 : it->latest->modify == it->op->index;
}

static enum kv_outcome apply_cas(struct applying *it)
{
    return index_fits(it) ? apply_set(it) : declined(it, "set", "index is stale");
}

static enum kv_outcome no_session(const struct applying *it)
{
    if (session_of(it)[0] == '\0')
        reason_set(it->why, "missing session");
    else
        reason_set(it->why, "invalid session \"%.64s\"", session_of(it));
    return KV_INVALID;
}

static enum kv_outcome apply_lock(struct applying *it)
{
    const struct kv_operation *op = it->op;
    const char *holder = it->latest == NULL ? "" : it->latest->session;
    uint64_t lock_index = it->latest == NULL ? 0 : it->latest->lock_index;

    const struct session *session = sessions_get(it->kv->sessions, session_of(it));
    if (session == NULL || session_latest(session) == NULL)
        return no_session(it);
    if (strcmp(holder, session->id) == 0)
        return write_entry(it, holder, lock_index);
    if (holder[0] != '\0' && sessions_get(it->kv->sessions, holder) != NULL)
        return declined(it, "lock", "lock is already held");
    if (delays_hold(it->kv->delays, op->key, op->key_length, it->now))
        return declined(it, "lock",
                        "its last holder was lost and the lock delay is not over");
    return write_entry(it, session->id, lock_index + 1);
}

static enum kv_outcome apply_unlock(struct applying *it)
{
    if (session_of(it)[0] == '\0')
        return no_session(it);
    if (it->latest == NULL || strcmp(it->latest->session, session_of(it)) != 0)
        return declined(it, "unlock", "lock isn't held, or is held by another session");
    return write_entry(it, "", it->latest->lock_index);
}

static enum kv_outcome apply_delete(struct applying *it)
{
    if (it->latest != NULL)
        bundle_set(it->bundle, &it->key->cell, NULL);
    return KV_OK;
}

/* What is not there is deleted already. */
static enum kv_outcome apply_delete_cas(struct applying *it)
{
    if (it->latest == NULL || index_fits(it))
        return apply_delete(it);
    return declined(it, "delete", "index is stale");
}

static enum kv_outcome apply_delete_tree(struct applying *it)
{
    const struct kv_operation *op = it->op;

    for (struct ordered_node *at = ordered_from(&it->kv->keys, op->key, op->key_length);
         at != NULL && ordered_begins(at, op->key, op->key_length); at = at->next[0]) {
        struct kv_key *key = at->value;
        if (kv_latest(key) != NULL)
            bundle_set(it->bundle, &key->cell, NULL);
    }
    return KV_OK;
}

/* ---- reading -------------------------------------------------------------------- */

static enum kv_outcome absent(const struct applying *it)
{
    reason_set(it->why, "key \"%.*s\" doesn't exist", shown(it), it->op->key);
    return KV_DECLINED;
}

static enum kv_outcome apply_get(struct applying *it)
{
    if (it->latest == NULL)
        return absent(it);
    emit_entry(it, it->latest, true);
    return KV_OK;
}

static enum kv_outcome apply_get_or_empty(struct applying *it)
{
    emit_entry(it, it->latest, true);
    return KV_OK;
}

static enum kv_outcome apply_get_tree(struct applying *it)
{
    const struct kv_operation *op = it->op;

    for (struct ordered_node *at = ordered_from(&it->kv->keys, op->key, op->key_length);
         at != NULL && ordered_begins(at, op->key, op->key_length); at = at->next[0]) {
        const struct kv_key *key = at->value;
        if (kv_latest(key) != NULL && it->emit != NULL)
            it->emit(it->context, key->key, key->length, kv_latest(key), true);
    }
    return KV_OK;
}

static enum kv_outcome check_exists(const struct applying *it, const char *what)
{
    if (it->latest != NULL)
        return KV_OK;
    reason_set(it->why, "failed to check %s, key \"%.*s\" doesn't exist", what, shown(it),
               it->op->key);
    return KV_DECLINED;
}

static enum kv_outcome apply_check_index(struct applying *it)
{
    enum kv_outcome outcome = check_exists(it, "index");

    if (outcome != KV_OK)
        return outcome;
    if (it->latest->modify != it->op->index) {
        reason_set(it->why,
                   "failed index check for key \"%.*s\", current modify index %" PRIu64
                   " != %" PRIu64,
                   shown(it), it->op->key, it->latest->modify, it->op->index);
        return KV_DECLINED;
    }
    emit_entry(it, it->latest, false);
    return KV_OK;
}

static enum kv_outcome apply_check_session(struct applying *it)
{
    enum kv_outcome outcome = check_exists(it, "session");

    if (outcome != KV_OK)
        return outcome;
    if (strcmp(it->latest->session, session_of(it)) != 0) {
        reason_set(it->why,
                   "failed session check for key \"%.*s\", current session \"%s\" != "
                   "\"%.64s\"",
                   shown(it), it->op->key, it->latest->session, session_of(it));
        return KV_DECLINED;
    }
    emit_entry(it, it->latest, false);
    return KV_OK;
}

static enum kv_outcome apply_check_not_exists(struct applying *it)
{
    if (it->latest == NULL)
        return KV_OK;
    reason_set(it->why, "key \"%.*s\" exists", shown(it), it->op->key);
    return KV_DECLINED;
}

/* ---- the table ------------------------------------------------------------------ */

static const struct verb_row {
    const char *word;
    enum kv_outcome (*apply)(struct applying *it);
    bool reads;
} verb_rows[KV_VERBS] = {
    [KV_SET] = { "set", apply_set, false },
    [KV_CAS] = { "cas", apply_cas, false },
    [KV_LOCK] = { "lock", apply_lock, false },
    [KV_UNLOCK] = { "unlock", apply_unlock, false },
    [KV_GET] = { "get", apply_get, true },
    [KV_GET_OR_EMPTY] = { "get-or-empty", apply_get_or_empty, true },
    [KV_GET_TREE] = { "get-tree", apply_get_tree, true },
    [KV_CHECK_INDEX] = { "check-index", apply_check_index, true },
    [KV_CHECK_SESSION] = { "check-session", apply_check_session, true },
    [KV_CHECK_NOT_EXISTS] = { "check-not-exists", apply_check_not_exists, true },
    [KV_DELETE] = { "delete", apply_delete, false },
    [KV_DELETE_CAS] = { "delete-cas", apply_delete_cas, false },
    [KV_DELETE_TREE] = { "delete-tree", apply_delete_tree, false },
};

enum kv_outcome kv_apply(struct kv *kv, struct bundle *bundle,
                         const struct kv_operation *operation, int64_t now, kv_emit emit,
                         void *context, struct reason *why)
{
    struct applying it = { .kv = kv,
                           .bundle = bundle,
                           .op = operation,
                           .key = kv_key_get(kv, operation->key, operation->key_length),
                           .now = now,
                           .emit = emit,
                           .context = context,
                           .why = why };

    it.latest = kv_latest(it.key);
    return verb_rows[operation->verb].apply(&it);
}

bool kv_free_lock(struct kv *kv, struct bundle *bundle, struct kv_key *key, bool remove)
{
    const struct kv_entry *latest = kv_latest(key);

    (void)kv;
    if (latest == NULL || remove) {
        if (latest != NULL)
            bundle_set(bundle, &key->cell, NULL);
        return true;
    }
    struct kv_entry head = *latest;
    head.session[0] = '\0';
    head.modify = bundle_revision(bundle);
    struct version *version = kv_entry_make(&head, latest->value, key->length);
    if (version == NULL)
        return false;
    bundle_set(bundle, &key->cell, version);
    return true;
}

bool kv_verb_find(const char *word, enum kv_verb *out)
{
    for (unsigned verb = 0; verb < KV_VERBS; verb++) {
        if (strcmp(verb_rows[verb].word, word) != 0)
            continue;
        *out = (enum kv_verb)verb;
        return true;
    }
    return false;
}

bool kv_verb_reads(enum kv_verb verb)
{
    return verb_rows[verb].reads;
}
