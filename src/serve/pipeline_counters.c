#include "serve/pipeline_counters.h"

#define ROW(member, ...) COUNTER(struct pipeline_counters, member, __VA_ARGS__)

const struct counter_row pipeline_counter_rows[] = {
    ROW(udp_queries, "Messages received over UDP."),
    ROW(tcp_queries, "Messages received over TCP."),
    ROW(noerror, "Replies with NOERROR, data or none."),
    ROW(formerr, "Replies with FORMERR: the query was broken."),
    ROW(servfail, "Replies with SERVFAIL: nothing was loaded yet."),
    ROW(nxdomain, "Replies with NXDOMAIN: the name does not exist."),
    ROW(notimp, "Replies with NOTIMP: an operation that is not offered."),
    ROW(refused, "Replies with REFUSED: outside our zones, or not allowed."),
    ROW(other, "Replies with another rcode (BADVERS, BADCOOKIE)."),
    ROW(cookies, "Queries with a valid server cookie."),
    ROW(rate_slipped, "Replies over the rate limit that were truncated."),
    ROW(rate_dropped, "Replies over the rate limit that were not sent."),
    ROW(query_log_lost, "Queries that the query log had no room for."),
    ROW(dropped, "Messages that were no query and got no reply."),
    ROW(truncated, "Replies with TC: the answer did not fit."),
    COUNTER_END,
};
