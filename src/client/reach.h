/* client/reach.h - a connected descriptor for a place: a path, or "tcp://HOST:PORT".
 * Threads  any: no state of its own.
 */
#ifndef CLIENT_REACH_H
#define CLIENT_REACH_H

#include <stdbool.h>

#include "base/reason.h"
#include "rollcall/status.h"

bool place_is_tcp(const char *place);

/* On OK `*fd` is the caller's. A host name is looked up, and each of its addresses is
 * tried for some seconds. */
enum rollcall_status place_reach(const char *place, int *fd, struct reason *why);

#endif
