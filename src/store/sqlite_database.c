#include "store/sqlite_database.h"

#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "store/sqlite_schema.h"

/* How long a commit waits for somebody who writes with the sqlite3 shell. */
enum { BUSY_MS = 2000 };

/* Pages of 4 KiB kept by SQLite: more than one full batch touches at its leaves, little
 * beside the daemon's 5 MB at rest. */
#define SETUP                                                                            \
    "PRAGMA synchronous = FULL; "                                                        \
    "PRAGMA wal_autocheckpoint = 0; " /* sqlite_store.c does it after replying */        \
    "PRAGMA journal_size_limit = 33554432; "                                             \
    "PRAGMA cache_size = -512; "                                                         \
    "PRAGMA trusted_schema = OFF; "                                                      \
    "PRAGMA temp_store = MEMORY"

/* One number asked of the database. False: SQLite met an error. */
static bool ask_number(sqlite3 *db, const char *sql, int64_t *number)
{
    sqlite3_stmt *statement = NULL;
    bool ok = sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
              sqlite3_step(statement) == SQLITE_ROW;

    if (ok)
        *number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return ok;
}

/* A sentence about a file that cannot be read as a database. */
static enum rollcall_status refuse_unreadable(sqlite3 *db, const char *path,
                                              struct reason *why)
{
    switch (sqlite3_errcode(db)) {
    case SQLITE_NOTADB:
        reason_set(why,
                   "%s is not a SQLite database; move it away or name another file with "
                   "registry.database; nothing was changed",
                   path);
        break;
    case SQLITE_CORRUPT:
        reason_set(why,
                   "%s is damaged (%s); restore a backup, or move it away to start with "
                   "an empty registry; nothing was changed",
                   path, sqlite3_errmsg(db));
        break;
    default:
        reason_set(why, "cannot read the database %s: %s", path, sqlite3_errmsg(db));
    }
    return ROLLCALL_E_IO;
}

/* Whose file is it, and how old? `*version` 0: a new, empty one. */
static enum rollcall_status identify(sqlite3 *db, const char *path, int *version,
                                     struct reason *why)
{
    int64_t application = 0, number = 0, tables = 0;

    if (!ask_number(db, "PRAGMA application_id", &application) ||
        !ask_number(db, "PRAGMA user_version", &number) ||
        !ask_number(db, "SELECT count(*) FROM sqlite_schema", &tables))
        return refuse_unreadable(db, path, why);
    if (application != SQLITE_SCHEMA_APPLICATION_ID && (tables > 0 || application != 0)) {
        reason_set(why,
                   "%s is a database of another program (application id %" PRId64
                   "); name another file with registry.database; nothing was changed",
                   path, application);
        return ROLLCALL_E_CONFLICT;
    }
    if (number > sqlite_schema_version() || number < 0) {
        reason_set(why,
                   "%s was written by a newer rollcalld (schema %" PRId64
                   ", this one knows %d); run that version or restore a backup; nothing "
                   "was changed",
                   path, number, sqlite_schema_version());
        return ROLLCALL_E_CONFLICT;
    }
    *version = (int)number;
    return ROLLCALL_OK;
}

/* The full check, not quick_check: with no index but the tables themselves both take the
 * same time (28 ms for 100,000 instances of 490 bytes). */
static enum rollcall_status check_pages(sqlite3 *db, const char *path, struct reason *why)
{
    sqlite3_stmt *statement = NULL;
    enum rollcall_status status = ROLLCALL_OK;

    if (sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &statement, NULL) !=
            SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        status = refuse_unreadable(db, path, why);
    } else {
        const char *verdict = (const char *)sqlite3_column_text(statement, 0);
        if (verdict == NULL || strcmp(verdict, "ok") != 0) {
            reason_set(why,
                       "%s is damaged (%s); restore a backup, or move it away to start "
                       "with an empty registry; nothing was changed",
                       path, verdict != NULL ? verdict : "no verdict");
            status = ROLLCALL_E_IO;
        }
    }
    sqlite3_finalize(statement);
    return status;
}

static enum rollcall_status set_up(sqlite3 *db, const char *path, struct reason *why)
{
    sqlite3_stmt *statement = NULL;
    char mode[16] = "";

    if (sqlite3_prepare_v2(db, "PRAGMA journal_mode = WAL", -1, &statement, NULL) ==
            SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        snprintf(mode, sizeof mode, "%s",
                 (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    if (strcmp(mode, "wal") != 0) {
        reason_set(why,
                   "cannot keep a write-ahead log for %s (%s); the database must lie on "
                   "a local file system with room, in a folder that rollcalld may write",
                   path, mode[0] != '\0' ? mode : sqlite3_errmsg(db));
        return ROLLCALL_E_IO;
    }
    if (sqlite3_exec(db, SETUP, NULL, NULL, NULL) != SQLITE_OK) {
        reason_set(why, "cannot set up %s: %s", path, sqlite3_errmsg(db));
        return ROLLCALL_E_IO;
    }
    return ROLLCALL_OK;
}

static void keep_log_on_close(sqlite3 *db, bool keep)
{
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, (int)keep, NULL);
}

enum rollcall_status sqlite_database_open(const char *path, sqlite3 **out,
                                          struct reason *why)
{
    sqlite3 *db = NULL;
    int version = 0;
    enum rollcall_status status = ROLLCALL_E_IO;

    /* No mutex: one thread at a time uses it, control at start, then the writer. */
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK) {
        reason_set(why, "cannot open the database %s: %s", path,
                   db != NULL ? sqlite3_errmsg(db) : "out of memory");
        goto fail;
    }
    sqlite3_extended_result_codes(db, 0);
    sqlite3_busy_timeout(db, BUSY_MS);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    keep_log_on_close(db, true); /* a refused file is left as it was */

    status = identify(db, path, &version, why);
    if (status == ROLLCALL_OK)
        status = check_pages(db, path, why);
    if (status == ROLLCALL_OK)
        status = set_up(db, path, why);
    if (status == ROLLCALL_OK)
        status = sqlite_schema_migrate(db, version, path, why);
    if (status != ROLLCALL_OK)
        goto fail;
    keep_log_on_close(db, false);
    *out = db;
    return ROLLCALL_OK;

fail:
    sqlite3_close(db);
    return status;
}

void sqlite_database_close(sqlite3 *db)
{
    sqlite3_close(db);
}

void sqlite_database_explain(sqlite3 *db, const char *path, struct reason *why)
{
    int code = sqlite3_errcode(db) & 0xff;
    int error = sqlite3_system_errno(db);

    if (code == SQLITE_FULL ||
        (code == SQLITE_IOERR && (error == ENOSPC || error == EDQUOT)))
        reason_set(why,
                   "the database disk is full (%s); changes are refused until "
                   "there is room",
                   path);
    else if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        reason_set(why,
                   "another program keeps %s locked; changes are refused until it "
                   "lets go",
                   path);
    else if (code == SQLITE_IOERR || code == SQLITE_READONLY || code == SQLITE_CANTOPEN)
        reason_set(why,
                   "the database %s cannot be written (%s%s%s); changes are "
                   "refused until it can",
                   path, sqlite3_errmsg(db), error != 0 ? ": " : "",
                   error != 0 ? strerror(error) : "");
    else
        reason_set(why, "the database %s could not save the change: %s", path,
                   sqlite3_errmsg(db));
}
