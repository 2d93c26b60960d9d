/* serve/pipeline_counters.h - what was asked and what was answered.
 * Threads  written by one worker, read by control.
 */
#ifndef SERVE_PIPELINE_COUNTERS_H
#define SERVE_PIPELINE_COUNTERS_H

#include "base/counters.h"

struct pipeline_counters {
    counter udp_queries, tcp_queries;
    counter noerror, formerr, servfail, nxdomain, notimp, refused, other;
    counter cookies; /* valid ones */
    counter rate_slipped, rate_dropped;
    counter query_log_lost;
    counter dropped; /* no query, or no reply possible */
    counter truncated;
};
extern const struct counter_row pipeline_counter_rows[];

#endif
