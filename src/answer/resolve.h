/* answer/resolve.h - from a question to the RRs that answer it, in the reply.
 *
 * Source   docs/dns.md §1.3, §2.8, §2.10, §2.11; RFC 1034 §4.3.2, RFC 2308, RFC 8020.
 * Threads  any reader, online. No lock, no allocation, no system call.
 */
#ifndef ANSWER_RESOLVE_H
#define ANSWER_RESOLVE_H

#include "answer/reply.h"
#include "dns/query.h"

struct answer_index;

/* Fills the sections of `reply`, which stands behind the question. Returns the rcode:
 * NOERROR, NXDOMAIN, REFUSED (outside our zones) or SERVFAIL (nothing loaded yet). */
unsigned answer_resolve(const struct answer_index *index, const struct dns_query *query,
                        struct reply *reply);

#endif
