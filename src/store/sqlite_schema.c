#include "store/sqlite_schema.h"

#include <sqlite3.h>
#include <stdio.h>

#include "base/log.h"
#include "store/sqlite_past.h"

/* Migration i leads from version i to i + 1. Append; a released one is never edited,
 * because databases exist that have been through it. */
static const char *const migrations[] = {
    /* 1: the first */
    SQLITE_SCHEMA_CREATE_INSTANCE SQLITE_SCHEMA_CREATE_META SQLITE_SCHEMA_CREATE_SERIAL,
    /* 2: drain, override, damping */
    SQLITE_SCHEMA_ADD_STANDING,
    /* 3: records of other rooms: alerts, silences */
    SQLITE_SCHEMA_CREATE_RECORD,
    /* 4: the history */
    SQLITE_PAST_CREATE,
    /* 5: records may be large: keys of Consul's store */
    SQLITE_SCHEMA_SPLIT_RECORD,
};

enum { VERSION = sizeof migrations / sizeof migrations[0] };

int sqlite_schema_version(void)
{
    return VERSION;
}

static int apply(sqlite3 *db, int version)
{
    char stamp[96];
    int error = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

    for (int i = version; error == SQLITE_OK && i < VERSION; i++)
        error = sqlite3_exec(db, migrations[i], NULL, NULL, NULL);
    snprintf(stamp, sizeof stamp, "PRAGMA application_id = %d; PRAGMA user_version = %d",
             SQLITE_SCHEMA_APPLICATION_ID, (int)VERSION);
    if (error == SQLITE_OK)
        error = sqlite3_exec(db, stamp, NULL, NULL, NULL);
    if (error == SQLITE_OK)
        error = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    return error;
}

enum rollcall_status sqlite_schema_migrate(sqlite3 *db, int version, const char *path,
                                           struct reason *why)
{
    if (version == VERSION)
        return ROLLCALL_OK;
    if (apply(db, version) != SQLITE_OK) {
        reason_set(why, "cannot bring %s from schema %d to %d: %s; nothing was changed",
                   path, version, (int)VERSION, sqlite3_errmsg(db));
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
        return ROLLCALL_E_IO;
    }
    if (version > 0)
        log_info("store", "%s: brought from schema %d to %d", path, version,
                 (int)VERSION);
    return ROLLCALL_OK;
}
