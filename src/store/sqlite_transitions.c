#include "store/sqlite_transitions.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "store/sqlite_past.h"
#include "store/sqlite_statement.h"

/* Rows rolled up after one batch; as many as a batch may bring. One takes some 10 us. */
enum { SLICE = 1024 };

/* Hours for which counts are kept: a quarter of a year. */
enum { HOURS_KEPT = 24 * 92, HOUR_MS = 3600 * 1000 };

enum statement {
    ADD,
    KEEP,
    SPAN,
    OLDEST,
    FORGET,
    CLEAR,
    STALE,
    FOLD,
    COUNT,
    DROP,
    HOURS,
    FROM,
    STATEMENTS
};

static const char *const texts[STATEMENTS] = {
    [ADD] = SQLITE_PAST_ADD,       [KEEP] = SQLITE_PAST_KEEP,
    [SPAN] = SQLITE_PAST_SPAN,     [OLDEST] = SQLITE_PAST_OLDEST,
    [FORGET] = SQLITE_PAST_FORGET, [CLEAR] = SQLITE_PAST_CLEAR,
    [STALE] = SQLITE_PAST_STALE,   [FOLD] = SQLITE_PAST_FOLD,
    [COUNT] = SQLITE_PAST_COUNT,   [DROP] = SQLITE_PAST_DROP,
    [HOURS] = SQLITE_PAST_HOURS,   [FROM] = SQLITE_PAST_FROM,
};

struct sqlite_transitions {
    sqlite3 *db; /* borrowed */
    sqlite3_stmt *statements[STATEMENTS];
    uint64_t rows_max;
};

/* ---- writing -------------------------------------------------------------------- */

int sqlite_transitions_before(struct sqlite_transitions *past,
                              const struct change *change)
{
    if (change->kind != CHANGE_PUT && change->kind != CHANGE_REMOVE)
        return SQLITE_OK;
    sqlite_statement_bind_text(past->statements[KEEP], 1, change->id);
    return sqlite_statement_run(past->statements[KEEP]);
}

static void bind_said(sqlite3_stmt *add, const struct transition *said)
{
    sqlite3_bind_int64(add, 1, said->wall);
    sqlite3_bind_int64(add, 2, said->monotonic);
    sqlite3_bind_int(add, 4, said->part);
    sqlite_statement_bind_text(add, 12, said->checked);
    sqlite3_bind_int(add, 13, said->before);
    sqlite3_bind_int(add, 14, said->after);
    sqlite3_bind_int(add, 15, said->effective);
    sqlite3_bind_int(add, 16, said->standing);
    sqlite3_bind_int(add, 17, said->outcome);
    sqlite3_bind_int(add, 18, said->streak);
    sqlite3_bind_int(add, 19, said->quiet);
    sqlite_statement_bind_text(add, 20, said->cause);
    sqlite_statement_bind_text(add, 21, said->output);
}

static void bind_bytes(sqlite3_stmt *add, const struct change *change)
{
    const struct transition *said = change->said;
    const uint8_t *bytes = said->bytes;
    uint32_t length = said->length;

    if (change->kind == CHANGE_PUT) {
        bytes = change->health;
        length = change->health_length;
    } else if (change->kind == CHANGE_STANDING) {
        bytes = change->standing;
        length = change->standing_length;
    }
    sqlite_statement_bind_bytes(add, 22, bytes, length);
}

/* A row that says how many are missing before the one that follows. */
static int add_lost(struct sqlite_transitions *past, const struct transition *next)
{
    sqlite3_stmt *add = past->statements[ADD];
    const struct transition said = { .wall = next->lost_since,
                                     .part = TRANSITION_LOST,
                                     .before = TRANSITION_NONE,
                                     .after = TRANSITION_NONE,
                                     .effective = TRANSITION_NONE,
                                     .cause = "lost" };

    sqlite3_clear_bindings(add);
    bind_said(add, &said);
    sqlite3_bind_int64(add, 3, 0);
    sqlite3_bind_text(add, 5, "", 0, SQLITE_STATIC);
    sqlite3_bind_int64(add, 18, next->lost);
    return sqlite_statement_run(add);
}

