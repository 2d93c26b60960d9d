/* serve/pipeline_state.h - the inside of struct pipeline, for its own files.
 *
 * Errors   none: a query that cannot be answered has an rcode, or silence.
 * Threads  one worker, online.
 */
#ifndef SERVE_PIPELINE_STATE_H
#define SERVE_PIPELINE_STATE_H

#include "answer/chooser.h"
#include "answer/prefetch.h"
#include "answer/reply.h"
#include "dns/query.h"
#include "serve/exchange.h"
#include "serve/limit.h"
#include "serve/options.h"
#include "serve/pipeline.h"
#include "serve/query_ring.h"

/* A datagram of a batch that is read and not yet answered. */
struct pending {
    struct dns_query query;
    enum dns_query_verdict verdict;
    struct answer_hint hint;
};

struct pipeline {
    const struct answer_index *index;     /* borrowed */
    const struct config_dns *dns;         /* borrowed */
    const struct cookie_secrets *secrets; /* borrowed; NULL: no cookies */
    struct limit *limit;                  /* owned; NULL: no rate limit */
    struct tsig_keys keys;                /* what they point to is borrowed */
    bool hand_over;                       /* allowed transfers are given away */
    size_t udp_max;
    bool restricted; /* not everybody may ask */
    uint16_t nsid_length;
    uint8_t nsid[OPTIONS_NSID_MAX];
    uint16_t keepalive;     /* in units of 100 ms */
    struct query_ring *log; /* borrowed; NULL: queries are not logged */
    unsigned rcode;         /* of the last reply, sent or not, for the log */
    uint64_t now_ms;        /* monotonic */
    uint32_t wall_s;        /* since 1970 */
    struct pipeline_counters counters;
    struct chooser chooser;
    unsigned width;
    struct pending pending[]; /* `width` of them */
};

/* What the reply says beside its records. */
struct outcome {
    unsigned rcode; /* all 12 bits */
    bool authoritative;
    int ede;
    const char *ede_text;
};

/* Look for the answer to a well-formed question, write its records, and say what the
 * reply says beside them: docs/dns.md §3.1, steps 7 and on. */
struct outcome pipeline_decide(struct pipeline *pipeline, struct exchange *exchange,
                               struct reply *reply);

/* Write the reply over the query. Returns its length, 0 for silence. */
size_t pipeline_reply(struct pipeline *pipeline, struct exchange *exchange,
                      enum dns_query_verdict verdict);

#endif
