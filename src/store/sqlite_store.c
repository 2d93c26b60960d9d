#include "store/sqlite_store.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "model/pack.h"
#include "store/place.h"
#include "store/sqlite_database.h"
#include "store/sqlite_schema.h"
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

/* Bound of one packed instance; a request line is at most 64 KiB. */
enum { PACKED_MAX = 1 << 20 };

enum statement {
    BEGIN,
    COMMIT,
    ROLLBACK,
    PUT,
    REMOVE,
    HEALTH,
    LEASE,
    SERIAL,
    STANDING, /* and one for each further part of it */
    STANDING_LAST = STANDING + STANDING_PARTS - 1,
    RECORD,
    FORGET,
    REVISION,
    STATEMENT_COUNT
};

static const char *const statement_texts[STATEMENT_COUNT] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [PUT] = SQLITE_SCHEMA_PUT,
    [REMOVE] = SQLITE_SCHEMA_REMOVE,
    [HEALTH] = SQLITE_SCHEMA_HEALTH,
    [LEASE] = SQLITE_SCHEMA_LEASE,
    [SERIAL] = SQLITE_SCHEMA_SERIAL,
    [STANDING + PART_DRAIN] = SQLITE_SCHEMA_DRAIN,
    [STANDING + PART_OVERRIDE] = SQLITE_SCHEMA_OVERRIDE,
    [STANDING + PART_DAMPED] = SQLITE_SCHEMA_DAMPED,
    [RECORD] = SQLITE_SCHEMA_RECORD,
    [FORGET] = SQLITE_SCHEMA_FORGET,
    [REVISION] = SQLITE_SCHEMA_REVISION,
};

struct sqlite_store {
    struct store base;
    struct writer *writer; /* owned */
    char *path;            /* owned */
    int lock;              /* owned descriptor; -1: none */

    /* Control until the first submit, then the writer thread. */
    sqlite3 *db;                               /* owned */
    sqlite3_stmt *statements[STATEMENT_COUNT]; /* owned */
    struct buffer packed;                      /* of the row that is being written */
    struct sqlite_transitions *past;           /* owned; NULL: no history is kept */
    int log_pages;                             /* in the write-ahead log */
    bool failing;                              /* the last batch was not saved */
    struct log_limit failures, recoveries, checkpoints;
};

/* ---- saving: the writer thread -------------------------------------------------- */

static int run(sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    int error = sqlite3_reset(statement); /* the error of the step, if any */

    return code == SQLITE_DONE ? SQLITE_OK : error;
}

static void bind_text(sqlite3_stmt *statement, int place, const char *text)
{
    sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
}

static void bind_bytes(sqlite3_stmt *statement, int place, const void *bytes,
                       size_t length)
{
    if (bytes == NULL)
        sqlite3_bind_null(statement, place);
    else
        sqlite3_bind_blob(statement, place, bytes, (int)length, SQLITE_STATIC);
}

static int save_put(struct sqlite_store *store, const struct change *change)
{
    sqlite3_stmt *put = store->statements[PUT];
    const struct rollcall_instance *is = &change->instance->is;

    buffer_clear(&store->packed);
    instance_pack(is, &store->packed);
    if (store->packed.failed)
        return SQLITE_NOMEM;
    bind_text(put, 1, change->id);
    bind_text(put, 2, is->namespace_name);
    bind_text(put, 3, is->service);
    sqlite3_bind_int64(put, 4, (sqlite3_int64)change->owner);
    sqlite3_bind_int64(put, 5, (sqlite3_int64)change->revision);
    sqlite3_bind_int64(put, 6, (sqlite3_int64)change->created);
    bind_text(put, 7, change->label);
    sqlite3_bind_int64(put, 8, change->lease_end);
    bind_bytes(put, 9, store->packed.data, store->packed.length);
    bind_bytes(put, 10, change->health, change->health_length);
    sqlite3_bind_int(put, 11, change->known);
    return run(put);
}

static int save_record(struct sqlite_store *store, const struct change_record *record)
{
    bool goes = record->bytes == NULL;
    sqlite3_stmt *statement = store->statements[goes ? FORGET : RECORD];

    bind_text(statement, 1, record->id);
    bind_text(statement, 2, record->area);
    if (!goes)
        bind_bytes(statement, 3, record->bytes, record->length);
    return run(statement);
}

/* The batch is one transaction, so all of them or none. */
static int save_records(struct sqlite_store *store, const struct change *change)
{
    const struct change_record first = { .area = change->area,
                                         .id = change->id,
                                         .bytes = change->record,
                                         .length = change->record_length };
    int error = save_record(store, &first);

    for (uint32_t i = 0; i < change->more_count && error == SQLITE_OK; i++)
        error = save_record(store, &change->more[i]);
    return error;
}

