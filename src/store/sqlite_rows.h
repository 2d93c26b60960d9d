/* store/sqlite_rows.h - the rows that a batch of changes writes, and their transaction.
 *
 * Errors   codes of SQLite.
 * Threads  open and close: control. Everything else: the writer.
 */
#ifndef STORE_SQLITE_ROWS_H
#define STORE_SQLITE_ROWS_H

#include <stdint.h>

#include "base/reason.h"
#include "registry/change.h"
#include "rollcall/status.h"

struct sqlite3;
struct sqlite_rows;

/* `db` is borrowed; `path` is named in the reason. */
enum rollcall_status sqlite_rows_open(struct sqlite3 *db, const char *path,
                                      struct sqlite_rows **out, struct reason *why);
void sqlite_rows_close(struct sqlite_rows *rows); /* NULL is allowed */

int sqlite_rows_begin(struct sqlite_rows *rows);
int sqlite_rows_commit(struct sqlite_rows *rows);
/* Whatever became of the transaction: none is open afterwards. */
void sqlite_rows_roll_back(struct sqlite_rows *rows);

int sqlite_rows_save(struct sqlite_rows *rows, const struct change *change);
/* The highest one of a batch. */
int sqlite_rows_revision(struct sqlite_rows *rows, uint64_t revision);

/* Is there room on the disk for `bytes` more? They are written, and taken away again. */
int sqlite_rows_probe(struct sqlite_rows *rows, int bytes);

#endif
