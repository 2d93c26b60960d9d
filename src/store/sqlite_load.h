/* store/sqlite_load.h - the registry and the records of other rooms, read from the file.
 * Threads  control, before the first submit.
 */
#ifndef STORE_SQLITE_LOAD_H
#define STORE_SQLITE_LOAD_H

#include "base/reason.h"
#include "registry/store.h"
#include "rollcall/status.h"

struct sqlite3;

/* `path` is named in reasons. */
enum rollcall_status sqlite_load_registry(struct sqlite3 *db, const char *path,
                                          const struct store_reader *reader,
                                          struct reason *why);

/* See load_records() in registry/store.h. */
enum rollcall_status sqlite_load_area(struct sqlite3 *db, const char *path,
                                      const char *area,
                                      void (*take)(void *owner, const char *key,
                                                   const uint8_t *bytes, uint32_t length),
                                      void *owner, struct reason *why);

#endif
