/* store/sqlite_transitions.h - the writing side of the history, inside a batch.
 *
 * Rows go at the end of one table without an index, so that a flood of them is one run of
 * pages. What is more than the bound is rolled up a slice at a time, after a batch was
 * reported.
 * Threads  open and close: control. Everything else: the writer.
 */
#ifndef STORE_SQLITE_TRANSITIONS_H
#define STORE_SQLITE_TRANSITIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/reason.h"
#include "registry/change.h"
#include "rollcall/status.h"

struct sqlite3;
struct sqlite_transitions;

/* Keeps at most about `rows` of them. 0: there is to be no history, an old one is
 * removed, and *out is NULL. */
enum rollcall_status sqlite_transitions_open(struct sqlite3 *db, uint64_t rows,
                                             struct sqlite_transitions **out,
                                             struct reason *why);
void sqlite_transitions_close(struct sqlite_transitions *past); /* NULL is allowed */

/* Before and after the change itself is written; codes of SQLite. */
int sqlite_transitions_before(struct sqlite_transitions *past,
                              const struct change *change);
int sqlite_transitions_add(struct sqlite_transitions *past, const struct change *change);

/* Does anything of the batch go into the history? */
bool sqlite_transitions_any(const struct change *first);
/* There was no room: the batch was saved without them. */
void sqlite_transitions_lost(const struct change *first);

/* Roll up a slice, in a transaction of its own. */
void sqlite_transitions_tidy(struct sqlite_transitions *past);

#endif