static int save_change(struct sqlite_store *store, const struct change *change)
{
    sqlite3_stmt *statement = NULL;

    switch (change->kind) {
    case CHANGE_PUT:
        return save_put(store, change);
    case CHANGE_REMOVE:
        statement = store->statements[REMOVE];
        break;
    case CHANGE_HEALTH:
        statement = store->statements[HEALTH];
        bind_bytes(statement, 2, change->health, change->health_length);
        break;
    case CHANGE_LEASE:
        statement = store->statements[LEASE];
        sqlite3_bind_int64(statement, 2, change->lease_end);
        break;
    case CHANGE_SERIAL:
        statement = store->statements[SERIAL];
        sqlite3_bind_int64(statement, 2, change->serial);
        break;
    case CHANGE_STANDING:
        statement = store->statements[STANDING + (unsigned)change->part];
        bind_bytes(statement, 2, change->standing, change->standing_length);
        break;
    case CHANGE_RECORD:
        return save_records(store, change);
    case CHANGE_HISTORY:
        return SQLITE_OK;
    }
    bind_text(statement, 1, change->id);
    return run(statement);
}

static int save_with_history(struct sqlite_store *store, const struct change *change,
                             bool with_history)
{
    int error = with_history ? sqlite_transitions_before(store->past, change) : SQLITE_OK;

    if (error == SQLITE_OK)
        error = save_change(store, change);
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
    sqlite3_bind_int64(store->statements[REVISION], 1, (sqlite3_int64)highest);
    return run(store->statements[REVISION]);
}

static int save_batch(struct sqlite_store *store, const struct change *first,
                      bool with_history)
{
    int error = run(store->statements[BEGIN]);

    if (error == SQLITE_OK)
        error = save_rows(store, first, with_history);
    return error == SQLITE_OK ? run(store->statements[COMMIT]) : error;
}

/* A failed COMMIT leaves the transaction open; some errors have ended it already. */
static void roll_back(struct sqlite_store *store)
{
    if (!sqlite3_get_autocommit(store->db))
        run(store->statements[ROLLBACK]);
}

static enum rollcall_status save_failed(struct sqlite_store *store, int error,
                                        struct reason *why)
{
    if (error == SQLITE_NOMEM)
        reason_set(why, "out of memory while saving to %s", store->path);
    else
        sqlite_database_explain(store->db, store->path, why);
    roll_back(store);
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
        roll_back(store); /* what happened may be lost, what was asked for may not */
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

/* A record of nobody, with that many bytes or gone again. */
static int probe_once(struct sqlite_store *store, bool goes)
{
    sqlite3_stmt *statement = store->statements[goes ? FORGET : RECORD];
    int error = run(store->statements[BEGIN]);

    if (error != SQLITE_OK)
        return error;
    bind_text(statement, 1, "room");
    bind_text(statement, 2, "store_probe");
    if (!goes)
        sqlite3_bind_zeroblob(statement, 3, PROBE_BYTES);
    error = run(statement);
    return error == SQLITE_OK ? run(store->statements[COMMIT]) : error;
}

/* Two commits: what comes and goes in one is never written. */
static enum rollcall_status sqlite_probe(void *owner)
{
    struct sqlite_store *store = owner;
    struct reason why = REASON_NONE;
    int error = probe_once(store, false);

    if (error == SQLITE_OK)
        error = probe_once(store, true);
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

/* NULL as "" so that a damaged row meets a reason and not a crash. */
static const char *column_text(sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text != NULL ? text : "";
}

static enum rollcall_status load_row(struct sqlite_store *store, sqlite3_stmt *row,
                                     const struct store_reader *reader,
                                     struct reason *why)
{
    struct reason detail = REASON_NONE;
    struct stored_instance stored = {
        .revision = (uint64_t)sqlite3_column_int64(row, 1),
        .owner = (uid_t)sqlite3_column_int64(row, 2),
        .created = (uint64_t)sqlite3_column_int64(row, 3),
        .label = column_text(row, 4),
        .lease_end = sqlite3_column_int64(row, 5),
        .health = sqlite3_column_blob(row, 7),
        .health_length = (uint32_t)sqlite3_column_bytes(row, 7),
    };
    for (int i = 0; i < STANDING_PARTS; i++) {
        stored.standing[i].bytes = sqlite3_column_blob(row, 8 + i);
        stored.standing[i].length = (uint32_t)sqlite3_column_bytes(row, 8 + i);
    }
    const void *definition = sqlite3_column_blob(row, 6);
    size_t length = (size_t)sqlite3_column_bytes(row, 6);

