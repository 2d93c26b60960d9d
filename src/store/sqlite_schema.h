/* store/sqlite_schema.h - the tables, the statements and the numbered migrations.
 *
 * The database can be read with the sqlite3 shell while rollcalld runs. `definition` is
 * model/pack.h, `health` belongs to the registry; all else is plain. The texts are here
 * so that a benchmark can write the same rows without rollcall.
 *
 * Version  user_version is the number of migrations applied; append, never edit.
 * Threads  control, at start.
 */
#ifndef STORE_SQLITE_SCHEMA_H
#define STORE_SQLITE_SCHEMA_H

#include "base/reason.h"
#include "rollcall/status.h"

struct sqlite3;

/* "roll": says in the header of the file whose it is (file(1) shows it). */
#define SQLITE_SCHEMA_APPLICATION_ID 0x726f6c6c

/* WITHOUT ROWID: one tree in place of two, so a change by id touches one page less. */
#define SQLITE_SCHEMA_CREATE_INSTANCE                                                    \
    "CREATE TABLE instance("                                                             \
    "id TEXT NOT NULL PRIMARY KEY, "                                                     \
    "namespace TEXT NOT NULL, "                                                          \
    "service TEXT NOT NULL, "                                                            \
    "owner INTEGER NOT NULL, "                                                           \
    "revision INTEGER NOT NULL, "                                                        \
    "created INTEGER NOT NULL, "                                                         \
    "label TEXT NOT NULL, "                                                              \
    "lease_end INTEGER NOT NULL, "                                                       \
    "definition BLOB NOT NULL, "                                                         \
    "health BLOB) WITHOUT ROWID;"

/* What keeps an instance in or out besides its health; bytes of the registry. */
#define SQLITE_SCHEMA_ADD_STANDING                                                       \
    "ALTER TABLE instance ADD COLUMN drain BLOB; "                                       \
    "ALTER TABLE instance ADD COLUMN override BLOB; "                                    \
    "ALTER TABLE instance ADD COLUMN damped BLOB;"

/* What other rooms keep beside the instances; the bytes are theirs. */
#define SQLITE_SCHEMA_CREATE_RECORD                                                      \
    "CREATE TABLE record(area TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, "   \
    "PRIMARY KEY(area, key)) WITHOUT ROWID;"

/* With a rowid: a tree of its own for the values. In one without, a look for a key reads
 * the whole value of every other that it is compared with, and values may have half a
 * megabyte. */
#define SQLITE_SCHEMA_SPLIT_RECORD                                                       \
    "ALTER TABLE record RENAME TO record_before; "                                       \
    "CREATE TABLE record(area TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, "   \
    "PRIMARY KEY(area, key)); "                                                          \
    "INSERT INTO record SELECT area, key, value FROM record_before; "                    \
    "DROP TABLE record_before;"

#define SQLITE_SCHEMA_CREATE_META                                                        \
    "CREATE TABLE meta(key TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) "          \
    "WITHOUT ROWID;"

#define SQLITE_SCHEMA_CREATE_SERIAL                                                      \
    "CREATE TABLE serial(zone TEXT NOT NULL PRIMARY KEY, serial INTEGER NOT NULL) "      \
    "WITHOUT ROWID;"

/* Parameters in the order of the columns; the last one says that the instance goes on
 * living, so that its standing stays. */
#define SQLITE_SCHEMA_PUT                                                                \
    "INSERT INTO instance(id, namespace, service, owner, revision, created, label, "     \
    "lease_end, definition, health) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "               \
    "ON CONFLICT(id) DO UPDATE SET namespace = excluded.namespace, "                     \
    "service = excluded.service, owner = excluded.owner, "                               \
    "revision = excluded.revision, created = excluded.created, "                         \
    "label = excluded.label, lease_end = excluded.lease_end, "                           \
    "definition = excluded.definition, health = excluded.health, "                       \
    "drain = CASE WHEN ?11 THEN drain END, "                                             \
    "override = CASE WHEN ?11 THEN override END, "                                       \
    "damped = CASE WHEN ?11 THEN damped END"

#define SQLITE_SCHEMA_REMOVE   "DELETE FROM instance WHERE id = ?"
#define SQLITE_SCHEMA_HEALTH   "UPDATE instance SET health = ?2 WHERE id = ?1"
#define SQLITE_SCHEMA_DRAIN    "UPDATE instance SET drain = ?2 WHERE id = ?1"
#define SQLITE_SCHEMA_OVERRIDE "UPDATE instance SET override = ?2 WHERE id = ?1"
#define SQLITE_SCHEMA_DAMPED   "UPDATE instance SET damped = ?2 WHERE id = ?1"
#define SQLITE_SCHEMA_LEASE    "UPDATE instance SET lease_end = ?2 WHERE id = ?1"

#define SQLITE_SCHEMA_SERIAL                                                             \
    "INSERT INTO serial(zone, serial) VALUES(?, ?) "                                     \
    "ON CONFLICT(zone) DO UPDATE SET serial = excluded.serial"

#define SQLITE_SCHEMA_RECORD                                                             \
    "INSERT INTO record(key, area, value) VALUES(?, ?, ?) "                              \
    "ON CONFLICT(area, key) DO UPDATE SET value = excluded.value"
#define SQLITE_SCHEMA_FORGET "DELETE FROM record WHERE key = ? AND area = ?"

/* The high water mark of the registry's revision: it must not go back when the instance
 * that had the highest one is removed. */
#define SQLITE_SCHEMA_REVISION                                                           \
    "INSERT INTO meta(key, value) VALUES('revision', ?) "                                \
    "ON CONFLICT(key) DO UPDATE SET value = max(value, excluded.value)"

/* The version this program knows. */
int sqlite_schema_version(void);

/* Bring the database from `version` to the one this program knows, in one transaction. */
enum rollcall_status sqlite_schema_migrate(struct sqlite3 *db, int version,
                                           const char *path, struct reason *why);

#endif
