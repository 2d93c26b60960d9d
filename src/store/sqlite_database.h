/* store/sqlite_database.h - open a database file only if it is ours and sound.
 *
 * Threads  control, at start.
 */
#ifndef STORE_SQLITE_DATABASE_H
#define STORE_SQLITE_DATABASE_H

#include <stdint.h>

#include "base/reason.h"
#include "rollcall/status.h"

struct sqlite3;

/* Open `path` (it exists, maybe empty): look whose it is and how old, check every page,
 * set it up (WAL, synchronous=FULL) and migrate. A file of another program, of a newer
 * rollcalld, or a damaged one is refused with a sentence and left as it was. `*out` is
 * owned: sqlite_database_close(). */
enum rollcall_status sqlite_database_open(const char *path, struct sqlite3 **out,
                                          struct reason *why);
void sqlite_database_close(struct sqlite3 *db); /* NULL is allowed */

/* The sentence for the error that `db` met last while writing `path`. */
void sqlite_database_explain(struct sqlite3 *db, const char *path, struct reason *why);

#endif