    stored.instance =
        instance_unpack(definition != NULL ? definition : "", length, &detail);
    if (stored.instance == NULL) {
        reason_set(
            why,
            "%s is damaged: the definition of instance \"%s\" cannot be read (%s); "
            "delete that row with sqlite3, or restore a backup",
            store->path, column_text(row, 0), reason_text(&detail, "out of memory"));
        return ROLLCALL_E_IO;
    }
    return reader->on_instance(reader->owner, &stored, why);
}

static enum rollcall_status load_serial(struct sqlite_store *store, sqlite3_stmt *row,
                                        const struct store_reader *reader,
                                        struct reason *why)
{
    (void)store;
    (void)why;
    reader->on_serial(reader->owner, column_text(row, 0),
                      (uint32_t)sqlite3_column_int64(row, 1));
    return ROLLCALL_OK;
}

static enum rollcall_status load_revision(struct sqlite_store *store, sqlite3_stmt *row,
                                          const struct store_reader *reader,
                                          struct reason *why)
{
    (void)store;
    (void)why;
    reader->on_revision(reader->owner, (uint64_t)sqlite3_column_int64(row, 0));
    return ROLLCALL_OK;
}

static enum rollcall_status load_rows(
    struct sqlite_store *store, const char *sql, const struct store_reader *reader,
    enum rollcall_status (*take)(struct sqlite_store *, sqlite3_stmt *,
                                 const struct store_reader *, struct reason *),
    struct reason *why)
{
    sqlite3_stmt *row = NULL;
    enum rollcall_status status = ROLLCALL_OK;
    int code = sqlite3_prepare_v2(store->db, sql, -1, &row, NULL);

    if (code == SQLITE_OK)
        while (status == ROLLCALL_OK && (code = sqlite3_step(row)) == SQLITE_ROW)
            status = take(store, row, reader, why);
    if (status == ROLLCALL_OK && code != SQLITE_DONE) {
        reason_set(why, "cannot read %s: %s", store->path, sqlite3_errmsg(store->db));
        status = ROLLCALL_E_IO;
    }
    sqlite3_finalize(row);
    return status;
}

static enum rollcall_status sqlite_load(struct store *base,
                                        const struct store_reader *reader,
                                        struct reason *why)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    enum rollcall_status status = load_rows(
        store, "SELECT coalesce((SELECT value FROM meta WHERE key = 'revision'), 0)",
        reader, load_revision, why);

    if (status == ROLLCALL_OK)
        status =
            load_rows(store, "SELECT zone, serial FROM serial", reader, load_serial, why);
    if (status == ROLLCALL_OK)
        status = load_rows(store,
                           "SELECT id, revision, owner, created, label, lease_end, "
                           "definition, health, "
                           "drain, override, damped FROM instance",
                           reader, load_row, why);
    sqlite3_db_release_memory(store->db);
    return status;
}

static enum rollcall_status sqlite_load_records(struct store *base, const char *area,
                                                void (*take)(void *owner, const char *key,
                                                             const uint8_t *bytes,
                                                             uint32_t length),
                                                void *owner, struct reason *why)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    sqlite3_stmt *row = NULL;
    int code = sqlite3_prepare_v2(
        store->db, "SELECT key, value FROM record WHERE area = ? ORDER BY key", -1, &row,
        NULL);

    if (code == SQLITE_OK) {
        bind_text(row, 1, area);
        while ((code = sqlite3_step(row)) == SQLITE_ROW) {
            const void *bytes = sqlite3_column_blob(row, 1);
            take(owner, column_text(row, 0), bytes != NULL ? bytes : "",
                 (uint32_t)sqlite3_column_bytes(row, 1));
        }
    }
    if (code != SQLITE_DONE)
        reason_set(why, "cannot read %s: %s", store->path, sqlite3_errmsg(store->db));
    sqlite3_finalize(row);
    return code == SQLITE_DONE ? ROLLCALL_OK : ROLLCALL_E_IO;
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
    for (int i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(store->statements[i]);
    sqlite_transitions_close(store->past);
    sqlite_database_close(store->db);
    if (store->lock >= 0)
        close(store->lock);
    buffer_deinit(&store->packed);
    free(store->path);
    free(store);
}

static enum rollcall_status prepare_statements(struct sqlite_store *store,
                                               struct reason *why)
{
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        if (sqlite3_prepare_v3(store->db, statement_texts[i], -1,
                               SQLITE_PREPARE_PERSISTENT, &store->statements[i],
                               NULL) != SQLITE_OK) {
            reason_set(why, "%s does not have the tables of schema %d: %s", store->path,
                       sqlite_schema_version(), sqlite3_errmsg(store->db));
            return ROLLCALL_E_IO;
        }
    }
    sqlite3_wal_hook(store->db, on_commit, store);
    return ROLLCALL_OK;
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
    buffer_init(&store->packed, PACKED_MAX);
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
    status = prepare_statements(store, why);
    if (status != ROLLCALL_OK)
        goto fail;
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
