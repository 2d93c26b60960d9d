/* consul/kv.h - keys and their values, in memory and on disk.
 *
 * Keys are any octets but NUL, in bytewise order; prefixes know no slash. Readers see
 * what is on disk; writers (kv_verbs.h) go by what was submitted last (ledger.h).
 * Threads  control.
 */
#ifndef CONSUL_KV_H
#define CONSUL_KV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/reason.h"
#include "consul/delays.h"
#include "consul/ledger.h"
#include "consul/ordered.h"
#include "consul/tombstones.h"

struct sessions;

enum {
    KV_KEY_MAX = 4096,        /* octets */
    KV_VALUE_MAX = 512 * 1024 /* octets */
};

#define KV_AREA "consul_kv" /* of the records: key, packed entry */

enum { KV_SESSION_SIZE = 37 }; /* a UUID and its NUL */

/* What a key says. */
struct kv_entry {
    struct version is;
    uint64_t flags;
    uint64_t lock_index;
    uint64_t create;
    uint64_t modify;
    char session[KV_SESSION_SIZE]; /* "": not locked */
    uint32_t length;
    uint8_t value[];
};

struct kv_key {
    struct cell cell;
    struct list holding; /* in the list of the session that holds it (session.h) */
    uint32_t length;
    char key[]; /* NUL-terminated */
};

struct kv_settings {
    uint64_t bytes_max; /* of keys and values, with what they cost beside */
    uint64_t keys_max;
    /* The key is on disk with another entry, or without one. May be NULL. */
    void (*moved)(void *owner, const char *key, size_t length);
    void *owner; /* borrowed */
};

struct kv {
    struct kv_settings settings;
    struct ledger *ledger;     /* borrowed */
    struct sessions *sessions; /* borrowed; who may hold locks */
    struct delays *delays;     /* owned; locks that may not be taken yet */
    struct shelf shelf;
    struct ordered keys; /* of struct kv_key */
    struct tombstones deleted;
    uint64_t index; /* of the last change of any key, or of the start */
};

struct kv *kv_create(struct ledger *ledger, struct sessions *sessions,
                     const struct kv_settings *settings); /* NULL: no memory */
/* Read its records; after those of sessions. `start`: nothing is older for us. */
enum rollcall_status kv_load(struct kv *kv, struct store *store, uint64_t start,
                             int64_t now, int64_t wall, struct reason *why);
/* After the store was drained. NULL is allowed. */
void kv_destroy(struct kv *kv);

/* On disk; borrowed until the next turn. NULL: absent. */
const struct kv_entry *kv_find(const struct kv *kv, const char *key, size_t length);
/* When that key, or anything that begins with the prefix, moved last. */
uint64_t kv_index_of_key(const struct kv *kv, const char *key, size_t length);
uint64_t kv_index_of_prefix(const struct kv *kv, const char *prefix, size_t length);

/* Those on disk that begin with the prefix: start with *at = NULL. */
const struct kv_key *kv_next(const struct kv *kv, const char *prefix, size_t length,
                             const struct ordered_node **at);
const struct kv_entry *kv_entry_of(const struct kv_key *key);

/* For kv_verbs.c. */
struct kv_key *kv_key_get(const struct kv *kv, const char *key, size_t length);
struct kv_key *kv_key_make(struct kv *kv, const char *key, size_t length);
const struct kv_entry *kv_latest(const struct kv_key *key); /* NULL is allowed */
/* All of `head` but `is`, with that value of head->length. NULL: no memory. */
struct version *kv_entry_make(const struct kv_entry *head, const void *value,
                              size_t key_length);

#endif
