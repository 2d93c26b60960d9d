/* daemon/nameserver.h - which addresses the name server of a zone has, when nobody says.
 * Threads  control.
 */
#ifndef DAEMON_NAMESERVER_H
#define DAEMON_NAMESERVER_H

#include "base/reason.h"
#include "config/config.h"
#include "rollcall/status.h"

/* Give every zone without ns_addresses those that the DNS server listens on; for a
 * wildcard those of the interfaces (not loopback, unless there is nothing else). */
enum rollcall_status nameserver_fill(struct config *config, struct reason *why);
/* The same with what was found for another configuration, for zones of the same name: so
 * that both differ only where somebody wrote something else. */
enum rollcall_status nameserver_copy(const struct config *filled, struct config *config);

#endif
