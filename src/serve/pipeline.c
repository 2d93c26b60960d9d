#include "serve/pipeline.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "answer/chooser.h"
#include "answer/prefetch.h"
#include "answer/reply.h"
#include "answer/resolve.h"
#include "base/bytes.h"
#include "base/random.h"
#include "dns/query.h"
#include "dns/wire.h"
#include "serve/acl.h"
#include "serve/chaos.h"
#include "serve/exchange.h"
#include "serve/options.h"
#include "serve/query_log.h"
#include "serve/rate.h"
#include "serve/signed.h"

enum {
    KEEPALIVE_UNIT_MS = 100, /* RFC 7828 §3.1 */
    OPT_ROOM = 256,          /* an OPT with every option that we give */
    NO_EDE = DNS_EDE_NONE
};

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

/* What the reply says beside its records. */
struct outcome {
    unsigned rcode; /* all 12 bits */
    bool authoritative;
    int ede;
    const char *ede_text;
};

static void count(struct pipeline *pipeline, unsigned rcode)
{
    pipeline->rcode = rcode;
    pipeline_count_rcode(&pipeline->counters, rcode);
}

static void count_type(struct pipeline *pipeline, const struct exchange *exchange,
                       unsigned type)
{
    counter_add(&pipeline->counters.types[exchange->tcp][type], 1);
}

/* Flags and counts; the id stays. `keep` are bits of the query's flags. */
static void put_header(uint8_t *message, unsigned flags, unsigned questions,
                       const struct reply *reply)
{
    bytes_put16(message + 2, (uint16_t)flags);
    bytes_put16(message + 4, (uint16_t)questions);
    bytes_put16(message + 6, reply->answers);
    bytes_put16(message + 8, reply->authority);
    bytes_put16(message + 10, reply->additional);
}

/* The one OPT, last of all (RFC 6891 §6.1.1). `options` may be NULL. */
static void put_opt(const struct dns_query *query, struct reply *reply, size_t room,
                    const struct reply_options *options, const struct outcome *outcome)
{
    size_t length =
        options_write(reply->message + reply->at, room - reply->at, options,
                      outcome->rcode, query->do_bit, outcome->ede, outcome->ede_text);

    if (length == 0)
        return;
    reply->at += length;
    reply->additional++;
}

/* Header only, with the opcode and, of a QUERY, with RD. */
static size_t put_bare(struct pipeline *pipeline, struct exchange *exchange,
                       const struct reply_options *options, unsigned rcode)
{
    const struct dns_query *query = exchange->query;
    struct reply reply = { .message = exchange->message,
                           .at = DNS_HEADER_SIZE,
                           .limit = exchange->capacity };
    struct outcome outcome = { rcode, false, NO_EDE, NULL };
    unsigned keep = DNS_OPCODE_MASK;

    if ((query->flags & DNS_OPCODE_MASK) == 0)
        keep |= DNS_FLAG_RD;
    if (query->has_opt)
        put_opt(query, &reply, exchange->capacity, options, &outcome);
    put_header(exchange->message, DNS_FLAG_QR | (query->flags & keep) | (rcode & 15), 0,
               &reply);
    count(pipeline, rcode);
    return reply.at;
}

static enum limit_verdict note_limit(struct pipeline *pipeline,
                                     enum limit_verdict verdict)
{
    if (verdict == LIMIT_SLIP)
        counter_add(&pipeline->counters.rate_slipped, 1);
    else if (verdict == LIMIT_DROP)
        counter_add(&pipeline->counters.rate_dropped, 1);
    return verdict;
}

static enum limit_verdict admit_header(struct pipeline *pipeline,
                                       const struct exchange *exchange)
{
    if (pipeline->limit == NULL)
        return LIMIT_PASS;
    return note_limit(pipeline, rate_admit_header(pipeline->limit, pipeline->dns,
                                                  exchange, pipeline->now_ms));
}

/* Nothing was understood but the header. Such a reply is no longer than its query: what
 * is over the limit and slips goes out as it is. */
static size_t refuse(struct pipeline *pipeline, struct exchange *exchange, unsigned rcode)
{
    pipeline->rcode = rcode;
    count_type(pipeline, exchange, PIPELINE_NONE);
    if (admit_header(pipeline, exchange) == LIMIT_DROP)
        return 0;
    return put_bare(pipeline, exchange, NULL, rcode);
}

