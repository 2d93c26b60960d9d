#include "store/sqlite_store.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/place.h"
#include "store/sqlite_database.h"
#include "store/sqlite_load.h"
#include "store/sqlite_rows.h"
#include "store/sqlite_transitions.h"
#include "store/writer.h"

/* Pages in the write-ahead log at which it is carried into the database: 4,000 are
 * 16 MB. It happens after the batch was reported, but the next batch waits for it, so
 * it must be rare; a longer log makes the next start slower, which has to read it.
 * Carrying sorts the pages and writes each once, so a longer log is also less work. */
enum { CHECKPOINT_PAGES = 4000 };

/* After a failure: how often the disk is asked whether it has room again, and for how
 * much. Enough for a batch of ordinary size: room for one page alone would take back with
 * the next change what it promised. */
enum { PROBE_MS = 1000, PROBE_BYTES = 64 * 1024 };

struct sqlite_store {
    struct store base;
    struct writer *writer; /* owned */
    char *path;            /* owned */
    int lock;              /* owned descriptor; -1: none */

    /* Control until the first submit, then the writer thread. */
    sqlite3 *db;                     /* owned */
    struct sqlite_rows *rows;        /* owned */
    struct sqlite_transitions *past; /* owned; NULL: no history is kept */
    int log_pages;                   /* in the write-ahead log */
    bool failing;                    /* the last batch was not saved */
    struct log_limit failures, recoveries, checkpoints;
};

/* ---- saving: the writer thread -------------------------------------------------- */

static int save_with_history(struct sqlite_store *store, const struct change *change,
                             bool with_history)
{
    int error = with_history ? sqlite_transitions_before(store->past, change) : SQLITE_OK;

    if (error == SQLITE_OK)
        error = sqlite_rows_save(store->rows, change);
    if (error == SQLITE_OK && with_history && change->said != NULL)
        error = sqlite_transitions_add(store->past, change);
    return error;
}

static int save_rows(struct sqlite_store *store, const struct change *first,
                     bool with_history)
{
    uint64_t highest = 0;
    int error = SQLITE_OK;

    for (const struct change *at = first; at != NULL && error == SQLITE_OK;
         at = at->next) {
        if (at->status != ROLLCALL_OK)
            continue;
        error = save_with_history(store, at, with_history);
        if (at->revision > highest)
            highest = at->revision;
    }
    if (error != SQLITE_OK || highest == 0)
        return error;
    return sqlite_rows_revision(store->rows, highest);
}

static int save_batch(struct sqlite_store *store, const struct change *first,
                      bool with_history)
{
    int error = sqlite_rows_begin(store->rows);

    if (error == SQLITE_OK)
        error = save_rows(store, first, with_history);
    return error == SQLITE_OK ? sqlite_rows_commit(store->rows) : error;
}

static enum rollcall_status save_failed(struct sqlite_store *store, int error,
                                        struct reason *why)
{
    if (error == SQLITE_NOMEM)
        reason_set(why, "out of memory while saving to %s", store->path);
    else
        sqlite_database_explain(store->db, store->path, why);
    sqlite_rows_roll_back(store->rows);
    store->failing = true;
    log_limited(&store->failures, clock_monotonic_ms(), LOG_LEVEL_ERROR, "store", "%s",
                why->text);
    return ROLLCALL_E_UNAVAILABLE;
}

static void save_worked(struct sqlite_store *store)
{
    if (store->failing)
        log_limited(&store->recoveries, clock_monotonic_ms(), LOG_LEVEL_INFO, "store",
                    "%s can be written again", store->path);
    store->failing = false;
}

static enum rollcall_status sqlite_save(void *owner, const struct change *first,
                                        struct reason *why)
{
    struct sqlite_store *store = owner;
    bool with_history = store->past != NULL && !store->failing;
    int error = save_batch(store, first, with_history);

    if (error != SQLITE_OK && with_history && sqlite_transitions_any(first)) {
        /* What happened may be lost, what was asked for may not. */
        sqlite_rows_roll_back(store->rows);
        error = save_batch(store, first, false);
        with_history = false;
    }
    if (error != SQLITE_OK)
        return save_failed(store, error, why);
    if (!with_history)
        sqlite_transitions_lost(first);
    save_worked(store);
    return ROLLCALL_OK;
}

static enum rollcall_status sqlite_probe(void *owner)
{
    struct sqlite_store *store = owner;
    struct reason why = REASON_NONE;
    int error = sqlite_rows_probe(store->rows, PROBE_BYTES);

    if (error != SQLITE_OK)
        return save_failed(store, error, &why);
    save_worked(store);
    return ROLLCALL_OK;
}

