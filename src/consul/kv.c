/* The keys in memory: made, loaded, read; how they move on is kv_verbs.c. */
#include "consul/kv.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "consul/session.h"

/* Version of the packed entry. */
enum { PACKED_FORMAT = 1 };

static struct kv_key *key_of(struct cell *cell)
{
    return (struct kv_key *)(void *)((char *)cell - offsetof(struct kv_key, cell));
}

const struct kv_entry *kv_latest(const struct kv_key *key)
{
    return key == NULL ? NULL : (const struct kv_entry *)key->cell.latest;
}

const struct kv_entry *kv_entry_of(const struct kv_key *key)
{
    return (const struct kv_entry *)key->cell.committed;
}

/* ---- what the ledger asks -------------------------------------------------------- */

static void pack_number(struct buffer *out, uint64_t number)
{
    uint8_t bytes[8];

    bytes_put64(bytes, number);
    buffer_append(out, bytes, sizeof bytes);
}

static void pack(const struct version *version, struct buffer *out)
{
    const struct kv_entry *entry = (const struct kv_entry *)version;
    size_t session = strlen(entry->session);

    (void)buffer_reserve(out, 2 + 4 * 8 + session + entry->length);
    buffer_char(out, PACKED_FORMAT);
    pack_number(out, entry->flags);
    pack_number(out, entry->lock_index);
    pack_number(out, entry->create);
    pack_number(out, entry->modify);
    buffer_char(out, (char)session);
    buffer_append(out, entry->session, session);
    buffer_append(out, entry->value, entry->length);
}

/* The key is in the list of who holds it by its latest entry. */
static void staged(void *owner, struct cell *cell)
{
    struct kv *kv = owner;
    struct kv_key *key = key_of(cell);
    const struct kv_entry *entry = kv_latest(key);

    list_remove(&key->holding);
    if (entry == NULL || entry->session[0] == '\0')
        return;
    struct session *session = sessions_get(kv->sessions, entry->session);
    if (session != NULL)
        list_append(&session->held, &key->holding);
}

static const char *holder_of(const struct version *version)
{
    return version == NULL ? "" : ((const struct kv_entry *)version)->session;
}

static void committed(void *owner, struct cell *cell, const struct version *before,
                      uint64_t revision)
{
    struct kv *kv = owner;
    const struct kv_key *key = key_of(cell);

    if (before == NULL && cell->committed == NULL)
        return; /* came and went in one bundle */
    kv->index = revision;
    if (strcmp(holder_of(before), holder_of(cell->committed)) != 0)
        sessions_lock_moved(kv->sessions, revision);
    if (cell->committed == NULL)
        tombstones_add(&kv->deleted, key->key, key->length, revision);
    if (kv->settings.moved != NULL)
        kv->settings.moved(kv->settings.owner, key->key, key->length);
}

static void free_key(void *owner, struct cell *cell)
{
    struct kv *kv = owner;
    struct kv_key *key = key_of(cell);

    list_remove(&key->holding);
    ordered_remove(&kv->keys, key->key, key->length);
    free(key);
}

/* ---- making and loading ---------------------------------------------------------- */

struct kv_key *kv_key_get(const struct kv *kv, const char *key, size_t length)
{
    return ordered_get(&kv->keys, key, length);
}

struct kv_key *kv_key_make(struct kv *kv, const char *key, size_t length)
{
    struct kv_key *made = kv_key_get(kv, key, length);

    if (made != NULL)
        return made;
    made = malloc(sizeof *made + length + 1);
    if (made == NULL)
        return NULL;
    cell_init(&made->cell, &kv->shelf, made->key);
    list_init(&made->holding);
    made->length = (uint32_t)length;
    memcpy(made->key, key, length);
    made->key[length] = '\0';
    if (ordered_put(&kv->keys, made->key, length, made) == ROLLCALL_OK)
        return made;
    free(made);
    return NULL;
}

struct kv *kv_create(struct ledger *ledger, struct sessions *sessions,
                     const struct kv_settings *settings)
{
    struct kv *kv = calloc(1, sizeof *kv);

    if (kv == NULL)
        return NULL;
    kv->settings = *settings;
    kv->ledger = ledger;
    kv->sessions = sessions;
    kv->shelf = (struct shelf){ .area = KV_AREA,
                                .owner = kv,
                                .pack = pack,
                                .staged = staged,
                                .committed = committed,
                                .empty = free_key };
    ordered_init(&kv->keys);
    tombstones_init(&kv->deleted, 0);
    kv->delays = delays_create(ledger);
    if (kv->delays != NULL)
        return kv;
    kv_destroy(kv);
    return NULL;
}