/* Class * has no authority: the data comes without AA (RFC 1034 §3.7.1). */
static struct outcome answer_names(const struct pipeline *pipeline,
                                   const struct dns_query *query, struct reply *reply)
{
    unsigned rcode = answer_resolve(pipeline->index, query, reply);

    if (rcode == DNS_RCODE_REFUSED)
        return (struct outcome){ rcode, false, DNS_EDE_NOT_AUTHORITATIVE, NULL };
    if (rcode == DNS_RCODE_SERVFAIL)
        return (struct outcome){ rcode, false, DNS_EDE_NOT_READY,
                                 "the registry is not loaded yet" };
    bool authoritative =
        query->class_ == DNS_CLASS_IN && (!reply->referral || reply->answers > 0);
    if (reply->note != NULL)
        return (struct outcome){ rcode, authoritative, reply->note->code,
                                 reply->note->text };
    return (struct outcome){ rcode, authoritative, NO_EDE, NULL };
}

static struct outcome answer_transfer(const struct pipeline *pipeline,
                                      struct exchange *exchange, struct reply *reply)
{
    switch (signed_transfer(pipeline->index, exchange, reply)) {
    case TRANSFER_NEEDS_TCP:
        return (struct outcome){ DNS_RCODE_NOTIMP, false, DNS_EDE_NOT_SUPPORTED,
                                 "transfers need TCP" };
    case TRANSFER_ANSWERED:
        return (struct outcome){ DNS_RCODE_NOERROR, true, NO_EDE, NULL };
    case TRANSFER_HANDED_OVER:
        exchange->handed_over = pipeline->hand_over;
        return (struct outcome){ DNS_RCODE_SERVFAIL, false, DNS_EDE_NOT_READY,
                                 "not ready for transfers" };
    case TRANSFER_DENIED:
        break;
    }
    return (struct outcome){ DNS_RCODE_REFUSED, false, DNS_EDE_PROHIBITED,
                             "transfers are not allowed" };
}

static bool is_transfer(uint16_t type)
{
    return type == DNS_TYPE_AXFR || type == DNS_TYPE_IXFR;
}

/* docs/dns.md §3.1, steps 8 to 11. */
static struct outcome answer(const struct pipeline *pipeline, struct exchange *exchange,
                             struct reply *reply)
{
    const struct dns_query *query = exchange->query;

    if (query->class_ == DNS_CLASS_CH)
        return (struct outcome){ chaos_answer(pipeline->dns, query, reply), false, NO_EDE,
                                 NULL };
    if (query->class_ != DNS_CLASS_IN && query->class_ != DNS_CLASS_ANY)
        return (struct outcome){ DNS_RCODE_REFUSED, false, NO_EDE, NULL };
    if (is_transfer(query->type))
        return answer_transfer(pipeline, exchange, reply);
    return answer_names(pipeline, query, reply);
}

static size_t room_for(const struct pipeline *pipeline, const struct dns_query *query,
                       size_t capacity, bool tcp)
{
    size_t room = DNS_MESSAGE_MAX;

    if (!tcp)
        room = query->udp_size < pipeline->udp_max ? query->udp_size : pipeline->udp_max;
    return room < capacity ? room : capacity;
}

/* What the asker's options are answered; its octets are overwritten by the answer. */
static void read_options(struct pipeline *pipeline, struct exchange *exchange,
                         struct reply_options *options)
{
    const struct dns_query *query = exchange->query;

    if (query->nsid_asked && pipeline->nsid_length > 0) {
        options->nsid = pipeline->nsid;
        options->nsid_length = pipeline->nsid_length;
    }
    options->has_keepalive = query->keepalive_asked;
    options->keepalive = pipeline->keepalive;
    if (query->subnet != NULL && pipeline->dns->locality == CONFIG_LOCALITY_ON) {
        options->subnet_length = query->subnet_length;
        memcpy(options->subnet, query->subnet, query->subnet_length);
    }
    if (query->cookie == NULL || pipeline->secrets == NULL)
        return;
    options->has_cookie = true;
    exchange->cookie =
        cookie_check(pipeline->secrets, query->cookie, query->cookie_length,
                     exchange->from, pipeline->wall_s);
    if (exchange->cookie == COOKIE_RIGHT)
        memcpy(options->cookie, query->cookie, COOKIE_SIZE);
    else
        cookie_make(pipeline->secrets, query->cookie, exchange->from, pipeline->wall_s,
                    options->cookie);
    if (exchange->cookie >= COOKIE_OLD)
        counter_add(&pipeline->counters.cookies, 1);
}

