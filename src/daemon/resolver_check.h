/* daemon/resolver_check.h - would this host's resolver keep our names from us?
 * Threads  the start of the program.
 */
#ifndef DAEMON_RESOLVER_CHECK_H
#define DAEMON_RESOLVER_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

/* One warning in the log where names of a zone under local. would go to multicast DNS
 * instead of DNS (docs/forwarders.md). Reads /etc/nsswitch.conf; never an error. */
void resolver_check(const struct config *config);

/* The same of a text: false when nothing is in the way, else `out` has the sentence. */
bool resolver_judge(const char *nsswitch, const struct config *config, char *out,
                    size_t size);

#endif
