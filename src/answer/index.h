/* answer/index.h - every owner name of every zone, for readers without lock.
 *
 * One hash table: open addressing, one writer. A name stays while it answers something or
 * has names below it (empty non-terminals are names without content), so "not in the
 * table" means that neither it nor anything below it exists (RFC 8020).
 *
 * Shared   table, names and contents are read under RCU (answer/reader.h); what leaves
 *          is retired with call_rcu. Publication is a release store, reading an acquire
 *          load, of the C11 kind that the thread sanitizer understands.
 * Threads  functions: control, online. answer_index_find() and the turns: any reader.
 */
#ifndef ANSWER_INDEX_H
#define ANSWER_INDEX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "answer/nodes.h"
#include "answer/retire.h"
#include "answer/set.h"
#include "base/hash.h"
#include "dns/name.h"
#include "model/instance.h"
#include "rollcall/status.h"

struct answer_watch;
struct answer_zone;

/* What a name answers: 0 nothing (empty non-terminal), a struct answer_set, with bit 0
 * set a struct instance, of which the name holds a reference, or with bit 1 set a struct
 * answer_join: sets of several services (answer/join.h). */
typedef uintptr_t answer_content;

struct answer_name {
    _Atomic answer_content content;
    union {
        struct rcu_head retired;
        struct {            /* control only, while the name is in the table */
            uint32_t line;  /* static names: in the zone's file; names of DNS-SD
                             * types: services that are browsed there */
            uint32_t owner; /* scratch of the compiler: number + 1 */
            uint32_t below; /* names directly below */
        };
    };
    uint32_t hash;
    uint16_t zone;  /* its number; answer_name_zone() */
    uint8_t length; /* octets of the name */
    bool from_file; /* control only: has static data */
    uint8_t wire[]; /* lower case, zeros up to a multiple of 8 */
};

struct answer_table {
    struct rcu_head retired;
    uint32_t mask;
    uint32_t used; /* control only: names and tombstones */
    _Atomic(struct answer_name *) slot[];
};

enum { ANSWER_TURNS = 1 << 16 };

struct answer_index {
    _Atomic(struct answer_table *) table; /* NULL: not ready (docs/dns.md §2.9) */
    uint64_t seed;
    struct answer_zone **zones; /* owned array, longest apex first; set once */
    size_t zone_count;
    struct answer_zone **numbered; /* owned array, by zone->number; set once */
    size_t numbered_count;
    _Atomic(struct address_node *) addresses[2]; /* IPv4, IPv6: answer/addresses.h */
    struct nodes nodes;                          /* control only: of those */
    _Atomic uint32_t *turns;       /* owned; ANSWER_TURNS counters of rotation */
    struct answer_table *building; /* control only: the table, published or not */
    size_t names;                  /* control only */
    struct answer_name *tombstone; /* owned; stands for removed names, equals none */
    /* control only; NULL: nobody wants to know which names may answer something else */
    void (*touched)(void *owner, const struct answer_name *name);
    void *touched_owner;
    struct answer_watch *watch; /* borrowed; control only; may be NULL */
};

static inline size_t answer_padded(size_t length)
{
    return (length + 7) & ~(size_t)7;
}

/* `name` lower case and zero up to a multiple of 8. */
static inline uint64_t answer_index_hash(const struct answer_index *index,
                                         const uint8_t *name, size_t length)
{
    return hash_bytes(name, answer_padded(length), index->seed);
}

static inline bool answer_name_is(const struct answer_name *name, const uint8_t *wire,
                                  size_t length)
{
    uint64_t a, b, differs = 0;

    if (name->length != length)
        return false;
    for (size_t at = 0; at < length; at += 8) {
        memcpy(&a, name->wire + at, 8);
        memcpy(&b, wire + at, 8);
        differs |= a ^ b;
    }
    return differs == 0;
}

