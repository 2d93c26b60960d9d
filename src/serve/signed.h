/* serve/signed.h - what a signature and a transfer change about a query on a worker.
 *
 * None of this runs for a query that has no TSIG and is no transfer.
 * Source   docs/dns.md §3.7; RFC 8945, RFC 1995, RFC 5936.
 * Threads  one worker, online.
 */
#ifndef SERVE_SIGNED_H
#define SERVE_SIGNED_H

#include <stdbool.h>

#include "answer/index.h"
#include "answer/reply.h"
#include "dns/tsig.h"
#include "serve/exchange.h"

enum transfer_verdict {
    TRANSFER_DENIED,     /* REFUSED */
    TRANSFER_NEEDS_TCP,  /* NOTIMP */
    TRANSFER_ANSWERED,   /* one SOA: the asker goes on over TCP (RFC 1995 §2) */
    TRANSFER_HANDED_OVER /* the connection goes to serve/transfers.h */
};

/* An AXFR or IXFR of class IN. */
enum transfer_verdict signed_transfer(const struct answer_index *index,
                                      const struct exchange *exchange,
                                      struct reply *reply);

/* Check the signature of the query. False: it is malformed. */
bool signed_read(const struct exchange *exchange, const struct tsig_keys *keys,
                 uint32_t wall_s, struct tsig *out);

#endif
