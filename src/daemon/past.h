/* daemon/past.h - questions about the past, for the rooms that do not know of it.
 * Threads  control.
 */
#ifndef DAEMON_PAST_H
#define DAEMON_PAST_H

#include "travel/travel.h"

/* Keeps the hash of the configuration for both: the reader, and the note of the start. */
enum rollcall_status past_open(uv_loop_t *loop, const struct config *config,
                               struct travel **out, uint64_t *config_hash,
                               struct reason *why);

#endif
