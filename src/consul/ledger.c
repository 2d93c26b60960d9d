#include "consul/ledger.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread_role.h"

struct step {
    struct cell *cell;      /* borrowed; it stays while `pending` */
    struct version *before; /* owned references: the latest one until then, */
    struct version *after;  /* and from then on */
};

struct bundle {
    struct list under_way; /* in ledger->under_way, once submitted */
    struct ledger *ledger; /* borrowed */
    struct step *steps;    /* owned */
    size_t count, capacity;
    uint64_t revision; /* 0: none was taken */
    uint64_t bytes;    /* of its records */
    bool failed;       /* no memory */
    bool sent;         /* has a change of its own at the store */
    bool doomed;
    ledger_done done;
    void *context; /* borrowed */
};

struct ledger {
    struct store *store; /* borrowed */
    uint64_t (*take)(void *owner);
    void *owner;           /* borrowed: for `take` */
    struct list under_way; /* of bundles, oldest first */
    uint64_t bytes;        /* of their records */
};

/* ---- versions and cells --------------------------------------------------------- */

struct version *version_ref(struct version *version)
{
    if (version != NULL)
        version->refs++;
    return version;
}

void version_unref(struct version *version)
{
    if (version != NULL && --version->refs == 0)
        version->destroy(version);
}

static void account(uint64_t *bytes, uint64_t *count, const struct version *before,
                    const struct version *after)
{
    *bytes -= before == NULL ? 0 : before->size;
    *count -= before != NULL;
    *bytes += after == NULL ? 0 : after->size;
    *count += after != NULL;
}

void cell_init(struct cell *cell, struct shelf *shelf, const char *key)
{
    *cell = (struct cell){ .shelf = shelf, .key = key };
}

void cell_load(struct cell *cell, struct version *version)
{
    struct shelf *shelf = cell->shelf;

    account(&shelf->bytes, &shelf->count, cell->latest, version);
    account(&shelf->bytes_on_disk, &shelf->count_on_disk, cell->committed, version);
    cell->committed = version;
    cell->latest = version_ref(version);
}

void cell_release(struct cell *cell)
{
    version_unref(cell->committed);
    version_unref(cell->latest);
    cell->committed = cell->latest = NULL;
}

void cell_settle(struct cell *cell)
{
    if (cell->pending == 0 && cell->committed == NULL && cell->latest == NULL)
        cell->shelf->empty(cell->shelf->owner, cell);
}

/* Takes no reference over. */
static void stage(struct cell *cell, struct version *version)
{
    struct shelf *shelf = cell->shelf;
    struct version *before = cell->latest;

    if (before == version)
        return;
    account(&shelf->bytes, &shelf->count, before, version);
    cell->latest = version_ref(version);
    if (shelf->staged != NULL)
        shelf->staged(shelf->owner, cell);
    version_unref(before);
}

static void commit(struct cell *cell, struct version *version, uint64_t revision)
{
    struct shelf *shelf = cell->shelf;
    struct version *before = cell->committed;

    account(&shelf->bytes_on_disk, &shelf->count_on_disk, before, version);
    cell->committed = version_ref(version);
    shelf->committed(shelf->owner, cell, before, revision);
    version_unref(before);
}

/* ---- the ledger ----------------------------------------------------------------- */

struct ledger *ledger_create(struct store *store, uint64_t (*take)(void *owner),
                             void *owner)
{
    struct ledger *ledger = malloc(sizeof *ledger);

    if (ledger == NULL)
        return NULL;
    *ledger = (struct ledger){ .store = store, .take = take, .owner = owner };
    list_init(&ledger->under_way);
    return ledger;
}

void ledger_destroy(struct ledger *ledger)
{
    assert(ledger == NULL || list_empty(&ledger->under_way));
    free(ledger);
}

uint64_t ledger_under_way(const struct ledger *ledger)
{
    return ledger->bytes;
}

/* ---- making a bundle ------------------------------------------------------------ */

struct bundle *ledger_begin(struct ledger *ledger)
{
    struct bundle *bundle = calloc(1, sizeof *bundle);

    if (bundle == NULL)
        return NULL;
    list_init(&bundle->under_way);
    bundle->ledger = ledger;
    return bundle;
}

uint64_t bundle_revision(struct bundle *bundle)
{
    struct ledger *ledger = bundle->ledger;

    if (bundle->revision == 0)
        bundle->revision = ledger->take(ledger->owner);
    return bundle->revision;
}

static bool reserve_step(struct bundle *bundle)
{
    if (bundle->count < bundle->capacity)
        return true;
    size_t capacity = bundle->capacity == 0 ? 4 : bundle->capacity * 2;
    struct step *steps = realloc(bundle->steps, capacity * sizeof *steps);
    if (steps == NULL)
        return false;
    bundle->steps = steps;
    bundle->capacity = capacity;
    return true;
}

void bundle_set(struct bundle *bundle, struct cell *cell, struct version *version)
{
    if (!reserve_step(bundle)) {
        bundle->failed = true;
        version_unref(version);
        return;
    }
    bundle->steps[bundle->count++] = (struct step){ .cell = cell,
                                                    .before = version_ref(cell->latest),
                                                    .after = version };
    cell->pending++;
    stage(cell, version);
}

/* The bundle is over: cells that say nothing go with it. */
static void bundle_free(struct bundle *bundle)
{
    list_remove(&bundle->under_way);
    for (size_t i = 0; i < bundle->count; i++) {
        struct step *step = &bundle->steps[i];
        version_unref(step->before);
        version_unref(step->after);
        step->cell->pending--;
        cell_settle(step->cell);
    }
    free(bundle->steps);
    free(bundle);
}