struct loading {
    struct kv *kv;
    bool failed;
};

static bool unpack(const uint8_t *bytes, uint32_t length, size_t key_length,
                   struct version **out)
{
    struct byte_reader in = { .at = bytes, .end = bytes + length };
    struct kv_entry head = { .flags = 0 };

    *out = NULL;
    if (byte_reader_u8(&in) != PACKED_FORMAT)
        return false;
    head.flags = byte_reader_u64(&in);
    head.lock_index = byte_reader_u64(&in);
    head.create = byte_reader_u64(&in);
    head.modify = byte_reader_u64(&in);
    size_t session_length = byte_reader_u8(&in);
    const uint8_t *session = byte_reader_take(&in, session_length);
    if (in.failed || session_length >= sizeof head.session)
        return false;
    memcpy(head.session, session, session_length);
    head.length = (uint32_t)(in.end - in.at);
    *out = kv_entry_make(&head, in.at, key_length);
    return true;
}

static void load_one(void *owner, const char *key, const uint8_t *bytes, uint32_t length)
{
    struct loading *loading = owner;
    size_t key_length = strlen(key);
    struct version *version;

    if (!unpack(bytes, length, key_length, &version)) {
        log_warning("consul",
                    "the record of key \"%.200s\" cannot be read; it is as if "
                    "the key did not exist",
                    key);
        return;
    }
    struct kv_key *made =
        version == NULL ? NULL : kv_key_make(loading->kv, key, key_length);
    if (made == NULL) {
        version_unref(version);
        loading->failed = true;
        return;
    }
    cell_load(&made->cell, version);
    staged(loading->kv, &made->cell);
}

enum rollcall_status kv_load(struct kv *kv, struct store *store, uint64_t start,
                             int64_t now, int64_t wall, struct reason *why)
{
    struct loading loading = { .kv = kv };

    kv->index = kv->deleted.floor = start;
    if (store->load_records == NULL)
        return ROLLCALL_OK;
    enum rollcall_status status =
        store->load_records(store, KV_AREA, load_one, &loading, why);
    if (status == ROLLCALL_OK)
        status = delays_load(kv->delays, store, now, wall, why);
    if (status != ROLLCALL_OK || !loading.failed)
        return status;
    reason_set(why, "out of memory while loading the keys");
    return ROLLCALL_E_NOMEM;
}

void kv_destroy(struct kv *kv)
{
    struct ordered_node *next;

    if (kv == NULL)
        return;
    for (struct ordered_node *at = kv->keys.first[0]; at != NULL; at = next) {
        struct kv_key *key = at->value;
        next = at->next[0];
        list_remove(&key->holding);
        cell_release(&key->cell);
        free(key);
    }
    ordered_deinit(&kv->keys);
    tombstones_deinit(&kv->deleted);
    delays_destroy(kv->delays);
    free(kv);
}

/* ---- reading -------------------------------------------------------------------- */

const struct kv_entry *kv_find(const struct kv *kv, const char *key, size_t length)
{
    const struct kv_key *found = kv_key_get(kv, key, length);

    return found == NULL ? NULL : kv_entry_of(found);
}

const struct kv_key *kv_next(const struct kv *kv, const char *prefix, size_t length,
                             const struct ordered_node **at)
{
    *at = *at == NULL ? ordered_from(&kv->keys, prefix, length) : (*at)->next[0];
    for (; *at != NULL && ordered_begins(*at, prefix, length); *at = (*at)->next[0]) {
        const struct kv_key *key = (*at)->value;
        if (kv_entry_of(key) != NULL)
            return key;
    }
    return NULL;
}

uint64_t kv_index_of_key(const struct kv *kv, const char *key, size_t length)
{
    const struct kv_entry *entry = kv_find(kv, key, length);

    return entry != NULL ? entry->modify : tombstones_of_key(&kv->deleted, key, length);
}

uint64_t kv_index_of_prefix(const struct kv *kv, const char *prefix, size_t length)
{
    uint64_t newest = tombstones_of_prefix(&kv->deleted, prefix, length);
    const struct ordered_node *at = NULL;
    const struct kv_key *key;

    while ((key = kv_next(kv, prefix, length, &at)) != NULL)
        if (kv_entry_of(key)->modify > newest)
            newest = kv_entry_of(key)->modify;
    return newest;
}
