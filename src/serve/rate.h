/* serve/rate.h - which replies are counted by the rate limit, and as what.
 *
 * Source   docs/dns.md §3.5. UDP only; loopback, dns.allow_unlimited and clients that
 *          showed a valid cookie are never limited.
 * Threads  one worker.
 */
#ifndef SERVE_RATE_H
#define SERVE_RATE_H

#include "answer/reply.h"
#include "config/config.h"
#include "serve/exchange.h"
#include "serve/limit.h"

/* False where only this host can ask, or no limit is configured. */
bool rate_is_wanted(const struct config_dns *dns);

/* Most queries are for names that exist: ask for the memory of that count. */
void rate_hint(const struct limit *limit, const struct sockaddr *from,
               const struct dns_query *query);

/* A reply that is nothing but a header: broken queries, cookies. */
enum limit_verdict rate_admit_header(struct limit *limit, const struct config_dns *dns,
                                     const struct exchange *exchange, uint64_t now_ms);
/* A reply to a question, its records already in place. */
enum limit_verdict rate_admit_answer(struct limit *limit, const struct config_dns *dns,
                                     const struct exchange *exchange,
                                     const struct reply *reply, unsigned rcode,
                                     uint64_t now_ms);

#endif
