/* store/sqlite_past.h - the tables of the history.
 *
 *   history       one row for each transition, in the order in which they became true
 *   history_base  what the rows that were rolled up add up to: for each instance the last
 *                 row of each part, so that the state of any later time can be folded
 *   history_hour  how often an instance moved in an hour, of the rows that were rolled up
 *   definition    definitions that are no more, by the revision of their PUT; the one
 * that holds is in `instance` and is not kept twice
 *
 * `part`, `before` and so on: registry/transition.h. `bytes` belong to the registry.
 * Threads  constants.
 */
#ifndef STORE_SQLITE_PAST_H
#define STORE_SQLITE_PAST_H

#define SQLITE_PAST_CREATE                                                               \
    "CREATE TABLE history("                                                              \
    "seq INTEGER PRIMARY KEY, wall INTEGER NOT NULL, monotonic INTEGER NOT NULL, "       \
    "revision INTEGER NOT NULL, part INTEGER NOT NULL, id TEXT NOT NULL, "               \
    "namespace TEXT, service TEXT, label TEXT, owner INTEGER, created INTEGER, "         \
    "known INTEGER, checked TEXT, before INTEGER, after INTEGER, effective INTEGER, "    \
    "standing INTEGER, outcome INTEGER, streak INTEGER, quiet INTEGER, cause TEXT, "     \
    "output TEXT, bytes BLOB); "                                                         \
    "CREATE TABLE history_base("                                                         \
    "id TEXT NOT NULL, part INTEGER NOT NULL, seq INTEGER NOT NULL, "                    \
    "wall INTEGER NOT NULL, "                                                            \
    "revision INTEGER NOT NULL, namespace TEXT, service TEXT, label TEXT, "              \
    "owner INTEGER, created INTEGER, bytes BLOB, PRIMARY KEY(id, part)) WITHOUT ROWID; " \
    "CREATE TABLE history_hour("                                                         \
    "hour INTEGER NOT NULL, id TEXT NOT NULL, namespace TEXT, service TEXT, "            \
    "moves INTEGER NOT NULL, PRIMARY KEY(hour, id)) WITHOUT ROWID; "                     \
    "CREATE TABLE definition(revision INTEGER PRIMARY KEY, bytes BLOB NOT NULL);"

/* It begins with what is registered then. */
#define SQLITE_PAST_BEGIN                                                                \
    "INSERT INTO history_base "                                                          \
    "SELECT id, 1, 0, created, revision, namespace, service, label, owner, created, "    \
    "health FROM instance; "                                                             \
    "INSERT INTO history_base(id, part, seq, wall, revision, bytes) "                    \
    "SELECT id, 4, 0, created, revision, drain FROM instance WHERE drain NOT NULL "      \
    "UNION ALL "                                                                         \
    "SELECT id, 5, 0, created, revision, override FROM instance WHERE override NOT "     \
    "NULL "                                                                              \
    "UNION ALL "                                                                         \
    "SELECT id, 6, 0, created, revision, damped FROM instance WHERE damped NOT NULL; "   \
    "INSERT INTO meta(key, value) VALUES('history_from', "                               \
    "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER));"

#define SQLITE_PAST_END                                                                  \
    "DELETE FROM history; DELETE FROM history_base; DELETE FROM history_hour; "          \
    "DELETE FROM definition; DELETE FROM meta WHERE key = 'history_from';"

#define SQLITE_PAST_ADD                                                                  \
    "INSERT INTO history(wall, monotonic, revision, part, id, namespace, service, "      \
    "label, owner, created, known, checked, before, after, effective, standing, "        \
    "outcome, streak, quiet, cause, output, bytes) "                                     \
    "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

/* Before the definition of an instance is replaced or removed. */
#define SQLITE_PAST_KEEP                                                                 \
    "INSERT OR IGNORE INTO definition(revision, bytes) "                                 \
    "SELECT revision, definition FROM instance WHERE id = ?"

/* Rolling up the oldest rows, one after another, in their order. */
#define SQLITE_PAST_SPAN                                                                 \
    "SELECT ifnull((SELECT min(seq) FROM history), 0), "                                 \
    "ifnull((SELECT max(seq) FROM history), -1)"
#define SQLITE_PAST_OLDEST                                                               \
    "SELECT seq, wall, revision, part, id, known, namespace, service FROM history "      \
    "ORDER BY seq LIMIT ?"
#define SQLITE_PAST_FORGET                                                               \
    "DELETE FROM definition WHERE revision = "                                           \
    "(SELECT revision FROM history_base WHERE id = ?1 AND part = 1)"
#define SQLITE_PAST_CLEAR "DELETE FROM history_base WHERE id = ?"
#define SQLITE_PAST_STALE "DELETE FROM history_base WHERE id = ? AND part = 3"
#define SQLITE_PAST_FOLD                                                                 \
    "INSERT OR REPLACE INTO history_base "                                               \
    "SELECT id, part, seq, wall, revision, namespace, service, label, owner, created, "  \
    "bytes "                                                                             \
    "FROM history WHERE seq = ?"
#define SQLITE_PAST_COUNT                                                                \
    "INSERT INTO history_hour(hour, id, namespace, service, moves) "                     \
    "VALUES(?, ?, ?, ?, 1) ON CONFLICT(hour, id) DO UPDATE SET moves = moves + 1"
#define SQLITE_PAST_DROP  "DELETE FROM history WHERE seq <= ?"
#define SQLITE_PAST_HOURS "DELETE FROM history_hour WHERE hour < ?"
/* Rows of a clock that was ahead may be older than those that show an earlier time. */
#define SQLITE_PAST_FROM                                                                 \
    "UPDATE meta SET value = min(max(value, ?), max("                                    \
    "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER), "                       \
    "ifnull((SELECT wall FROM history ORDER BY seq LIMIT 1), 0))) "                      \
    "WHERE key = 'history_from'"

#endif