int sqlite_transitions_add(struct sqlite_transitions *past, const struct change *change)
{
    sqlite3_stmt *add = past->statements[ADD];
    const struct transition *said = change->said;

    int error = said->lost > 0 ? add_lost(past, said) : SQLITE_OK;

    if (error != SQLITE_OK)
        return error;
    sqlite3_clear_bindings(add);
    bind_said(add, said);
    sqlite3_bind_int64(add, 3, (sqlite3_int64)change->revision);
    sqlite_statement_bind_text(add, 5, change->id);
    if (change->instance != NULL) {
        sqlite_statement_bind_text(add, 6, change->instance->is.namespace_name);
        sqlite_statement_bind_text(add, 7, change->instance->is.service);
    }
    if (change->kind == CHANGE_PUT) {
        sqlite_statement_bind_text(add, 8, change->label);
        sqlite3_bind_int64(add, 9, (sqlite3_int64)change->owner);
        sqlite3_bind_int64(add, 10, (sqlite3_int64)change->created);
        sqlite3_bind_int(add, 11, change->known);
    }
    bind_bytes(add, change);
    return sqlite_statement_run(add);
}

bool sqlite_transitions_any(const struct change *first)
{
    for (; first != NULL; first = first->next)
        if (first->status == ROLLCALL_OK && first->said != NULL)
            return true;
    return false;
}

void sqlite_transitions_lost(const struct change *first)
{
    for (; first != NULL; first = first->next)
        if (first->said != NULL)
            first->said->dropped = true; /* control counts it, and tells it later */
}

/* ---- rolling up ----------------------------------------------------------------- */

/* One of the oldest rows. */
struct row {
    sqlite3_int64 seq, wall;
    int part;
    bool known;
    const char *id, *namespace_name, *service; /* SQLite's, until its next step */
};

static int run_id(struct sqlite_transitions *past, enum statement which, const char *id)
{
    sqlite_statement_bind_text(past->statements[which], 1, id);
    return sqlite_statement_run(past->statements[which]);
}

static int fold_put(struct sqlite_transitions *past, const struct row *row)
{
    int error = run_id(past, FORGET, row->id);

    if (error == SQLITE_OK)
        error = run_id(past, row->known ? STALE : CLEAR, row->id);
    return error;
}

static int fold_remove(struct sqlite_transitions *past, const struct row *row)
{
    int error = run_id(past, FORGET, row->id);

    return error == SQLITE_OK ? run_id(past, CLEAR, row->id) : error;
}

static int count_hour(struct sqlite_transitions *past, const struct row *row)
{
    sqlite3_stmt *count = past->statements[COUNT];

    sqlite3_bind_int64(count, 1, row->wall / HOUR_MS * HOUR_MS);
    sqlite_statement_bind_text(count, 2, row->id);
    sqlite_statement_bind_text(count, 3, row->namespace_name);
    sqlite_statement_bind_text(count, 4, row->service);
    return sqlite_statement_run(count);
}

static int fold(struct sqlite_transitions *past, const struct row *row)
{
    int error = SQLITE_OK;

    if (row->part == TRANSITION_LOST)
        return SQLITE_OK;
    if (row->part == TRANSITION_REMOVE)
        return fold_remove(past, row);
    if (row->part == TRANSITION_PUT)
        error = fold_put(past, row);
    else if (row->part != TRANSITION_START && row->part != TRANSITION_NODE)
        error = count_hour(past, row);
    if (error != SQLITE_OK)
        return error;
    sqlite3_bind_int64(past->statements[FOLD], 1, row->seq);
    return sqlite_statement_run(past->statements[FOLD]);
}

static int finish(struct sqlite_transitions *past, const struct row *last)
{
    sqlite3_bind_int64(past->statements[DROP], 1, last->seq);
    int error = sqlite_statement_run(past->statements[DROP]);

    if (error == SQLITE_OK) {
        sqlite3_bind_int64(past->statements[FROM], 1, last->wall);
        error = sqlite_statement_run(past->statements[FROM]);
    }
    if (error == SQLITE_OK) {
        sqlite3_bind_int64(past->statements[HOURS], 1,
                           last->wall - (sqlite3_int64)HOURS_KEPT * HOUR_MS);
        error = sqlite_statement_run(past->statements[HOURS]);
    }
    return error;
}

