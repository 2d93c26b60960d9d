/* serve/chaos.h - class CH: which program is this, and which of several servers?
 *
 * version.bind, version.server, hostname.bind and id.server as TXT (RFC 4892); whatever
 * is hidden, and all else of that class, is refused.
 * Threads  any worker.
 */
#ifndef SERVE_CHAOS_H
#define SERVE_CHAOS_H

#include "answer/reply.h"
#include "config/config.h"
#include "dns/query.h"

/* Returns the rcode: NOERROR with one record, or REFUSED. */
unsigned chaos_answer(const struct config_dns *dns, const struct dns_query *query,
                      struct reply *reply);

#endif
