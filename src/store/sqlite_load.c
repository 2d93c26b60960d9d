#include "store/sqlite_load.h"

#include <sqlite3.h>

#include "model/pack.h"
#include "store/sqlite_statement.h"

/* One reading of one table. */
struct load {
    sqlite3 *db;      /* borrowed */
    const char *path; /* borrowed */
    const struct store_reader *reader;
};

static enum rollcall_status load_row(const struct load *load, sqlite3_stmt *row,
                                     struct reason *why)
{
    struct reason detail = REASON_NONE;
    struct stored_instance stored = {
        .revision = (uint64_t)sqlite3_column_int64(row, 1),
        .owner = (uid_t)sqlite3_column_int64(row, 2),
        .created = (uint64_t)sqlite3_column_int64(row, 3),
        .label = sqlite_statement_text(row, 4),
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
            load->path, sqlite_statement_text(row, 0),
            reason_text(&detail, "out of memory"));
        return ROLLCALL_E_IO;
    }
    return load->reader->on_instance(load->reader->owner, &stored, why);
}

static enum rollcall_status load_serial(const struct load *load, sqlite3_stmt *row,
                                        struct reason *why)
{
    (void)why;
    load->reader->on_serial(load->reader->owner, sqlite_statement_text(row, 0),
                            (uint32_t)sqlite3_column_int64(row, 1));
    return ROLLCALL_OK;
}

static enum rollcall_status load_revision(const struct load *load, sqlite3_stmt *row,
                                          struct reason *why)
{
    (void)why;
    load->reader->on_revision(load->reader->owner,
                              (uint64_t)sqlite3_column_int64(row, 0));
    return ROLLCALL_OK;
}

static void cannot_read(const struct load *load, struct reason *why)
{
    reason_set(why, "cannot read %s: %s", load->path, sqlite3_errmsg(load->db));
}

static enum rollcall_status load_rows(const struct load *load, const char *sql,
                                      enum rollcall_status (*take)(const struct load *,
                                                                   sqlite3_stmt *,
                                                                   struct reason *),
                                      struct reason *why)
{
    sqlite3_stmt *row = NULL;
    enum rollcall_status status = ROLLCALL_OK;
    int code = sqlite3_prepare_v2(load->db, sql, -1, &row, NULL);

    if (code == SQLITE_OK)
        while (status == ROLLCALL_OK && (code = sqlite3_step(row)) == SQLITE_ROW)
            status = take(load, row, why);
    if (status == ROLLCALL_OK && code != SQLITE_DONE) {
        cannot_read(load, why);
        status = ROLLCALL_E_IO;
    }
    sqlite3_finalize(row);
    return status;
}

enum rollcall_status sqlite_load_registry(sqlite3 *db, const char *path,
                                          const struct store_reader *reader,
                                          struct reason *why)
{
    const struct load load = { db, path, reader };
    enum rollcall_status status = load_rows(
        &load, "SELECT coalesce((SELECT value FROM meta WHERE key = 'revision'), 0)",
        load_revision, why);

    if (status == ROLLCALL_OK)
        status = load_rows(&load, "SELECT zone, serial FROM serial", load_serial, why);
    if (status == ROLLCALL_OK)
        status = load_rows(&load,
                           "SELECT id, revision, owner, created, label, lease_end, "
                           "definition, health, "
                           "drain, override, damped FROM instance",
                           load_row, why);
    sqlite3_db_release_memory(db);
    return status;
}

enum rollcall_status sqlite_load_area(sqlite3 *db, const char *path, const char *area,
                                      void (*take)(void *owner, const char *key,
                                                   const uint8_t *bytes, uint32_t length),
                                      void *owner, struct reason *why)
{
    const struct load load = { db, path, NULL };
    sqlite3_stmt *row = NULL;
    int code = sqlite3_prepare_v2(
        db, "SELECT key, value FROM record WHERE area = ? ORDER BY key", -1, &row, NULL);

    if (code == SQLITE_OK) {
        sqlite_statement_bind_text(row, 1, area);
        while ((code = sqlite3_step(row)) == SQLITE_ROW) {
            const void *bytes = sqlite3_column_blob(row, 1);
            take(owner, sqlite_statement_text(row, 0), bytes != NULL ? bytes : "",
                 (uint32_t)sqlite3_column_bytes(row, 1));
        }
    }
    if (code != SQLITE_DONE)
        cannot_read(&load, why);
    sqlite3_finalize(row);
    return code == SQLITE_DONE ? ROLLCALL_OK : ROLLCALL_E_IO;
}
