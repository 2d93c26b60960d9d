#include "store/history.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "model/pack.h"
#include "store/sqlite_schema.h"
#include "store/sqlite_statement.h"

/* The writer holds no lock that a reader of WAL waits for; only the start after a crash
 * does. */
enum { BUSY_MS = 2000 };

#define COLUMNS                                                                          \
    "seq, wall, monotonic, revision, part, id, namespace, service, label, owner, "       \
    "created, known, checked, before, after, effective, standing, outcome, streak, "     \
    "quiet, cause, output, bytes"

#define LIST                                                                             \
    "SELECT " COLUMNS " FROM history WHERE seq < ?1 AND wall BETWEEN ?2 AND ?3 "         \
    "AND (?4 IS NULL OR id = ?4 OR service = ?4 OR part >= 8) "                          \
    "AND (?5 IS NULL OR namespace = ?5 OR part >= 8) AND quiet = 0 "                     \
    "ORDER BY seq DESC LIMIT ?6"

#define HOURS                                                                            \
    "SELECT hour, id, namespace, service, moves FROM history_hour "                      \
    "WHERE hour BETWEEN ?2 AND ?3 AND (?4 IS NULL OR id = ?4 OR service = ?4) "          \
    "AND (?5 IS NULL OR namespace = ?5) ORDER BY hour DESC, id LIMIT ?6"

#define BASE                                                                             \
    "SELECT seq, wall, 0, revision, part, id, namespace, service, label, owner, "        \
    "created, "                                                                          \
    "1, NULL, 255, 255, 255, 0, 0, 0, 0, NULL, NULL, bytes FROM history_base "           \
    "ORDER BY id, part"

/* A clock that was set back leaves rows of a later time before earlier ones: what was
 * true last by then counts, in the order in which it became true. */
#define UP_TO                                                                            \
    "SELECT " COLUMNS " FROM history WHERE seq <= "                                      \
    "ifnull((SELECT seq FROM history WHERE wall <= ?1 ORDER BY seq DESC LIMIT 1), 0) "   \
    "ORDER BY seq"

#define DEFINITION                                                                       \
    "SELECT bytes FROM definition WHERE revision = ?1 UNION ALL "                        \
    "SELECT definition FROM instance WHERE id = ?2 AND revision = ?1 LIMIT 1"

#define BOUNDS                                                                           \
    "SELECT (SELECT value FROM meta WHERE key = 'history_from'), "                       \
    "0, "                                                                                \
    "(SELECT ifnull(sum(streak), 0) FROM history WHERE part = 9 AND wall <= ?1), "       \
    "(SELECT ifnull(max(wall), 0) FROM history WHERE part = 9 AND wall <= ?1)"

#define START                                                                            \
    "SELECT wall, bytes FROM (SELECT seq, wall, bytes FROM history WHERE part = 8 "      \
    "UNION ALL SELECT seq, wall, bytes FROM history_base WHERE part = 8) "               \
    "WHERE wall <= ?1 ORDER BY seq DESC LIMIT 1"

struct history {
    sqlite3 *db;              /* owned */
    char *path;               /* owned */
    sqlite3_stmt *definition; /* owned; NULL: not needed yet */
};

static enum rollcall_status failed(struct history *history, struct reason *why)
{
    reason_set(why, "the history in %s cannot be read: %s", history->path,
               sqlite3_errmsg(history->db));
    return ROLLCALL_E_IO;
}

enum rollcall_status history_open(const char *path, struct history **out,
                                  struct reason *why)
{
    struct history *history = calloc(1, sizeof *history);

