#include "serve/pipeline.h"

#include <assert.h>
#include <stdlib.h>

#include "base/random.h"
#include "serve/pipeline_state.h"
#include "serve/query_log.h"
#include "serve/rate.h"

enum { KEEPALIVE_UNIT_MS = 100 }; /* RFC 7828 §3.1 */

struct pipeline *pipeline_create(struct answer_index *index, const struct config_dns *dns)
{
    struct pipeline *pipeline =
        calloc(1, sizeof *pipeline + dns->batch * sizeof pipeline->pending[0]);

    if (pipeline == NULL)
        return NULL;
    pipeline->width = dns->batch;
    chooser_init(&pipeline->chooser, random_seed());
    uint64_t units = dns->tcp_idle_ms / KEEPALIVE_UNIT_MS;
    pipeline->index = index;
    pipeline->dns = dns;
    pipeline->udp_max = dns->udp_max;
    pipeline->keepalive = units > UINT16_MAX ? UINT16_MAX : (uint16_t)units;
    pipeline->restricted =
        dns->allow_query_count > 0 && !network_is_any(&dns->allow_query[0]);
    pipeline->nsid_length = options_nsid(dns->nsid, pipeline->nsid);
    if (rate_is_wanted(dns)) {
        pipeline->limit =
            limit_create(dns->rate_limit, dns->rate_limit_slip, random_seed());
        if (pipeline->limit == NULL) {
            free(pipeline);
            return NULL;
        }
    }
    return pipeline;
}

void pipeline_use_cookies(struct pipeline *pipeline, const struct cookie_secrets *secrets)
{
    pipeline->secrets = pipeline->dns->cookies == CONFIG_COOKIES_OFF ? NULL : secrets;
}

void pipeline_use_keys(struct pipeline *pipeline, const struct tsig_keys *keys,
                       bool hand_over)
{
    pipeline->keys = *keys;
    pipeline->hand_over = hand_over;
}

void pipeline_use_log(struct pipeline *pipeline, struct query_ring *ring)
{
    pipeline->log = ring;
}

void pipeline_stopping(struct pipeline *pipeline)
{
    pipeline->keepalive = 0;
}

void pipeline_destroy(struct pipeline *pipeline)
{
    if (pipeline != NULL)
        limit_destroy(pipeline->limit);
    free(pipeline);
}

const struct pipeline_counters *pipeline_counters(const struct pipeline *pipeline)
{
    return &pipeline->counters;
}

void pipeline_took(struct pipeline *pipeline, bool tcp, int64_t us, unsigned queries)
{
    histogram_add(&pipeline->counters.took[tcp], &pipeline_took_bounds,
                  us > 0 ? (uint64_t)us : 0, queries);
}

static void note_query(struct pipeline *pipeline, const struct exchange *exchange,
                       size_t length)
{
    bool lost;

    if (query_ring_wants(pipeline->log, pipeline->now_ms, &lost))
        lost = !query_ring_note(pipeline->log, exchange, pipeline->rcode, length,
                                pipeline->now_ms);
    if (lost)
        counter_add(&pipeline->counters.query_log_lost, 1);
}

/* The reply, and a line in the query log where there is one. */
static inline size_t serve_one(struct pipeline *pipeline, struct exchange *exchange,
                               enum dns_query_verdict verdict)
{
    size_t length = pipeline_reply(pipeline, exchange, verdict);

    if (pipeline->log != NULL && verdict != DNS_QUERY_DROP && !exchange->handed_over)
        note_query(pipeline, exchange, length);
    return length;
}

void pipeline_set_time(struct pipeline *pipeline, uint64_t now_ms, uint32_t wall_s)
{
    pipeline->now_ms = now_ms;
    pipeline->wall_s = wall_s;
}

size_t pipeline_answer(struct pipeline *pipeline, uint8_t *message, size_t length,
                       size_t capacity, const struct sockaddr *from, bool tcp)
{
    struct pipeline_counters *counters = &pipeline->counters;
    struct dns_query query;
    struct exchange exchange = { .message = message,
                                 .length = length,
                                 .capacity = capacity,
                                 .query = &query,
                                 .from = from,
                                 .tcp = tcp };

    counter_add(tcp ? &counters->tcp_queries : &counters->udp_queries, 1);
    enum dns_query_verdict verdict = dns_query_parse(message, length, tcp, &query);
    length = serve_one(pipeline, &exchange, verdict);
    return exchange.handed_over ? PIPELINE_HAND_OVER : length;
}

/* Each step for all before the next step for any (answer/prefetch.h). */
static void expect_answers(struct pipeline *pipeline, unsigned count)
{
    struct pending *end = pipeline->pending + count;

    for (struct pending *at = pipeline->pending; at < end; at++)
        if (at->verdict == DNS_QUERY_OK)
            answer_hint_name(&at->hint, pipeline->index);
    for (struct pending *at = pipeline->pending; at < end; at++)
        if (at->verdict == DNS_QUERY_OK)
            answer_hint_set(&at->hint);
    for (struct pending *at = pipeline->pending; at < end; at++)
        if (at->verdict == DNS_QUERY_OK)
            answer_hint_rrset(&at->hint);
}

void pipeline_answer_batch(struct pipeline *pipeline, struct pipeline_message *messages,
                           unsigned count)
{
    assert(count <= pipeline->width);
    counter_add(&pipeline->counters.udp_queries, count);
    for (unsigned i = 0; i < count; i++) {
        struct pending *at = &pipeline->pending[i];
        at->verdict =
            dns_query_parse(messages[i].octets, messages[i].length, false, &at->query);
        if (at->verdict != DNS_QUERY_OK)
            continue;
        answer_hint_slot(&at->hint, pipeline->index, &at->query);
        if (pipeline->limit != NULL)
            rate_hint(pipeline->limit, messages[i].from, &at->query);
    }
    expect_answers(pipeline, count);
    for (unsigned i = 0; i < count; i++) {
        const struct pending *at = &pipeline->pending[i];
        struct exchange exchange = { .message = messages[i].octets,
                                     .length = messages[i].length,
                                     .capacity = DNS_UDP_MAX,
                                     .query = &at->query,
                                     .from = messages[i].from };
        messages[i].length = serve_one(pipeline, &exchange, at->verdict);
    }
}
