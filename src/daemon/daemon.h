/* daemon/daemon.h - the life of the daemon: builds the rooms, runs, takes them down.
 * Threads  control; daemon_run() makes the others and ends them.
 */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "base/reason.h"
#include "config/config.h"
#include "rollcall/status.h"

struct config_source;

/* Run until a signal says stop. The addresses of the zones' name servers are filled in
 * where the configuration gives none; a reload reads it again from `source` (reload.h).
 * E_CONFIG: a zone file is not valid. */
enum rollcall_status daemon_run(struct config *config, const struct config_source *source,
                                struct reason *why);

/* Build what the configuration describes, zone files included, and take it down again,
 * without a socket or a database. */
enum rollcall_status daemon_check(struct config *config, struct reason *why);

#endif