static int roll_up(struct sqlite_transitions *past, sqlite3_int64 rows)
{
    sqlite3_stmt *oldest = past->statements[OLDEST];
    struct row row = { .seq = 0 };
    int error = SQLITE_OK, code;

    sqlite3_bind_int64(oldest, 1, rows);
    while (error == SQLITE_OK && (code = sqlite3_step(oldest)) == SQLITE_ROW) {
        row = (struct row){
            .seq = sqlite3_column_int64(oldest, 0),
            .wall = sqlite3_column_int64(oldest, 1),
            .part = sqlite3_column_int(oldest, 3),
            .id = (const char *)sqlite3_column_text(oldest, 4),
            .known = sqlite3_column_int(oldest, 5) != 0,
            .namespace_name = (const char *)sqlite3_column_text(oldest, 6),
            .service = (const char *)sqlite3_column_text(oldest, 7),
        };
        error = fold(past, &row);
    }
    int read = sqlite3_reset(oldest);
    if (error == SQLITE_OK)
        error = read;
    return error == SQLITE_OK && row.seq != 0 ? finish(past, &row) : error;
}

/* Rows are numbered without gaps, so the two ends say how many there are. */
static uint64_t count_rows(struct sqlite_transitions *past)
{
    sqlite3_stmt *span = past->statements[SPAN];
    uint64_t rows = 0;

    if (sqlite3_step(span) == SQLITE_ROW)
        rows =
            (uint64_t)(sqlite3_column_int64(span, 1) - sqlite3_column_int64(span, 0) + 1);
    sqlite3_reset(span);
    return rows;
}

void sqlite_transitions_tidy(struct sqlite_transitions *past)
{
    uint64_t rows = count_rows(past);

    if (rows <= past->rows_max)
        return;
    uint64_t excess = rows - past->rows_max;
    if (sqlite3_exec(past->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return;
    /* What fails here is tried again after the next batch. */
    if (roll_up(past, excess < SLICE ? (sqlite3_int64)excess : SLICE) != SQLITE_OK ||
        sqlite3_exec(past->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        sqlite3_exec(past->db, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- opening and closing -------------------------------------------------------- */

static bool has_begun(sqlite3 *db)
{
    sqlite3_stmt *asked = NULL;
    bool found = sqlite3_prepare_v2(db, "SELECT 1 FROM meta WHERE key = 'history_from'",
                                    -1, &asked, NULL) == SQLITE_OK &&
                 sqlite3_step(asked) == SQLITE_ROW;

    sqlite3_finalize(asked);
    return found;
}

/* One that was kept without us for a while says nothing about that while. */
static int begin_or_end(sqlite3 *db, bool wanted)
{
    if (has_begun(db) == wanted)
        return SQLITE_OK;
    int error = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (error == SQLITE_OK)
        error = sqlite3_exec(db, wanted ? SQLITE_PAST_BEGIN : SQLITE_PAST_END, NULL, NULL,
                             NULL);
    if (error == SQLITE_OK)
        error = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    if (error != SQLITE_OK)
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return error;
}

enum rollcall_status sqlite_transitions_open(sqlite3 *db, uint64_t rows,
                                             struct sqlite_transitions **out,
                                             struct reason *why)
{
    struct sqlite_transitions *past;

    if (begin_or_end(db, rows > 0) != SQLITE_OK) {
        reason_set(why, "cannot %s the history in the database: %s",
                   rows > 0 ? "begin" : "end", sqlite3_errmsg(db));
        return ROLLCALL_E_IO;
    }
    *out = NULL;
    if (rows == 0)
        return ROLLCALL_OK;
    past = calloc(1, sizeof *past);
    if (past == NULL)
        return ROLLCALL_E_NOMEM;
    past->db = db;
    past->rows_max = rows;
    if (sqlite_statements_prepare(db, texts, STATEMENTS, past->statements) != SQLITE_OK) {
        reason_set(why, "the database does not have the tables of the history: %s",
                   sqlite3_errmsg(db));
        sqlite_transitions_close(past);
        return ROLLCALL_E_IO;
    }
    *out = past;
    return ROLLCALL_OK;
}

void sqlite_transitions_close(struct sqlite_transitions *past)
{
    if (past == NULL)
        return;
    sqlite_statements_finalize(past->statements, STATEMENTS);
    free(past);
}
