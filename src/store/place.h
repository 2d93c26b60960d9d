/* store/place.h - where a database lies: its folder, its lock, its file.
 *
 * Threads  control.
 */
#ifndef STORE_PLACE_H
#define STORE_PLACE_H

#include "base/reason.h"
#include "rollcall/status.h"

/* Make the folder (0700) and an empty file (0600) where they are missing, and hold
 * "PATH.lock" so that a second daemon cannot use the same database. `*lock` is a
 * descriptor to close at the end; closing it gives the place back. The lock file stays:
 * removing it would let two daemons hold two locks of one name. */
enum rollcall_status place_take(const char *path, int *lock, struct reason *why);

#endif
