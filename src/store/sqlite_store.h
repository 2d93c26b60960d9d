/* store/sqlite_store.h - the registry in one SQLite file.
 *
 * WAL with synchronous=FULL: one sync per batch, and what was reported as saved is on
 * the disk. Threads  control; it has a writer thread of its own.
 */
#ifndef STORE_SQLITE_STORE_H
#define STORE_SQLITE_STORE_H

#include "store/stores.h"

extern const struct store_kind sqlite_store_kind;

#endif
