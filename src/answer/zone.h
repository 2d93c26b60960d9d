/* answer/zone.h - one of our zones: its apex, its SOA, its static records, its serial.
 *
 * What a worker reads (apex, soa, the TTLs) never changes after answer_zone_create();
 * only the serial does, with one store. The rest is control's.
 * Source   docs/dns.md §2.8; RFC 2308 §3.
 * Threads  control; answer_zone_* marked "reader" any.
 */
#ifndef ANSWER_ZONE_H
#define ANSWER_ZONE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "answer/block.h"
#include "answer/index.h"
#include "base/reason.h"
#include "config/config.h"
#include "dns/name.h"
#include "dns/zonefile.h"
#include "rollcall/status.h"

enum {
    SOA_PATCHES = 3, /* owner, MNAME, RNAME */
    SOA_NUMBERS = 20 /* octets of the five numbers that end the RDATA */
};

/* The SOA RR as a template: where a name ends in the apex, a pointer is left out. */
struct answer_soa {
    uint16_t length;
    uint8_t patch_count;
    uint16_t patch[SOA_PATCHES]; /* offsets of pointers to the apex */
    uint32_t ttl;                /* as an answer */
    uint32_t negative_ttl;       /* in authority: min(TTL, MINIMUM) */
    uint8_t wire[ANSWER_RR_HEADER + 2 * DNS_NAME_MAX + SOA_NUMBERS];
};

struct answer_block;
struct snapshot;

struct answer_zone {
    struct dns_name apex; /* lower case */
    struct answer_soa soa;
    _Atomic uint32_t serial;          /* published; saved before */
    uint16_t number;                  /* in index->numbered */
    uint8_t order;                    /* row of policies[] */
    bool has_cuts;                    /* delegations in its file */
    bool every_datacenter;            /* bare names mean all of them */
    uint32_t instance_ttl;            /* seconds */
    const char *datacenter;           /* borrowed: that bare names mean; never NULL */
    const struct config *all;         /* borrowed: the node and its addresses */
    const char *home;                 /* borrowed: this daemon's; never NULL */
    const struct answer_zone *parent; /* borrowed: the zone of ours around it, or NULL */
    /* control only */
    const struct config_zone *config; /* borrowed */
    struct answer_index *index;       /* borrowed */
    struct answer_block *block;       /* owned: the static records, compiled */
    struct growing names;             /* of struct answer_name *: those of `block` */
    struct growing types;             /* of struct answer_name *: answer/types.h */
    struct answer_block *types_block; /* owned: the list of them */
    bool types_changed;
    bool changed; /* visible data differs from the serial's */
    bool saving;
    bool saved;                /* it is on disk, and not shown yet */
    struct snapshot *snapshot; /* owned; for secondaries, NULL: none may have the zone */
    uint32_t offered;          /* the serial that is being saved */
    int64_t next_save;         /* monotonic ms: not before */
};

/* The names of the zone's static records, borrowed from the index. */
static inline size_t answer_zone_static_count(const struct answer_zone *zone)
{
    return zone->names.length / sizeof(struct answer_name *);
}
static inline struct answer_name *answer_zone_static(const struct answer_zone *zone,
                                                     size_t number)
{
    return ((struct answer_name **)(void *)zone->names.data)[number];
}

/* Reads the zone's file, compiles it and adds its names. The parent must exist already.
 */
enum rollcall_status answer_zone_create(struct answer_index *index,
                                        const struct config *all,
                                        const struct config_zone *config,
                                        struct answer_zone **out, struct reason *why);
void answer_zone_destroy(struct answer_zone *zone); /* no reader may be left */

/* Is `name` one of this zone itself, not of a zone of ours below it? */
bool answer_zone_owns(const struct answer_zone *zone, const struct dns_name *name);

/* Relative to `apex` unless it ends in a dot. False: not a name. */
bool answer_zone_name(const char *text, const struct dns_name *apex,
                      struct dns_name *out);

/* RR octets of the SOA at `out` (room: soa.length), apex at offset `apex_at` of the
 * message; reader. Returns its length. */
size_t answer_zone_soa_write(const struct answer_zone *zone, uint8_t *out, size_t apex_at,
                             bool negative);

#endif
