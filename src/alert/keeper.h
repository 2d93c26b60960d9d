/* alert/keeper.h - records of this room at the store.
 *
 * A save that is refused (disk full, which the store says in the log) leaves what it was
 * about in memory until the daemon ends.
 * Threads  control.
 */
#ifndef ALERT_KEEPER_H
#define ALERT_KEEPER_H

#include "base/buffer.h"
#include "registry/store.h"

#define KEEPER_AREA_ALARM   "alert.firing"
#define KEEPER_AREA_MESSAGE "alert.message"
#define KEEPER_AREA_SILENCE "alert.silence"

typedef void (*keeper_done)(void *context, enum rollcall_status status,
                            const struct reason *why);

/* Save (`bytes` is copied) or, with NULL, forget. `done` may be NULL; else it comes once,
 * later, on any status but E_NOMEM. */
enum rollcall_status keeper_save(struct store *store, const char *area, const char *key,
                                 const struct buffer *bytes, keeper_done done,
                                 void *context);

#endif
