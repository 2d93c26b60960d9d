/* registry/standing.h - what keeps an instance in DNS or out of it, besides its health.
 *
 * `entry->health` is what checks and own status say. DNS goes by entry_effective(), which
 * puts the standing on top of it: what people asked for (override, drain) before what the
 * health room judged (frozen, held, damped). The ordinary instance has none.
 *
 * Times    wall ms.
 * Owned    by its entry; changed through the functions of registry.h only.
 * Threads  control.
 */
#ifndef REGISTRY_STANDING_H
#define REGISTRY_STANDING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/heap.h"
#include "rollcall/service.h"
#include "rollcall/status.h"

struct entry;

enum standing_override { OVERRIDE_NONE, OVERRIDE_UP, OVERRIDE_DOWN, OVERRIDES };

/* Why it is in or out, when it is not its health: the first that holds, in this order. */
/* A node that is down comes before all of them. The numbers are stored: append. */
enum standing_reason {
    STANDING_NONE, /* its health decides */
    STANDING_DRAINING,
    STANDING_OVERRIDDEN_DOWN,
    STANDING_OVERRIDDEN_UP,
    STANDING_FROZEN, /* the checker doubts itself: as it was served before */
    STANDING_HELD,   /* the brake: too many would leave, as it was served before */
    STANDING_DAMPED, /* moved too often: out until it is calm */
    STANDING_NODE,   /* all of this node are out (registry_set_node()) */
    STANDING_REASONS
};

enum { STANDING_NOTE_MAX = 255 };

/* What is saved, each alone, since who asks for one knows nothing of the others. */
enum standing_part { PART_DRAIN, PART_OVERRIDE, PART_DAMPED, STANDING_PARTS };

struct standing {
    /* Asked by people; on disk before it counts. */
    bool draining;
    bool drain_published; /* DNS knows; drain_until is counted from there */
    uint8_t override;     /* enum standing_override */
    uid_t drain_by;       /* who asked; as is override_by */
    uid_t override_by;
    int64_t drain_since;
    int64_t drain_until; /* safe to stop from then on */
    int64_t override_since;
    int64_t override_until; /* 0: until it is taken back */
    char *override_note;    /* owned; why, as told by who asked; NULL: not told */
    int64_t handed_until;   /* caches may have answers of a longer TTL before; 0: none */
    /* Judged by the health room. */
    bool held, frozen;
    uint8_t served;   /* enum rollcall_health while held or frozen: before it was */
    uint32_t penalty; /* of the damping, in thousandths, as of damped_since */
    int64_t damped_since;
    int64_t damped_until; /* 0: not damped */
    int64_t held_since;
    int64_t frozen_since;
    /* The registry's. */
    struct heap_node due; /* monotonic ms: the next thing that ends by itself */
    struct entry *entry;  /* borrowed: whose it is */
};

/* What DNS goes by. Pure. */
enum rollcall_health entry_effective(const struct entry *entry);
/* Pure. */
enum standing_reason entry_standing(const struct entry *entry);
/* What it would be without what people asked for. Pure. */
enum rollcall_health entry_judged(const struct entry *entry);

/* The reason without that: FROZEN, HELD, DAMPED or NONE. Pure. */
enum standing_reason entry_judgement(const struct entry *entry);

/* "draining", "overridden down", ...; "" for STANDING_NONE. Stable words. */
const char *standing_word(enum standing_reason reason);

/* That of the entry, made when it has none. NULL: no memory. */
struct standing *standing_of(struct entry *entry);
/* The same with one that was made before, all zero; the entry has none. */
void standing_adopt(struct entry *entry, struct standing *blank);
/* It ends: nothing is said by it any more. */
void standing_clear(struct standing *standing, enum standing_part part);

/* One part as bytes, into `*out` (owned; NULL: nothing is said by it). */
enum rollcall_status standing_pack(const struct standing *standing,
                                   enum standing_part part, uint8_t **out,
                                   uint32_t *length);
/* False, and nothing changed, where the bytes are damaged or memory is short. */
bool standing_unpack(struct standing *standing, enum standing_part part,
                     const uint8_t *bytes, uint32_t length);
/* Does it keep the instance in or out? */
bool standing_holds(const struct standing *standing);
/* Free it when nothing in it holds; its node must not wait in a heap. */
void standing_settle(struct entry *entry);
void standing_destroy(struct entry *entry);

#endif
