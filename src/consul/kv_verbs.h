/* consul/kv_verbs.h - what can be done to keys, one operation at a time, in a bundle.
 *
 * The same verbs serve single requests and transactions; each sees what those before it
 * in the bundle did. Who gets anything but KV_OK aborts the bundle (a single request may
 * answer KV_DECLINED with "false").
 * Threads  control.
 */
#ifndef CONSUL_KV_VERBS_H
#define CONSUL_KV_VERBS_H

#include "consul/kv.h"

enum kv_verb {
    KV_SET,
    KV_CAS,
    KV_LOCK,
    KV_UNLOCK,
    KV_GET,
    KV_GET_OR_EMPTY,
    KV_GET_TREE,
    KV_CHECK_INDEX,
    KV_CHECK_SESSION,
    KV_CHECK_NOT_EXISTS,
    KV_DELETE,
    KV_DELETE_CAS,
    KV_DELETE_TREE,
    KV_VERBS
};

/* Borrowed for the call. */
struct kv_operation {
    enum kv_verb verb;
    const char *key;
    size_t key_length;
    const void *value; /* SET, CAS, LOCK, UNLOCK */
    size_t length;
    uint64_t flags;
    uint64_t index;      /* CAS, CHECK_INDEX, DELETE_CAS */
    const char *session; /* LOCK, UNLOCK, CHECK_SESSION; NULL is "" */
};

enum kv_outcome {
    KV_OK,
    KV_DECLINED, /* a condition does not hold */
    KV_INVALID,  /* no such session */
    KV_FULL,     /* beyond the bounds of the store */
    KV_NO_MEMORY
};

/* One entry of the result; `entry` NULL: there is none (GET_OR_EMPTY). */
typedef void (*kv_emit)(void *context, const char *key, size_t length,
                        const struct kv_entry *entry, bool with_value);

/* `emit` may be NULL. Anything but OK: `why` says it in Consul's words. */
enum kv_outcome kv_apply(struct kv *kv, struct bundle *bundle,
                         const struct kv_operation *operation, int64_t now, kv_emit emit,
                         void *context, struct reason *why);

/* Its session ended: let go of the lock, or delete the key. False: no memory. */
bool kv_free_lock(struct kv *kv, struct bundle *bundle, struct kv_key *key, bool remove);

bool kv_verb_find(const char *word, enum kv_verb *out);
bool kv_verb_reads(enum kv_verb verb); /* changes nothing */

#endif