/* docs/dns.md §3.1, steps 7 and on. */
static struct outcome decide(struct pipeline *pipeline, struct exchange *exchange,
                             struct reply *reply)
{
    const struct config_dns *dns = pipeline->dns;
    bool doubtful =
        exchange->cookie == COOKIE_WRONG || exchange->cookie == COOKIE_CLIENT_ONLY;

    if (exchange->tsig != NULL && exchange->tsig->error != TSIG_NOERROR)
        return (struct outcome){ DNS_RCODE_NOTAUTH, false, NO_EDE, NULL };
    if (doubtful && !exchange->tcp && dns->cookies == CONFIG_COOKIES_ENFORCE)
        return (struct outcome){ DNS_RCODE_BADCOOKIE, false, NO_EDE, NULL };
    if (pipeline->restricted &&
        !acl_allows(dns->allow_query, dns->allow_query_count, exchange->from))
        return (struct outcome){ DNS_RCODE_REFUSED, false, DNS_EDE_PROHIBITED,
                                 "you may not ask here" };
    return answer(pipeline, exchange, reply);
}

static enum limit_verdict admit_answer(struct pipeline *pipeline,
                                       const struct exchange *exchange,
                                       const struct reply *reply, unsigned rcode)
{
    if (pipeline->limit == NULL)
        return LIMIT_PASS;
    return note_limit(pipeline,
                      rate_admit_answer(pipeline->limit, pipeline->dns, exchange, reply,
                                        rcode, pipeline->now_ms));
}

/* An empty reply that says "ask again by TCP"; a signed one is never cut in another way
 * (RFC 8945 §5.3). */
static struct outcome slip(const struct dns_query *query, struct reply *reply)
{
    reply->at = query->question_end;
    reply->answers = reply->authority = reply->additional = 0;
    reply->truncated = true;
    return (struct outcome){ DNS_RCODE_NOERROR, false, NO_EDE, NULL };
}

static size_t finish(struct pipeline *pipeline, const struct exchange *exchange,
                     struct reply *reply, const struct outcome *outcome)
{
    unsigned flags =
        DNS_FLAG_QR | (exchange->query->flags & DNS_FLAG_RD) | (outcome->rcode & 15);

    if (outcome->authoritative)
        flags |= DNS_FLAG_AA;
    if (reply->truncated) {
        flags |= DNS_FLAG_TC;
        counter_add(&pipeline->counters.truncated, 1);
    }
    put_header(exchange->message, flags, 1, reply);
    count(pipeline, outcome->rcode);
    return reply->at;
}

/* A well-formed question, which stays where it is, octet for octet. */
static size_t reply_to(struct pipeline *pipeline, struct exchange *exchange,
                       bool bad_version)
{
    const struct dns_query *query = exchange->query;
    struct reply_options options;
    const struct reply_options *wanted = NULL;
    size_t opt = query->has_opt ? DNS_OPT_SIZE : 0;

    count_type(pipeline, exchange, pipeline_type(query->type));
    if (query->has_options) {
        memset(&options, 0, sizeof options);
        read_options(pipeline, exchange, &options);
        opt = options_room(&options);
        wanted = &options;
    }
    size_t room = room_for(pipeline, query, exchange->capacity, exchange->tcp);
    struct reply reply = { .message = exchange->message,
                           .chooser = &pipeline->chooser,
                           .at = query->question_end,
                           .limit = room - opt,
                           .tcp = exchange->tcp };
    struct outcome outcome = { DNS_RCODE_BADVERS, false, NO_EDE, NULL };
    if (!bad_version || (exchange->tsig != NULL && exchange->tsig->error != TSIG_NOERROR))
        outcome = decide(pipeline, exchange, &reply);
    if (exchange->handed_over)
        return 0;
    enum limit_verdict verdict = admit_answer(pipeline, exchange, &reply, outcome.rcode);
    pipeline->rcode = outcome.rcode;
    if (verdict == LIMIT_DROP)
        return 0;
    if (verdict == LIMIT_SLIP || (reply.truncated && exchange->tsig != NULL))
        outcome = slip(query, &reply);
    if (query->has_opt)
        put_opt(query, &reply, room, wanted, &outcome);
    return finish(pipeline, exchange, &reply, &outcome);
}

