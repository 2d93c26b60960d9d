/* registry/change.h - one change as a value, on its way to the store and back.
 *
 * Owned    by the store between submit() and done(); otherwise by who made it.
 * Threads  built and finished on control; the writer only reads it, and writes `status`.
 */
#ifndef REGISTRY_CHANGE_H
#define REGISTRY_CHANGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/reason.h"
#include "model/instance.h"
#include "registry/standing.h"
#include "registry/transition.h"
#include "rollcall/status.h"

enum change_kind {
    CHANGE_PUT,      /* an instance is new or different */
    CHANGE_REMOVE,   /* an instance is gone */
    CHANGE_HEALTH,   /* states of the checks of an instance */
    CHANGE_LEASE,    /* only the end of a lease moved */
    CHANGE_SERIAL,   /* the serial of a zone */
    CHANGE_STANDING, /* one part of the standing of an instance */
    CHANGE_RECORD,   /* a record of another room: `area` and `id` name it */
    CHANGE_HISTORY   /* nothing but what `said` tells */
};

/* One more record that is saved with a change, or not at all. */
struct change_record {
    const char *area; /* a constant */
    const char *id;   /* borrowed until done */
    uint8_t *bytes;   /* owned; NULL: it goes */
    uint32_t length;
};

struct change {
    struct change *next; /* the store's while submitted */
    bool joined; /* saved with the one that was submitted before it, or neither is */
    enum change_kind kind;
    enum rollcall_status status; /* how it ended: OK or E_UNAVAILABLE */
    uint64_t revision;           /* of the registry; stored as its high-water mark */
    const char *id;              /* borrowed until done; of the zone for SERIAL */
    struct instance
        *instance;     /* shared: one reference; NULL unless PUT or asked REMOVE */
    uid_t owner;       /* who registered it */
    uint64_t created;  /* wall ms of the first registration */
    char label[64];    /* its DNS label, "" until given (docs/dns.md §1.11) */
    int64_t lease_end; /* wall ms, 0: none */
    uint32_t serial;   /* SERIAL only */
    uint8_t *health;   /* owned; packed check states, NULL: none (HEALTH, PUT) */
    uint32_t health_length;
    bool known;              /* PUT of an instance that exists: its standing stays */
    enum standing_part part; /* STANDING only */
    uint8_t *standing;       /* owned; that part, packed; NULL: it ends */
    uint32_t standing_length;
    const char *area; /* RECORD only; a constant */
    uint8_t *record;  /* owned; RECORD only; NULL: it goes */
    uint32_t record_length;
    struct change_record *more; /* owned; RECORD only: in the same commit, after it */
    uint32_t more_count;
    struct transition *said; /* owned; for the history; NULL: nothing */
    /* Control thread, exactly once; frees the change with change_destroy(). */
    void (*done)(struct change *change, const struct reason *why);
    void *owner_of_done; /* borrowed */
    void *context;       /* borrowed: whatever `done` needs */
};

struct change *change_create(enum change_kind kind); /* zeroed; NULL: no memory */
/* Drops the reference to the instance and what is packed. NULL is allowed. */
void change_destroy(struct change *change);

#endif
