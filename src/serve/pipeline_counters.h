/* serve/pipeline_counters.h - what was asked and what was answered.
 *
 * A query is counted by its type, before it is answered, and by the rcode of its reply.
 * What it took is not measured for each: reading the clock twice is 50 ns, and answering
 * is some 760 instructions. A batch is measured, from the moment it was received to the
 * moment it was sent, and counts as what every query in it took; their asker waited at
 * most that long.
 *
 * Threads  written by one worker, read by control.
 */
#ifndef SERVE_PIPELINE_COUNTERS_H
#define SERVE_PIPELINE_COUNTERS_H

#include "base/counters.h"
#include "base/histogram.h"
#include "dns/wire.h"

/* Types with a counter of their own, all below 256. */
#define PIPELINE_TYPE_LIST(X)                                                            \
    X(A)                                                                                 \
    X(AAAA)                                                                              \
    X(SRV)                                                                               \
    X(TXT)                                                                               \
    X(PTR)                                                                               \
    X(CNAME)                                                                             \
    X(NS)                                                                                \
    X(SOA)                                                                               \
    X(MX)                                                                                \
    X(SVCB)                                                                              \
    X(HTTPS)                                                                             \
    X(DS)                                                                                \
    X(IXFR)                                                                              \
    X(AXFR)                                                                              \
    X(ANY)

enum pipeline_type {
    PIPELINE_OTHER,
    PIPELINE_NONE, /* no question could be read */
#define X(type) PIPELINE_##type,
    PIPELINE_TYPE_LIST(X)
#undef X
        PIPELINE_TYPES
};

struct pipeline_counters {
    counter udp_queries, tcp_queries;
    counter noerror, formerr, servfail, nxdomain, notimp, refused, other;
    counter cookies; /* valid ones */
    counter rate_slipped, rate_dropped;
    counter query_log_lost;
    counter dropped; /* no query, or no reply possible */
    counter truncated;
    counter types[2][PIPELINE_TYPES]; /* UDP, TCP */
    struct histogram took[2];         /* microseconds; the same */
};
extern const struct counter_group pipeline_counter_group; /* without a block */
extern const struct histogram_bounds pipeline_took_bounds;
extern const uint8_t pipeline_type_of[256]; /* enum pipeline_type */

static inline unsigned pipeline_type(uint16_t type)
{
    return type < 256 ? pipeline_type_of[type] : PIPELINE_OTHER;
}

static inline void pipeline_count_rcode(struct pipeline_counters *counters,
                                        unsigned rcode)
{
    switch (rcode) {
    case DNS_RCODE_NOERROR:
        counter_add(&counters->noerror, 1);
        return;
    case DNS_RCODE_NXDOMAIN:
        counter_add(&counters->nxdomain, 1);
        return;
    case DNS_RCODE_REFUSED:
        counter_add(&counters->refused, 1);
        return;
    case DNS_RCODE_FORMERR:
        counter_add(&counters->formerr, 1);
        return;
    case DNS_RCODE_SERVFAIL:
        counter_add(&counters->servfail, 1);
        return;
    case DNS_RCODE_NOTIMP:
        counter_add(&counters->notimp, 1);
        return;
    default:
        counter_add(&counters->other, 1);
    }
}

#endif
