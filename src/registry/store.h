/* registry/store.h - what the registry asks of a store, as a struct of functions.
 *
 * A store promises: submit() ends in exactly one call of change->done, on the control
 * thread, in the order of submission; done with OK means that the change is on disk.
 * A change refused (disk full, I/O error) has changed nothing; so have all those that
 * were submitted before control heard of the refusal. Writing is tried again by itself.
 * A change that is joined to the one before it (change->joined; submitted in the same
 * turn, with nothing between) is saved in one commit with it, or both are refused.
 * Threads  control only; a store may have threads of its own.
 */
#ifndef REGISTRY_STORE_H
#define REGISTRY_STORE_H

#include <stdint.h>
#include <sys/types.h>

#include "base/counters.h"
#include "base/reason.h"
#include "model/instance.h"
#include "registry/change.h"
#include "rollcall/status.h"

/* One saved instance, handed over by load(). Strings borrowed for the call. */
struct stored_instance {
    struct instance *instance; /* one reference, taken over by the receiver */
    uint64_t revision;
    uid_t owner;
    uint64_t created; /* wall ms */
    const char *label;
    int64_t lease_end;     /* wall ms, 0: none */
    const uint8_t *health; /* packed check states; may be NULL */
    uint32_t health_length;
    struct stored_part {
        const uint8_t *bytes; /* NULL: none */
        uint32_t length;
    } standing[STANDING_PARTS];
};

struct store_reader {
    enum rollcall_status (*on_instance)(void *owner, const struct stored_instance *stored,
                                        struct reason *why);
    void (*on_serial)(void *owner, const char *zone, uint32_t serial);
    void (*on_revision)(void *owner, uint64_t high_water);
    void *owner;
};

struct store {
    const char *name; /* "sqlite" */
    /* Read everything once, at start, before the first submit. */
    enum rollcall_status (*load)(struct store *store, const struct store_reader *reader,
                                 struct reason *why);
    /* Read the records of one area (change.h), at start too; what `take` gets is borrowed
     * for its call. NULL: this store keeps none. */
    enum rollcall_status (*load_records)(struct store *store, const char *area,
                                         void (*take)(void *owner, const char *key,
                                                      const uint8_t *bytes,
                                                      uint32_t length),
                                         void *owner, struct reason *why);
    void (*submit)(struct store *store, struct change *change);
    /* Everything submitted so far is finished (done was called) when it returns. */
    void (*drain)(struct store *store);
    void (*close)(struct store *store); /* drains, then frees; NULL store is allowed */
    struct counter_group counters;
};

#endif
