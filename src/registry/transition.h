/* registry/transition.h - one transition of an instance, on its way into the history.
 *
 * It travels with a change (registry/change.h): with the one that makes it true, where
 * there is one, so that both are on disk or neither; else with a change of its own, for
 * which nobody waits. What it carries is one part of the state of an instance, as it is
 * stored, so that whoever folds the parts in order has the state of that time.
 *
 * Times    ms.
 * Owned    by its change.
 * Threads  made on control; the writer reads it, and writes `dropped`.
 */
#ifndef REGISTRY_TRANSITION_H
#define REGISTRY_TRANSITION_H

#include <stdbool.h>
#include <stdint.h>

/* The numbers are stored: append, never renumber. */
enum transition_part {
    TRANSITION_PUT = 1,    /* a definition, and what its checks say: the change has it */
    TRANSITION_REMOVE = 2, /* gone */
    TRANSITION_HEALTH = 3, /* states of its checks (registry/states.h) */
    TRANSITION_DRAIN = 4,  /* a part of its standing (registry/standing.h) */
    TRANSITION_OVERRIDE = 5, /* the same */
    TRANSITION_DAMPED = 6,   /* the same */
    TRANSITION_JUDGED = 7,   /* held, frozen: two octets, see below */
    TRANSITION_START = 8,    /* the daemon began: hash of its configuration (8 octets) */
    TRANSITION_LOST = 9,     /* transitions that could not be kept: `streak` of them */
    TRANSITION_NODE = 10     /* of the whole node: one octet, is it down? A start ends it
                              * until the next of them */
};

/* Of the first octet of JUDGED; the second is what was served, enum rollcall_health. */
enum { JUDGED_HELD = 1, JUDGED_FROZEN = 2, JUDGED_SIZE = 2 };

enum { TRANSITION_NONE = 255 /* no health: there was none, or it is not about that */ };

struct transition {
    int64_t wall, monotonic;
    uint8_t part;        /* enum transition_part */
    uint8_t before;      /* enum rollcall_health of what moved, or TRANSITION_NONE */
    uint8_t after;       /* the same */
    uint8_t effective;   /* what DNS goes by from now on; the same */
    uint8_t standing;    /* enum standing_reason from now on */
    uint8_t outcome;     /* of the check that moved (health/outcome.h) */
    uint16_t streak;     /* results in a row that made it move; 0: not by a check */
    bool quiet;          /* for the state only, nothing to tell people */
    bool dropped;        /* the writer's: it could not be kept */
    uint32_t lost;       /* transitions before this one that were not even sent */
    int64_t lost_since;  /* wall ms */
    const char *cause;   /* a constant: "check", "drain", "lease expired", ... */
    const char *checked; /* name of the check that moved, inside the change's instance;
                          * NULL: none did */
    char *output;        /* owned; NULL: none */
    uint8_t *bytes;      /* owned; NULL: none, or they are the change's own */
    uint32_t length;
};

void transition_destroy(struct transition *transition); /* NULL is allowed */

#endif
