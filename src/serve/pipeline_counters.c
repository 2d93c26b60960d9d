#include "serve/pipeline_counters.h"

#define ROW(member, ...) COUNTER(struct pipeline_counters, member, __VA_ARGS__)
#define RCODE(word)      IS_OF("dns_responses", "rcode=\"" word "\"")
#define RATE(word)       IS_OF("dns_rate_limited", "action=\"" word "\"")

static const struct counter_row rows[] = {
    ROW(udp_queries, "Messages received over UDP.", IS_UNSHOWN),
    ROW(tcp_queries, "Messages received over TCP.", IS_UNSHOWN),
    ROW(noerror, "Replies with NOERROR, data or none.", RCODE("NOERROR")),
    ROW(formerr, "Replies with FORMERR: the query was broken.", RCODE("FORMERR")),
    ROW(servfail, "Replies with SERVFAIL: nothing was loaded yet.", RCODE("SERVFAIL")),
    ROW(nxdomain, "Replies with NXDOMAIN: the name does not exist.", RCODE("NXDOMAIN")),
    ROW(notimp, "Replies with NOTIMP: an operation that is not offered.",
        RCODE("NOTIMP")),
    ROW(refused, "Replies with REFUSED: outside our zones, or not allowed.",
        RCODE("REFUSED")),
    ROW(other, "Replies with another rcode (BADVERS, BADCOOKIE).", RCODE("other")),
    ROW(cookies, "Queries with a valid server cookie."),
    ROW(rate_slipped, "Replies over the rate limit that were truncated.",
        RATE("truncated")),
    ROW(rate_dropped, "Replies over the rate limit that were not sent.", RATE("dropped")),
    ROW(query_log_lost, "Queries that the query log had no room for."),
    ROW(dropped, "Messages that were no query and got no reply."),
    ROW(truncated, "Replies with TC: the answer did not fit."),
    COUNTER_END,
};

static const struct counter_family families[] = {
    { "dns_responses", "Replies by rcode, sent or held back by the rate limit." },
    { "dns_rate_limited", "Replies over the rate limit, by what became of them." },
    { NULL, NULL },
};

const uint8_t pipeline_type_of[256] = {
#define X(type) [DNS_TYPE_##type] = PIPELINE_##type,
    PIPELINE_TYPE_LIST(X)
#undef X
};

static const char *type_word(unsigned index)
{
    static const char *const words[PIPELINE_TYPES] = { [PIPELINE_OTHER] = "other",
                                                       [PIPELINE_NONE] = "none",
#define X(type) [PIPELINE_##type] = #type,
                                                       PIPELINE_TYPE_LIST(X)
#undef X
    };
    return words[index];
}

static const char *transport_word(unsigned index)
{
    return index == 0 ? "udp" : "tcp";
}

static const struct counter_table tables[] = {
    { .metric = "dns_queries",
      .help = "Messages received, by transport and the type they asked for; other: a "
              "type without a label of its own, none: no question could be read.",
      .labels = { "transport", "type" },
      .words = { transport_word, type_word },
      .counts = { 2, PIPELINE_TYPES },
      .offset = offsetof(struct pipeline_counters, types) },
    { .metric = NULL },
};

/* From one query alone (some 10 us with its system calls) to a full batch behind others.
 */
const struct histogram_bounds pipeline_took_bounds = {
    .per = 1000000,
    .count = 14,
    .upper = { 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000,
               100000 },
};

static const struct histogram_table histograms[] = {
    { .metric = "dns_query_duration_seconds",
      .help =
          "Time from receiving the batch that a query came in to sending its replies; "
          "a batch is measured once and counts for each of its queries.",
      .bounds = &pipeline_took_bounds,
      .offset = offsetof(struct pipeline_counters, took),
      .label = "transport",
      .word = transport_word,
      .count = 2 },
    { .metric = NULL },
};

const struct counter_group pipeline_counter_group = { .area = "dns",
                                                      .rows = rows,
                                                      .families = families,
                                                      .tables = tables,
                                                      .histograms = histograms };