void bundle_abort(struct bundle *bundle)
{
    for (size_t i = bundle->count; i > 0; i--)
        stage(bundle->steps[i - 1].cell, bundle->steps[i - 1].before);
    bundle_free(bundle);
}

/* ---- back from the store -------------------------------------------------------- */

static void doom(struct ledger *ledger)
{
    list_for_each (at, &ledger->under_way) {
        struct bundle *bundle = list_entry(at, struct bundle, under_way);
        for (size_t i = 0; i < bundle->count; i++)
            stage(bundle->steps[i].cell, bundle->steps[i].cell->committed);
        bundle->doomed = true;
    }
}

static void finish(struct bundle *bundle, enum rollcall_status status,
                   const struct reason *why)
{
    ledger_done done = bundle->done;
    void *context = bundle->context;

    for (size_t i = 0; i < bundle->count && status == ROLLCALL_OK; i++)
        commit(bundle->steps[i].cell, bundle->steps[i].after, bundle->revision);
    bundle->ledger->bytes -= bundle->bytes;
    bundle_free(bundle);
    if (done != NULL)
        done(context, status, why);
}

static void on_saved(struct change *change, const struct reason *why)
{
    thread_role_assert(ROLE_CONTROL);
    struct bundle *bundle = change->context;
    struct ledger *ledger = bundle->ledger;
    enum rollcall_status status = change->status;

    change_destroy(change);
    assert(ledger->under_way.next == &bundle->under_way);
    if (status != ROLLCALL_OK && !bundle->doomed)
        doom(ledger);
    finish(bundle, status, why);
    while (!list_empty(&ledger->under_way)) { /* those that only waited for this one */
        bundle = list_entry(ledger->under_way.next, struct bundle, under_way);
        if (bundle->sent)
            break;
        finish(bundle, status, why);
    }
}

/* ---- to the store --------------------------------------------------------------- */

static bool pack(const struct step *step, struct change_record *out)
{
    const struct shelf *shelf = step->cell->shelf;
    struct buffer bytes;

    *out = (struct change_record){ .area = shelf->area, .id = step->cell->key };
    if (step->after == NULL)
        return true;
    buffer_init(&bytes, SIZE_MAX);
    shelf->pack(step->after, &bytes);
    if (bytes.failed || bytes.data == NULL) {
        buffer_deinit(&bytes);
        return false;
    }
    out->bytes = (uint8_t *)bytes.data; /* taken over */
    out->length = (uint32_t)bytes.length;
    return true;
}

static bool pack_more(const struct bundle *bundle, struct change *change)
{
    if (bundle->count == 1)
        return true;
    change->more = calloc(bundle->count - 1, sizeof *change->more);
    if (change->more == NULL)
        return false;
    for (size_t i = 1; i < bundle->count; i++) {
        if (!pack(&bundle->steps[i], &change->more[i - 1]))
            return false;
        change->more_count = (uint32_t)i;
    }
    return true;
}

static struct change *make_change(struct bundle *bundle)
{
    struct change_record first;
    struct change *change = change_create(CHANGE_RECORD);

    if (change == NULL || !pack(&bundle->steps[0], &first))
        goto fail;
    change->area = first.area;
    change->id = first.id;
    change->record = first.bytes;
    change->record_length = first.length;
    if (!pack_more(bundle, change))
        goto fail;
    bundle->bytes = first.length;
    for (uint32_t i = 0; i < change->more_count; i++)
        bundle->bytes += change->more[i].length;
    change->revision = bundle_revision(bundle);
    change->done = on_saved;
    change->owner_of_done = bundle->ledger;
    change->context = bundle;
    return change;

fail:
    change_destroy(change);
    return NULL;
}

static enum rollcall_status refuse(struct bundle *bundle, enum rollcall_status status,
                                   struct reason *why, const char *text)
{
    reason_set(why, "%s", text);
    bundle_abort(bundle);
    return status;
}

static enum rollcall_status seal(struct bundle *bundle, struct change **out,
                                 struct reason *why)
{
    struct ledger *ledger = bundle->ledger;
    struct change *change = make_change(bundle);

    if (change == NULL)
        return refuse(bundle, ROLLCALL_E_NOMEM, why, "out of memory");
    if (ledger->bytes > 0 && ledger->bytes + bundle->bytes > LEDGER_UNDER_WAY_MAX) {
        change_destroy(change);
        return refuse(bundle, ROLLCALL_E_UNAVAILABLE, why,
                      "64 MiB already wait for the disk, which does not keep up; try "
                      "again later");
    }
    ledger->bytes += bundle->bytes;
    bundle->sent = true;
    list_append(&ledger->under_way, &bundle->under_way);
    *out = change;
    return ROLLCALL_OK;
}

enum rollcall_status bundle_seal(struct bundle *bundle, ledger_done done, void *context,
                                 struct change **out, struct reason *why)
{
    struct ledger *ledger = bundle->ledger;

    *out = NULL;
    bundle->done = done;
    bundle->context = context;
    if (bundle->failed)
        return refuse(bundle, ROLLCALL_E_NOMEM, why, "out of memory");
    if (bundle->count > 0)
        return seal(bundle, out, why);
    if (list_empty(&ledger->under_way))
        finish(bundle, ROLLCALL_OK, NULL);
    else
        list_append(&ledger->under_way, &bundle->under_way);
    return ROLLCALL_OK;
}

enum rollcall_status bundle_submit(struct bundle *bundle, ledger_done done, void *context,
                                   struct reason *why)
{
    struct store *store = bundle->ledger->store;
    struct change *change = NULL;
    enum rollcall_status status = bundle_seal(bundle, done, context, &change, why);

    if (change != NULL)
        store->submit(store, change);
    return status;
}
