#include "store/sqlite_rows.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "model/pack.h"
#include "store/sqlite_schema.h"
#include "store/sqlite_statement.h"

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

struct sqlite_rows {
    sqlite3 *db;                               /* borrowed */
    sqlite3_stmt *statements[STATEMENT_COUNT]; /* owned */
    struct buffer packed;                      /* of the row that is being written */
};

/* ---- the transaction ------------------------------------------------------------ */

int sqlite_rows_begin(struct sqlite_rows *rows)
{
    return sqlite_statement_run(rows->statements[BEGIN]);
}

int sqlite_rows_commit(struct sqlite_rows *rows)
{
    return sqlite_statement_run(rows->statements[COMMIT]);
}

/* A failed COMMIT leaves the transaction open; some errors have ended it already. */
void sqlite_rows_roll_back(struct sqlite_rows *rows)
{
    if (!sqlite3_get_autocommit(rows->db))
        sqlite_statement_run(rows->statements[ROLLBACK]);
}

/* ---- changes -------------------------------------------------------------------- */

static int save_put(struct sqlite_rows *rows, const struct change *change)
{
    sqlite3_stmt *put = rows->statements[PUT];
    const struct rollcall_instance *is = &change->instance->is;

    buffer_clear(&rows->packed);
    instance_pack(is, &rows->packed);
    if (rows->packed.failed)
        return SQLITE_NOMEM;
    sqlite_statement_bind_text(put, 1, change->id);
    sqlite_statement_bind_text(put, 2, is->namespace_name);
    sqlite_statement_bind_text(put, 3, is->service);
    sqlite3_bind_int64(put, 4, (sqlite3_int64)change->owner);
    sqlite3_bind_int64(put, 5, (sqlite3_int64)change->revision);
    sqlite3_bind_int64(put, 6, (sqlite3_int64)change->created);
    sqlite_statement_bind_text(put, 7, change->label);
    sqlite3_bind_int64(put, 8, change->lease_end);
    sqlite_statement_bind_bytes(put, 9, rows->packed.data, rows->packed.length);
    sqlite_statement_bind_bytes(put, 10, change->health, change->health_length);
    sqlite3_bind_int(put, 11, change->known);
    return sqlite_statement_run(put);
}

static int save_record(struct sqlite_rows *rows, const struct change_record *record)
{
    bool goes = record->bytes == NULL;
    sqlite3_stmt *statement = rows->statements[goes ? FORGET : RECORD];

    sqlite_statement_bind_text(statement, 1, record->id);
    sqlite_statement_bind_text(statement, 2, record->area);
    if (!goes)
        sqlite_statement_bind_bytes(statement, 3, record->bytes, record->length);
    return sqlite_statement_run(statement);
}

/* The batch is one transaction, so all of them or none. */
static int save_records(struct sqlite_rows *rows, const struct change *change)
{
    const struct change_record first = { .area = change->area,
                                         .id = change->id,
                                         .bytes = change->record,
                                         .length = change->record_length };
    int error = save_record(rows, &first);

    for (uint32_t i = 0; i < change->more_count && error == SQLITE_OK; i++)
        error = save_record(rows, &change->more[i]);
    return error;
}

int sqlite_rows_save(struct sqlite_rows *rows, const struct change *change)
{
    sqlite3_stmt *statement = NULL;

    switch (change->kind) {
    case CHANGE_PUT:
        return save_put(rows, change);
    case CHANGE_REMOVE:
        statement = rows->statements[REMOVE];
        break;
    case CHANGE_HEALTH:
        statement = rows->statements[HEALTH];
        sqlite_statement_bind_bytes(statement, 2, change->health, change->health_length);
        break;
    case CHANGE_LEASE:
        statement = rows->statements[LEASE];
        sqlite3_bind_int64(statement, 2, change->lease_end);
        break;
    case CHANGE_SERIAL:
        statement = rows->statements[SERIAL];
        sqlite3_bind_int64(statement, 2, change->serial);
        break;
    case CHANGE_STANDING:
        statement = rows->statements[STANDING + (unsigned)change->part];
        sqlite_statement_bind_bytes(statement, 2, change->standing,
                                    change->standing_length);
        break;
    case CHANGE_RECORD:
        return save_records(rows, change);
    case CHANGE_HISTORY:
        return SQLITE_OK;
    }
    sqlite_statement_bind_text(statement, 1, change->id);
    return sqlite_statement_run(statement);
}

int sqlite_rows_revision(struct sqlite_rows *rows, uint64_t revision)
{
    sqlite3_bind_int64(rows->statements[REVISION], 1, (sqlite3_int64)revision);
    return sqlite_statement_run(rows->statements[REVISION]);
}

/* ---- room on the disk ----------------------------------------------------------- */

/* A record of nobody, with that many bytes or gone again. */
static int probe_once(struct sqlite_rows *rows, int bytes)
{
    sqlite3_stmt *statement = rows->statements[bytes == 0 ? FORGET : RECORD];
    int error = sqlite_rows_begin(rows);

    if (error != SQLITE_OK)
        return error;
    sqlite_statement_bind_text(statement, 1, "room");
    sqlite_statement_bind_text(statement, 2, "store_probe");
    if (bytes > 0)
        sqlite3_bind_zeroblob(statement, 3, bytes);
    error = sqlite_statement_run(statement);
    return error == SQLITE_OK ? sqlite_rows_commit(rows) : error;
}

/* Two commits: what comes and goes in one is never written. */
int sqlite_rows_probe(struct sqlite_rows *rows, int bytes)
{
    int error = probe_once(rows, bytes);

    return error == SQLITE_OK ? probe_once(rows, 0) : error;
}

/* ---- opening and closing -------------------------------------------------------- */

enum rollcall_status sqlite_rows_open(sqlite3 *db, const char *path,
                                      struct sqlite_rows **out, struct reason *why)
{
    struct sqlite_rows *rows = calloc(1, sizeof *rows);

    if (rows == NULL)
        return ROLLCALL_E_NOMEM;
    rows->db = db;
    buffer_init(&rows->packed, PACKED_MAX);
    if (sqlite_statements_prepare(db, statement_texts, STATEMENT_COUNT,
                                  rows->statements) != SQLITE_OK) {
        reason_set(why, "%s does not have the tables of schema %d: %s", path,
                   sqlite_schema_version(), sqlite3_errmsg(db));
        sqlite_rows_close(rows);
        return ROLLCALL_E_IO;
    }
    *out = rows;
    return ROLLCALL_OK;
}

void sqlite_rows_close(struct sqlite_rows *rows)
{
    if (rows == NULL)
        return;
    sqlite_statements_finalize(rows->statements, STATEMENT_COUNT);
    buffer_deinit(&rows->packed);
    free(rows);
}