static inline struct answer_name *answer_table_find(const struct answer_table *table,
                                                    const uint8_t *wire, size_t length,
                                                    uint64_t hash)
{
    for (uint32_t at = (uint32_t)hash & table->mask;; at = (at + 1) & table->mask) {
        struct answer_name *name =
            atomic_load_explicit(&table->slot[at], memory_order_acquire);
        if (name == NULL)
            return NULL;
        if (name->hash == (uint32_t)hash && answer_name_is(name, wire, length))
            return name;
    }
}

/* Zones outlive their names. */
static inline struct answer_zone *answer_name_zone(const struct answer_index *index,
                                                   const struct answer_name *name)
{
    return index->numbered[name->zone];
}

static inline answer_content answer_name_content(const struct answer_name *name)
{
    return atomic_load_explicit(&name->content, memory_order_acquire);
}

static inline const struct answer_set *answer_content_set(answer_content content)
{
    return (content & 3) != 0 ? NULL : (const struct answer_set *)content;
}

static inline struct instance *answer_content_instance(answer_content content)
{
    return (content & 1) != 0 ? (struct instance *)(content - 1) : NULL;
}

/* Control: names that something compiled depends on (answer/chase.h), by a bit for each
 * hash, so there may be more than was asked for. */
enum { ANSWER_WATCH_BITS = 1 << 16 };

struct answer_watch {
    uint64_t bit[ANSWER_WATCH_BITS / 64];
    bool any;     /* something is watched */
    bool derived; /* a name that is not in the index, too */
    bool hit;     /* one of them may answer something else now */
};

static inline uint64_t *answer_watch_word(struct answer_watch *watch, uint32_t hash)
{
    return &watch->bit[hash % ANSWER_WATCH_BITS / 64];
}

static inline void answer_watch_add(struct answer_watch *watch, uint32_t hash)
{
    *answer_watch_word(watch, hash) |= UINT64_C(1) << hash % 64;
    watch->any = true;
}

/* The rotation counter of an owner name and type. Its start is random because the hash
 * is seeded; sharing one between two names is harmless (docs/dns.md §2.3). */
static inline _Atomic uint32_t *answer_index_turn(const struct answer_index *index,
                                                  uint64_t hash, uint16_t type)
{
    return &index->turns[((hash >> 32) ^ ((uint64_t)type << 4)) & (ANSWER_TURNS - 1)];
}

/* Control: what this name answers is about to change, or has changed. */
static inline void answer_index_touch(const struct answer_index *index,
                                      const struct answer_name *name)
{
    if (index->watch != NULL && index->watch->any &&
        (*answer_watch_word(index->watch, name->hash) >> name->hash % 64 & 1) != 0)
        index->watch->hit = true;
    if (index->touched != NULL)
        index->touched(index->touched_owner, name);
}

/* Touch every name of `zone`. */
void answer_index_visit(const struct answer_index *index, const struct answer_zone *zone);

enum rollcall_status answer_index_init(struct answer_index *index, uint64_t seed);
/* Frees names and table at once: no reader may be left. */
void answer_index_deinit(struct answer_index *index);

/* Show the table to readers. */
void answer_index_publish(struct answer_index *index);

struct answer_name *answer_index_find(const struct answer_index *index,
                                      const struct dns_name *name);
/* The longest zone at or above `name`, NULL: not ours. */
struct answer_zone *answer_index_zone(const struct answer_index *index,
                                      const uint8_t *name, size_t length);

/* Find or add, with the empty names above it as far as the apex of `zone`.
 * NULL: no memory; then nothing was added. */
struct answer_name *answer_index_add(struct answer_index *index,
                                     const struct dns_name *name,
                                     const struct answer_zone *zone);
/* Take the name out if it has no content and nothing below it (and the compiler is not
 * at work on it), and then those above. */
void answer_index_release(struct answer_index *index, struct answer_name *name);
/* Take the name out with its content: it answers nothing more and nothing is below it. An
 * instance is let go when no reader can see it. */
void answer_index_withdraw(struct answer_index *index, struct answer_name *name);

#endif
