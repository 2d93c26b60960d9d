/* consul/ledger.h - things of this room that are saved, several at once or none.
 *
 * A thing (a key, a session, a query) is a cell with versions that never change: the
 * committed one, which is on disk and is what readers see, and the latest, which is what
 * writers go by while it is on its way there. Changes that belong together are collected
 * in a bundle and leave as one change of the store: all of it is saved or nothing.
 *
 * When the store refuses, it refuses all that was submitted before we heard of it, so
 * every cell goes back to its committed version and every bundle under way is told.
 * Nothing may be submitted from inside a call of the store (change->done): whoever acts
 * on an event of the registry does so in a turn of its own.
 * Threads  control.
 */
#ifndef CONSUL_LEDGER_H
#define CONSUL_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/list.h"
#include "base/reason.h"
#include "registry/store.h"
#include "rollcall/status.h"

/* Octets of records on their way to the disk; more is refused. */
enum { LEDGER_UNDER_WAY_MAX = 64 << 20 };

/* What a cell may say; the beginning of a struct of the area. */
struct version {
    uint32_t refs;
    uint64_t size; /* octets, as shelf->bytes counts them */
    void (*destroy)(struct version *version);
};
struct version *version_ref(struct version *version); /* NULL is allowed, as below */
void version_unref(struct version *version);

struct cell;

/* All cells of one record area. */
struct shelf {
    const char *area; /* of the records; a constant */
    void *owner;      /* borrowed */
    /* Append the record of a version. */
    void (*pack)(const struct version *version, struct buffer *out);
    /* cell->latest is another one; may be NULL. */
    void (*staged)(void *owner, struct cell *cell);
    /* cell->committed is another one; `before` NULL: there was none. */
    void (*committed)(void *owner, struct cell *cell, const struct version *before,
                      uint64_t revision);
    /* It says nothing and nothing is under way: free it. */
    void (*empty)(void *owner, struct cell *cell);
    uint64_t bytes, count; /* of the latest versions */
    uint64_t bytes_on_disk, count_on_disk;
};

struct cell {
    struct shelf *shelf;       /* borrowed */
    const char *key;           /* of its record; NUL-terminated, lives as long as it */
    struct version *committed; /* one reference each; NULL: says nothing */
    struct version *latest;
    uint32_t pending; /* steps of bundles under way */
};
void cell_init(struct cell *cell, struct shelf *shelf, const char *key);
/* At the load: `version` is on disk; its reference is taken over. */
void cell_load(struct cell *cell, struct version *version);
/* At the end of all: let go of both. */
void cell_release(struct cell *cell);
/* Free it if it says nothing; for who made one and then did not use it. */
void cell_settle(struct cell *cell);

struct ledger;

/* `take` gives the next number of the sequence (registry_take_revision). NULL: no
 * memory. */
struct ledger *ledger_create(struct store *store, uint64_t (*take)(void *owner),
                             void *owner);
/* After the store was drained. NULL is allowed. */
void ledger_destroy(struct ledger *ledger);
/* Octets under way now. */
uint64_t ledger_under_way(const struct ledger *ledger);

/* One bundle is open at a time: between begin and submit or abort. */
struct bundle;
struct bundle *ledger_begin(struct ledger *ledger); /* NULL: no memory */
/* The number of this bundle; taken at the first call. */
uint64_t bundle_revision(struct bundle *bundle);
/* From now on the latest version is this one (NULL: none); its reference is taken over.
 * Without memory the bundle can only be aborted, and submit says so. */
void bundle_set(struct bundle *bundle, struct cell *cell, struct version *version);
/* All cells are as they were at ledger_begin(). */
void bundle_abort(struct bundle *bundle);

/* `status` OK: on disk. Else E_UNAVAILABLE, and `why` says what the disk said. */
typedef void (*ledger_done)(void *context, enum rollcall_status status,
                            const struct reason *why);
/* Save it. OK: `done` (may be NULL) comes once; from inside when nothing changed and
 * nothing is under way, else later: a bundle without changes waits for those before it,
 * on which what it saw may rest. Another status: it was aborted, `done` does not come. */
enum rollcall_status bundle_submit(struct bundle *bundle, ledger_done done, void *context,
                                   struct reason *why);
/* The same for one that is saved with changes of others (registry_group_submit()): OK:
 * *out is to be submitted before another bundle is; NULL: nothing changed. */
enum rollcall_status bundle_seal(struct bundle *bundle, ledger_done done, void *context,
                                 struct change **out, struct reason *why);

#endif
