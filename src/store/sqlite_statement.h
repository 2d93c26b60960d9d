/* store/sqlite_statement.h - prepared statements: made, filled in, run once, read.
 *
 * Errors   codes of SQLite; what is bound must live until the statement was run.
 * Threads  whoever has the connection.
 */
#ifndef STORE_SQLITE_STATEMENT_H
#define STORE_SQLITE_STATEMENT_H

#include <stddef.h>

struct sqlite3;
struct sqlite3_stmt;

/* Statements that live as long as the connection. On an error those that were made are in
 * `out`, which was all NULL: finalize them. */
int sqlite_statements_prepare(struct sqlite3 *db, const char *const *texts, size_t count,
                              struct sqlite3_stmt **out);
void sqlite_statements_finalize(struct sqlite3_stmt **statements, size_t count);

/* One that returns no rows. */
int sqlite_statement_run(struct sqlite3_stmt *statement);

/* NULL is NULL in SQL too. */
void sqlite_statement_bind_text(struct sqlite3_stmt *statement, int place,
                                const char *text);
void sqlite_statement_bind_bytes(struct sqlite3_stmt *statement, int place,
                                 const void *bytes, size_t length);

/* NULL as "", so that a damaged row meets a reason and not a crash. Of SQLite, until the
 * next step. */
const char *sqlite_statement_text(struct sqlite3_stmt *row, int column);

#endif
