/* answer/set.h - the compiled form of what a name answers, as workers read it.
 *
 * A block is one piece of memory: RRsets and the sets that list them, for all owner names
 * of one service (or all static names of one zone). Inside it everything is found by
 * offsets, so two blocks that say the same are equal octet by octet. The owner of every
 * RR is written as a pointer to the question (C00C), so names share RRsets freely.
 *
 * An RRset in memory:  struct answer_rrset
 *                      uint32_t group_end[group_count]        where group_count > 1
 *                      struct answer_place place[count + 1]   where stride is 0
 *                      the RRs                                `length` octets
 *                      additional RRs, in the order of places `extra_length` octets
 *                      uint32_t pace[count], not aligned      where the order is by
 * weight
 *
 * Shared   immutable once published; retired with call_rcu. Threads  any.
 */
#ifndef ANSWER_SET_H
#define ANSWER_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    ANSWER_A_SIZE = 16,    /* octets of an A RR whose owner is a pointer */
    ANSWER_AAAA_SIZE = 28, /* of an AAAA RR */
    ANSWER_RR_HEADER = 12  /* pointer, type, class, TTL, length */
};

/* Where one RR begins, and which addresses go with the name inside it. */
struct answer_place {
    uint32_t rr;    /* offset among the RRs; the last place is their length */
    uint32_t extra; /* offset among the additional RRs */
    uint16_t a;     /* A RRs at `extra`, then ... */
    uint16_t aaaa;  /* ... AAAA RRs */
};

struct answer_rrset {
    uint16_t type;
    uint8_t name_at; /* octets from an RR to the name that has extras; 0: no extras */
    uint8_t policy;  /* row of policies[] */
    bool plain;      /* one group, all RRs wanted: may be copied as a whole */
    bool one;        /* a CNAME: one RR is the answer (RFC 1034 §3.6.2) */
    uint16_t stride; /* octets of each RR where all are equal, else 0 */
    uint32_t count;
    uint32_t length;
    uint32_t extra_length;
    uint32_t extra_count;
    uint32_t group_count; /* priorities (RFC 2782): order changes inside one only */
    uint32_t limit;       /* RRs in one answer at most; 0: all */
};

struct answer_set_entry {
    uint16_t type;
    uint16_t zero;
    uint32_t at; /* of the RRset in the block */
};

/* Why there is no data, for people: an extended error (RFC 8914). */
struct answer_note {
    uint16_t code;   /* INFO-CODE */
    uint16_t length; /* of the text */
    char text[];     /* UTF-8, ends with a zero beside */
};

enum answer_set_kind {
    ANSWER_SET_PLAIN,
    ANSWER_SET_ALIAS, /* a CNAME and nothing else */
    ANSWER_SET_CUT,   /* another zone begins here: its name servers (referral.c) */
    ANSWER_SET_BELOW  /* below a cut: addresses of those, that only go along */
};

/* What one owner name answers. Address types stand first (docs/dns.md §2.10). */
struct answer_set {
    uint32_t at;   /* of this set in its block */
    uint32_t note; /* of its answer_note in the block; 0: none */
    uint16_t count;
    uint16_t kind; /* enum answer_set_kind */
    struct answer_set_entry entry[];
};

static inline const struct answer_rrset *answer_set_rrset(
    const struct answer_set *set, const struct answer_set_entry *entry)
{
    return (const void *)((const uint8_t *)set - set->at + entry->at);
}

static inline const uint32_t *answer_rrset_groups(const struct answer_rrset *rrset)
{
    return (const void *)(rrset + 1);
}

static inline const struct answer_place *answer_rrset_places(
    const struct answer_rrset *rrset)
{
    const uint32_t *groups = answer_rrset_groups(rrset);

    return (const void *)(groups + (rrset->group_count > 1 ? rrset->group_count : 0));
}

static inline const uint8_t *answer_rrset_wire(const struct answer_rrset *rrset)
{
    const struct answer_place *places = answer_rrset_places(rrset);

    return (const void *)(places + (rrset->stride == 0 ? rrset->count + 1 : 0));
}

/* How long RR number `index` takes for a mile: 2^32 through its weight; 0: weight 0. */
static inline uint32_t answer_rrset_pace(const struct answer_rrset *rrset, uint32_t index)
{
    uint32_t pace;

    memcpy(&pace,
           answer_rrset_wire(rrset) + rrset->length + rrset->extra_length +
               index * sizeof pace,
           sizeof pace);
    return pace;
}

/* NULL: it has none. */
static inline const struct answer_note *answer_set_note(const struct answer_set *set)
{
    return set->note == 0 ? NULL
                          : (const void *)((const uint8_t *)set - set->at + set->note);
}

#endif