/* Room for the question and the signature, and no more: the reply is empty and says "ask
 * again by TCP", unless the signature is what was wrong (RFC 8945 §5.3). No longer than
 * its query, so what is over the limit and slips goes out as it is. */
static size_t reply_cramped(struct pipeline *pipeline, struct exchange *exchange,
                            bool faulty)
{
    struct reply reply = { .message = exchange->message,
                           .at = exchange->query->question_end,
                           .truncated = !faulty };
    struct outcome outcome = { faulty ? DNS_RCODE_NOTAUTH : DNS_RCODE_NOERROR, false,
                               NO_EDE, NULL };

    pipeline->rcode = outcome.rcode;
    count_type(pipeline, exchange, pipeline_type(exchange->query->type));
    if (admit_header(pipeline, exchange) == LIMIT_DROP)
        return 0;
    if (exchange->query->has_opt)
        put_opt(exchange->query, &reply, exchange->capacity, NULL, &outcome);
    return finish(pipeline, exchange, &reply, &outcome);
}

/* A query with a signature: the reply says what is wrong with it, or is signed too
 * (RFC 8945 §5.3). Without EDNS no more than 512 octets by UDP may come (RFC 1035
 * §2.3.4): where not even the question fits, the query was longer than that. */
static size_t reply_signed(struct pipeline *pipeline, struct exchange *exchange,
                           bool bad_version)
{
    struct tsig tsig;

    if (!signed_read(exchange, &pipeline->keys, pipeline->wall_s, &tsig))
        return refuse(pipeline, exchange, DNS_RCODE_FORMERR);
    size_t signature = tsig_room(&tsig);
    size_t room = room_for(pipeline, exchange->query, exchange->capacity, exchange->tcp);
    size_t least = exchange->query->question_end + signature;
    size_t opt = exchange->query->has_opt ? OPT_ROOM : 0;
    if (least > room)
        return refuse(pipeline, exchange, DNS_RCODE_FORMERR);
    exchange->tsig = &tsig;
    exchange->capacity = room - signature;
    size_t length = least + opt > room
                        ? reply_cramped(pipeline, exchange, tsig.error != TSIG_NOERROR)
                        : reply_to(pipeline, exchange, bad_version);
    return length == 0 ? 0
                       : tsig_sign(&tsig, exchange->message, length, pipeline->wall_s);
}

/* No question, only a cookie: here is ours (RFC 7873 §5.4). */
static size_t give_cookie(struct pipeline *pipeline, struct exchange *exchange)
{
    struct reply_options options = { .nsid = NULL };

    if (pipeline->secrets == NULL)
        return refuse(pipeline, exchange, DNS_RCODE_FORMERR);
    count_type(pipeline, exchange, PIPELINE_NONE);
    read_options(pipeline, exchange, &options);
    pipeline->rcode = exchange->cookie == COOKIE_WRONG ? (unsigned)DNS_RCODE_BADCOOKIE
                                                       : (unsigned)DNS_RCODE_NOERROR;
    if (admit_header(pipeline, exchange) != LIMIT_PASS)
        return 0;
    return put_bare(pipeline, exchange, &options, pipeline->rcode);
}

static size_t conclude(struct pipeline *pipeline, struct exchange *exchange,
                       enum dns_query_verdict verdict)
{
    bool bad_version = verdict == DNS_QUERY_BADVERS;

    switch (verdict) {
    case DNS_QUERY_OK:
    case DNS_QUERY_BADVERS:
        return exchange->query->has_tsig ? reply_signed(pipeline, exchange, bad_version)
                                         : reply_to(pipeline, exchange, bad_version);
    case DNS_QUERY_COOKIE:
        return give_cookie(pipeline, exchange);
    case DNS_QUERY_NOTIMP:
        return refuse(pipeline, exchange, DNS_RCODE_NOTIMP);
    case DNS_QUERY_REFUSED:
        return refuse(pipeline, exchange, DNS_RCODE_REFUSED);
    case DNS_QUERY_FORMERR:
        return refuse(pipeline, exchange, DNS_RCODE_FORMERR);
    case DNS_QUERY_DROP:
        break;
    }
    count_type(pipeline, exchange, PIPELINE_NONE);
    counter_add(&pipeline->counters.dropped, 1);
    return 0;
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

/* conclude(), and a line in the query log where there is one. */
static inline size_t serve_one(struct pipeline *pipeline, struct exchange *exchange,
                               enum dns_query_verdict verdict)
{
    size_t length = conclude(pipeline, exchange, verdict);

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