static int on_commit(void *owner, sqlite3 *db, const char *name, int pages)
{
    struct sqlite_store *store = owner;
    (void)db;
    (void)name;

    store->log_pages = pages;
    return SQLITE_OK;
}

/* Carry the log into the database. After a failure at once, whatever its length: the
 * next commit then writes over the log from its beginning and may need no new room. A
 * checkpoint that fails spoils nothing: the log keeps what it has. */
static void sqlite_tidy(void *owner)
{
    struct sqlite_store *store = owner;

    if (store->past != NULL && !store->failing)
        sqlite_transitions_tidy(store->past);
    if (store->log_pages < CHECKPOINT_PAGES && !store->failing)
        return;
    int error =
        sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (error == SQLITE_OK)
        store->log_pages = 0;
    else if (!store->failing)
        log_limited(&store->checkpoints, clock_monotonic_ms(), LOG_LEVEL_WARNING, "store",
                    "%s: its log cannot be carried over now: %s", store->path,
                    sqlite3_errmsg(store->db));
}

static const struct writer_backend backend = {
    .save = sqlite_save, .tidy = sqlite_tidy, .probe = sqlite_probe, .probe_ms = PROBE_MS
};

/* ---- loading: control, before the first submit ---------------------------------- */

static enum rollcall_status sqlite_load(struct store *base,
                                        const struct store_reader *reader,
                                        struct reason *why)
{
    struct sqlite_store *store = (struct sqlite_store *)base;

    return sqlite_load_registry(store->db, store->path, reader, why);
}

static enum rollcall_status sqlite_load_records(struct store *base, const char *area,
                                                void (*take)(void *owner, const char *key,
                                                             const uint8_t *bytes,
                                                             uint32_t length),
                                                void *owner, struct reason *why)
{
    struct sqlite_store *store = (struct sqlite_store *)base;

    return sqlite_load_area(store->db, store->path, area, take, owner, why);
}

/* ---- opening and closing -------------------------------------------------------- */

static void sqlite_submit(struct store *base, struct change *change)
{
    writer_submit(((struct sqlite_store *)base)->writer, change);
}

static void sqlite_drain(struct store *base)
{
    writer_drain(((struct sqlite_store *)base)->writer);
}

static void sqlite_close(struct store *base)
{
    struct sqlite_store *store = (struct sqlite_store *)base;

    if (store == NULL)
        return;
    writer_close(store->writer);
    sqlite_rows_close(store->rows);
    sqlite_transitions_close(store->past);
    sqlite_database_close(store->db);
    if (store->lock >= 0)
        close(store->lock);
    free(store->path);
    free(store);
}

static struct sqlite_store *sqlite_create(const char *path)
{
    struct sqlite_store *store = calloc(1, sizeof *store);

    if (store == NULL)
        return NULL;
    store->base.name = "sqlite";
    store->base.load = sqlite_load;
    store->base.load_records = sqlite_load_records;
    store->base.submit = sqlite_submit;
    store->base.drain = sqlite_drain;
    store->base.close = sqlite_close;
    store->lock = -1;
    store->path = strdup(path);
    return store;
}

static enum rollcall_status sqlite_open(uv_loop_t *loop,
                                        const struct store_settings *settings,
                                        struct store **out, struct reason *why)
{
    struct sqlite_store *store = sqlite_create(settings->path);
    enum rollcall_status status = ROLLCALL_E_NOMEM;

    if (store == NULL || store->path == NULL)
        goto fail;
    status = place_take(store->path, &store->lock, why);
    if (status != ROLLCALL_OK)
        goto fail;
    status = sqlite_database_open(store->path, &store->db, why);
    if (status != ROLLCALL_OK)
        goto fail;
    status = sqlite_transitions_open(store->db, settings->history, &store->past, why);
    if (status != ROLLCALL_OK)
        goto fail;
    status = sqlite_rows_open(store->db, store->path, &store->rows, why);
    if (status != ROLLCALL_OK)
        goto fail;
    sqlite3_wal_hook(store->db, on_commit, store);
    status = writer_open(loop, &backend, store, &store->writer, why);
    if (status != ROLLCALL_OK)
        goto fail;
    store->base.counters = writer_counters(store->writer);
    *out = &store->base;
    return ROLLCALL_OK;

fail:
    if (store != NULL)
        sqlite_close(&store->base);
    return status;
}

const struct store_kind sqlite_store_kind = {
    .name = "sqlite",
    .summary = "one SQLite file; what was acknowledged is on the disk",
    .open = sqlite_open,
};