    if (history == NULL || (history->path = strdup(path)) == NULL) {
        free(history);
        return ROLLCALL_E_NOMEM;
    }
    if (sqlite3_open_v2(path, &history->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK) {
        reason_set(why, "the history in %s cannot be opened: %s", path,
                   history->db != NULL ? sqlite3_errmsg(history->db) : "out of memory");
        history_close(history);
        return ROLLCALL_E_IO;
    }
    sqlite3_busy_timeout(history->db, BUSY_MS);
    sqlite3_exec(history->db, "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF", NULL,
                 NULL, NULL);
    *out = history;
    return ROLLCALL_OK;
}

void history_close(struct history *history)
{
    if (history == NULL)
        return;
    sqlite3_finalize(history->definition);
    sqlite3_close(history->db);
    free(history->path);
    free(history);
}

/* Whatever somebody wrote into the file, no number leaves its range here. */
static uint8_t octet_of(sqlite3_stmt *row, int column)
{
    sqlite3_int64 value = sqlite3_column_int64(row, column);
    return value < 0 || value > 255 ? 255 : (uint8_t)value;
}

static void read_row(sqlite3_stmt *row, struct history_row *out)
{
    *out = (struct history_row){
        .seq = sqlite3_column_int64(row, 0),
        .wall = sqlite3_column_int64(row, 1),
        .monotonic = sqlite3_column_int64(row, 2),
        .revision = (uint64_t)sqlite3_column_int64(row, 3),
        .part = octet_of(row, 4),
        .id = sqlite_statement_text(row, 5),
        .namespace_name = sqlite_statement_text(row, 6),
        .service = sqlite_statement_text(row, 7),
        .label = sqlite_statement_text(row, 8),
        .owner = (uint32_t)sqlite3_column_int64(row, 9),
        .created = (uint64_t)sqlite3_column_int64(row, 10),
        .known = sqlite3_column_int(row, 11) != 0,
        .checked = sqlite_statement_text(row, 12),
        .before = octet_of(row, 13),
        .after = octet_of(row, 14),
        .effective = octet_of(row, 15),
        .standing = octet_of(row, 16),
        .outcome = octet_of(row, 17),
        .streak = (uint32_t)sqlite3_column_int64(row, 18),
        .quiet = sqlite3_column_int(row, 19) != 0,
        .cause = sqlite_statement_text(row, 20),
        .output = sqlite_statement_text(row, 21),
        .bytes = sqlite3_column_blob(row, 22),
        .length = (uint32_t)sqlite3_column_bytes(row, 22),
    };
}

static sqlite3_stmt *prepare(struct history *history, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    sqlite3_prepare_v2(history->db, sql, -1, &statement, NULL);
    return statement;
}

static sqlite3_stmt *prepare_filtered(struct history *history, const char *sql,
                                      const struct history_filter *filter, int64_t since)
{
    sqlite3_stmt *statement = prepare(history, sql);

    if (statement == NULL)
        return NULL;
    sqlite3_bind_int64(statement, 1, filter->before);
    sqlite3_bind_int64(statement, 2, since);
    sqlite3_bind_int64(statement, 3, filter->until);
    sqlite_statement_bind_text(statement, 4, filter->name);
    sqlite_statement_bind_text(statement, 5, filter->namespace_name);
    sqlite3_bind_int64(statement, 6, filter->limit);
    return statement;
}

/* The end of a statement; `code` is that of its last step. */
static enum rollcall_status finish(struct history *history, sqlite3_stmt *statement,
                                   int code, struct reason *why)
{
    enum rollcall_status status =
        code == SQLITE_DONE || code == SQLITE_ROW ? ROLLCALL_OK : failed(history, why);

    sqlite3_finalize(statement);
    return status;
}

enum rollcall_status history_list(struct history *history,
                                  const struct history_filter *filter,
                                  void (*take)(void *owner,
                                               const struct history_row *row),
                                  void *owner, int64_t *next, struct reason *why)
{
    sqlite3_stmt *statement = prepare_filtered(history, LIST, filter, filter->since);
    struct history_row row = { .seq = 0 };
    uint32_t count = 0;
    int code = SQLITE_ERROR;

    if (statement == NULL)
        return failed(history, why);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        read_row(statement, &row);
        take(owner, &row);
        count++;
    }
    *next = count == filter->limit ? row.seq : 0;
    return finish(history, statement, code, why);
}

