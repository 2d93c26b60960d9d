#include "store/sqlite_statement.h"

#include <sqlite3.h>

int sqlite_statements_prepare(sqlite3 *db, const char *const *texts, size_t count,
                              sqlite3_stmt **out)
{
    int error = SQLITE_OK;

    for (size_t i = 0; i < count && error == SQLITE_OK; i++)
        error = sqlite3_prepare_v3(db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &out[i],
                                   NULL);
    return error;
}

void sqlite_statements_finalize(sqlite3_stmt **statements, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sqlite3_finalize(statements[i]);
}

int sqlite_statement_run(sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    int error = sqlite3_reset(statement); /* the error of the step, if any */

    return code == SQLITE_DONE ? SQLITE_OK : error;
}

void sqlite_statement_bind_text(sqlite3_stmt *statement, int place, const char *text)
{
    if (text == NULL)
        sqlite3_bind_null(statement, place);
    else
        sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
}

void sqlite_statement_bind_bytes(sqlite3_stmt *statement, int place, const void *bytes,
                                 size_t length)
{
    if (bytes == NULL)
        sqlite3_bind_null(statement, place);
    else
        sqlite3_bind_blob(statement, place, bytes, (int)length, SQLITE_STATIC);
}

const char *sqlite_statement_text(sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);

    return text != NULL ? text : "";
}