enum rollcall_status history_hours(struct history *history,
                                   const struct history_filter *filter,
                                   void (*take)(void *owner,
                                                const struct history_hour *hour),
                                   void *owner, struct reason *why)
{
    enum { HOUR_MS = 3600 * 1000 };
    int64_t since = filter->since > HOUR_MS ? filter->since - HOUR_MS : 0;
    sqlite3_stmt *statement = prepare_filtered(history, HOURS, filter, since);
    int code = SQLITE_ERROR;

    if (statement == NULL)
        return failed(history, why);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        const struct history_hour hour = {
            .hour = sqlite3_column_int64(statement, 0),
            .id = sqlite_statement_text(statement, 1),
            .namespace_name = sqlite_statement_text(statement, 2),
            .service = sqlite_statement_text(statement, 3),
            .moves = (uint64_t)sqlite3_column_int64(statement, 4),
        };
        take(owner, &hour);
    }
    return finish(history, statement, code, why);
}

enum rollcall_status history_begin(struct history *history, struct reason *why)
{
    return sqlite3_exec(history->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK
               ? ROLLCALL_OK
               : failed(history, why);
}

void history_end(struct history *history)
{
    sqlite3_exec(history->db, "ROLLBACK", NULL, NULL, NULL);
}

static enum rollcall_status fold(struct history *history, const char *sql, int64_t at,
                                 bool (*take)(void *owner, const struct history_row *row),
                                 void *owner, bool *more, struct reason *why)
{
    sqlite3_stmt *statement = prepare(history, sql);
    struct history_row row;
    int code = SQLITE_ROW;

    if (statement == NULL)
        return failed(history, why);
    if (sqlite3_bind_parameter_count(statement) > 0)
        sqlite3_bind_int64(statement, 1, at);
    while (*more && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        read_row(statement, &row);
        *more = take(owner, &row);
    }
    return finish(history, statement, code, why);
}

enum rollcall_status history_fold(struct history *history, int64_t at,
                                  bool (*take)(void *owner,
                                               const struct history_row *row),
                                  void *owner, struct reason *why)
{
    bool more = true;
    enum rollcall_status status = fold(history, BASE, at, take, owner, &more, why);

    return status == ROLLCALL_OK ? fold(history, UP_TO, at, take, owner, &more, why)
                                 : status;
}

struct instance *history_definition(struct history *history, const char *id,
                                    uint64_t revision)
{
    struct instance *instance = NULL;

    if (history->definition == NULL)
        history->definition = prepare(history, DEFINITION);
    sqlite3_stmt *statement = history->definition;
    if (statement == NULL)
        return NULL;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)revision);
    sqlite_statement_bind_text(statement, 2, id);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        const void *bytes = sqlite3_column_blob(statement, 0);
        size_t length = (size_t)sqlite3_column_bytes(statement, 0);
        instance = instance_unpack(bytes != NULL ? bytes : "", length, NULL);
    }
    sqlite3_reset(statement);
    return instance;
}

static enum rollcall_status read_start(struct history *history, int64_t at,
                                       struct history_bounds *out, struct reason *why)
{
    sqlite3_stmt *statement = prepare(history, START);

    if (statement == NULL)
        return failed(history, why);
    sqlite3_bind_int64(statement, 1, at);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        const uint8_t *bytes = sqlite3_column_blob(statement, 1);
        out->started = sqlite3_column_int64(statement, 0);
        if (bytes != NULL && sqlite3_column_bytes(statement, 1) == 8) {
            struct byte_reader reader = { .at = bytes, .end = bytes + 8 };
            out->config = byte_reader_u64(&reader);
        }
    }
    return finish(history, statement, code, why);
}

enum rollcall_status history_bounds(struct history *history, int64_t at,
                                    struct history_bounds *out, struct reason *why)
{
    sqlite3_stmt *statement = prepare(history, BOUNDS);

    *out = (struct history_bounds){ .from = INT64_MAX };
    if (statement == NULL)
        return failed(history, why);
    sqlite3_bind_int64(statement, 1, at);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        out->kept = sqlite3_column_type(statement, 0) == SQLITE_INTEGER;
        if (out->kept)
            out->from = sqlite3_column_int64(statement, 0);
        out->lost = (uint64_t)sqlite3_column_int64(statement, 2);
        out->lost_at = sqlite3_column_int64(statement, 3);
    }
    enum rollcall_status status = finish(history, statement, code, why);
    return status == ROLLCALL_OK ? read_start(history, at, out, why) : status;
}
