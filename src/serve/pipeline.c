#include "serve/pipeline.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "answer/prefetch.h"
#include "answer/reply.h"
#include "answer/resolve.h"
#include "base/bytes.h"
#include "dns/edns.h"
#include "dns/query.h"
#include "dns/wire.h"

enum {
    KEEPALIVE_OPTION = 4 + 2, /* octets, RFC 7828 §3.1 */
    KEEPALIVE_UNIT_MS = 100,
    TEXT_MAX = 255, /* octets of one character-string, RFC 1035 §3.3 */
    NO_EDE = DNS_EDE_NONE
};

/* A datagram of a batch that is read and not yet answered. */
struct pending {
    struct dns_query query;
    enum dns_query_verdict verdict;
    struct answer_hint hint;
};

struct pipeline {
    const struct answer_index *index; /* borrowed */
    const struct config_dns *dns;     /* borrowed */
    size_t udp_max;
    uint16_t keepalive; /* in units of 100 ms */
    uint64_t now_ms;    /* monotonic */
    uint32_t wall_s;    /* since 1970 */
    struct pipeline_counters counters;
    unsigned width;
    struct pending pending[]; /* `width` of them */
};

#define ROW(name, help)                                                                  \
    {                                                                                    \
#name, help, offsetof(struct pipeline_counters, name)                            \
    }

const struct counter_row pipeline_counter_rows[] = {
    ROW(udp_queries, "Messages received over UDP."),
    ROW(tcp_queries, "Messages received over TCP."),
    ROW(noerror, "Replies with NOERROR, data or none."),
    ROW(formerr, "Replies with FORMERR: the query was broken."),
    ROW(servfail, "Replies with SERVFAIL: nothing was loaded yet."),
    ROW(nxdomain, "Replies with NXDOMAIN: the name does not exist."),
    ROW(notimp, "Replies with NOTIMP: an operation that is not offered."),
    ROW(refused, "Replies with REFUSED: outside our zones, or not allowed."),
    ROW(other, "Replies with another rcode (BADVERS)."),
    ROW(dropped, "Messages that were no query and got no reply."),
    ROW(truncated, "Replies with TC: the answer did not fit."),
    { NULL, NULL, 0 },
};

struct pipeline *pipeline_create(struct answer_index *index, const struct config_dns *dns)
{
    struct pipeline *pipeline =
        calloc(1, sizeof *pipeline + dns->batch * sizeof pipeline->pending[0]);

    if (pipeline == NULL)
        return NULL;
    pipeline->width = dns->batch;
    uint64_t units = dns->tcp_idle_ms / KEEPALIVE_UNIT_MS;
    pipeline->index = index;
    pipeline->dns = dns;
    pipeline->udp_max = dns->udp_max;
    pipeline->keepalive = units > UINT16_MAX ? UINT16_MAX : (uint16_t)units;
    return pipeline;
}

void pipeline_destroy(struct pipeline *pipeline)
{
    free(pipeline);
}

const struct pipeline_counters *pipeline_counters(const struct pipeline *pipeline)
{
    return &pipeline->counters;
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
    struct pipeline_counters *counters = &pipeline->counters;

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

/* The one OPT, last of all (RFC 6891 §6.1.1). */
static void put_opt(const struct pipeline *pipeline, const struct dns_query *query,
                    struct reply *reply, size_t room, const struct outcome *outcome)
{
    uint8_t *out = reply->message + reply->at;
    size_t length =
        dns_opt_write(out, room - reply->at, DNS_UDP_ADVERTISED, outcome->rcode,
                      query->do_bit, outcome->ede, outcome->ede_text);

    if (length == 0)
        return;
    if (query->keepalive_asked) {
        uint8_t units[2];
        bytes_put16(units, pipeline->keepalive);
        length = dns_opt_add(out, length, room - reply->at, DNS_OPTION_KEEPALIVE, units,
                             sizeof units);
    }
    reply->at += length;
    reply->additional++;
}

/* Nothing was understood but the header: it goes back without question, with the opcode
 * and, of a QUERY, with RD. */
static size_t refuse(struct pipeline *pipeline, uint8_t *message, size_t capacity,
                     const struct dns_query *query, unsigned rcode)
{
    struct reply reply = { .message = message, .at = DNS_HEADER_SIZE, .limit = capacity };
    struct outcome outcome = { rcode, false, NO_EDE, NULL };
    unsigned keep = DNS_OPCODE_MASK;

    if ((query->flags & DNS_OPCODE_MASK) == 0)
        keep |= DNS_FLAG_RD;
    if (query->has_opt)
        put_opt(pipeline, query, &reply, capacity, &outcome);
    put_header(message, DNS_FLAG_QR | (query->flags & keep) | rcode, 0, &reply);
    count(pipeline, rcode);
    return reply.at;
}

static bool name_is(const struct dns_query *query, const char *wire, size_t length)
{
    return query->name_length == length && memcmp(query->name, wire, length) == 0;
}

#define NAME_IS(query, wire) name_is(query, wire, sizeof(wire))

/* The four names of class CH (RFC 4892); NULL: there is no such name or it is hidden. */
static const char *chaos_text(const struct pipeline *pipeline,
                              const struct dns_query *query)
{
    const char *text = NULL;

    if (query->type != DNS_TYPE_TXT && query->type != DNS_TYPE_ANY)
        return NULL;
    if (NAME_IS(query, "\7version\4bind") || NAME_IS(query, "\7version\6server"))
        text = pipeline->dns->version;
    else if (NAME_IS(query, "\2id\6server") || NAME_IS(query, "\10hostname\4bind"))
        text = pipeline->dns->identity;
    return text == NULL || text[0] == '\0' ? NULL : text;
}

static struct outcome answer_chaos(const struct pipeline *pipeline,
                                   const struct dns_query *query, struct reply *reply)
{
    struct outcome outcome = { DNS_RCODE_REFUSED, false, NO_EDE, NULL };
    const char *text = chaos_text(pipeline, query);
    size_t length = text == NULL ? 0 : strnlen(text, TEXT_MAX);
    uint8_t *rr = reply->message + reply->at;

    if (text == NULL || reply->at + ANSWER_RR_HEADER + 1 + length > reply->limit)
        return outcome;
    bytes_put16(rr, REPLY_OWNER_QUESTION);
    bytes_put16(rr + 2, DNS_TYPE_TXT);
    bytes_put16(rr + 4, DNS_CLASS_CH);
    bytes_put32(rr + 6, 0);
    bytes_put16(rr + 10, (uint16_t)(1 + length));
    rr[ANSWER_RR_HEADER] = (uint8_t)length;
    memcpy(rr + ANSWER_RR_HEADER + 1, text, length);
    reply->at += ANSWER_RR_HEADER + 1 + length;
    reply->answers = 1;
    outcome.rcode = DNS_RCODE_NOERROR;
    return outcome;
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
    return (struct outcome){ rcode, query->class_ == DNS_CLASS_IN, NO_EDE, NULL };
}

static struct outcome answer_transfer(const struct reply *reply)
{
    if (!reply->tcp)
        return (struct outcome){ DNS_RCODE_NOTIMP, false, DNS_EDE_NOT_SUPPORTED,
                                 "transfers need TCP" };
    return (struct outcome){ DNS_RCODE_REFUSED, false, DNS_EDE_PROHIBITED,
                             "transfers are not allowed" };
}

static bool is_transfer(uint16_t type)
{
    return type == DNS_TYPE_AXFR || type == DNS_TYPE_IXFR;
}

/* docs/dns.md §3.1, steps 8 to 11. */
static struct outcome answer(const struct pipeline *pipeline,
                             const struct dns_query *query, struct reply *reply)
{
    if (query->class_ == DNS_CLASS_CH)
        return answer_chaos(pipeline, query, reply);
    if (query->class_ != DNS_CLASS_IN && query->class_ != DNS_CLASS_ANY)
        return (struct outcome){ DNS_RCODE_REFUSED, false, NO_EDE, NULL };
    if (is_transfer(query->type))
        return answer_transfer(reply);
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

static size_t opt_room(const struct dns_query *query)
{
    if (!query->has_opt)
        return 0;
    return DNS_OPT_SIZE + (query->keepalive_asked ? KEEPALIVE_OPTION : 0);
}

/* A well-formed question, which stays where it is, octet for octet. */
static size_t reply_to(struct pipeline *pipeline, uint8_t *message, size_t capacity,
                       const struct sockaddr *from, bool tcp,
                       const struct dns_query *query, bool bad_version)
{
    (void)from;
    size_t room = room_for(pipeline, query, capacity, tcp);
    struct reply reply = { .message = message,
                           .at = query->question_end,
                           .limit = room - opt_room(query),
                           .tcp = tcp };
    struct outcome outcome = { DNS_RCODE_BADVERS, false, NO_EDE, NULL };
    unsigned flags = DNS_FLAG_QR | (query->flags & DNS_FLAG_RD);

    if (!bad_version)
        outcome = answer(pipeline, query, &reply);
    if (query->has_opt)
        put_opt(pipeline, query, &reply, room, &outcome);
    flags |= outcome.rcode & 15;
    if (outcome.authoritative)
        flags |= DNS_FLAG_AA;
    if (reply.truncated) {
        flags |= DNS_FLAG_TC;
        counter_add(&pipeline->counters.truncated, 1);
    }
    put_header(message, flags, 1, &reply);
    count(pipeline, outcome.rcode);
    return reply.at;
}

static size_t conclude(struct pipeline *pipeline, uint8_t *message, size_t capacity,
                       const struct sockaddr *from, bool tcp,
                       const struct dns_query *query, enum dns_query_verdict verdict)
{
    switch (verdict) {
    case DNS_QUERY_OK:
        return reply_to(pipeline, message, capacity, from, tcp, query, false);
    case DNS_QUERY_BADVERS:
        return reply_to(pipeline, message, capacity, from, tcp, query, true);
    case DNS_QUERY_NOTIMP:
        return refuse(pipeline, message, capacity, query, DNS_RCODE_NOTIMP);
    case DNS_QUERY_REFUSED:
        return refuse(pipeline, message, capacity, query, DNS_RCODE_REFUSED);
    case DNS_QUERY_FORMERR:
        return refuse(pipeline, message, capacity, query, DNS_RCODE_FORMERR);
    case DNS_QUERY_DROP:
        break;
    }
    counter_add(&pipeline->counters.dropped, 1);
    return 0;
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

    counter_add(tcp ? &counters->tcp_queries : &counters->udp_queries, 1);
    enum dns_query_verdict verdict = dns_query_parse(message, length, tcp, &query);
    return conclude(pipeline, message, capacity, from, tcp, &query, verdict);
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
        if (at->verdict == DNS_QUERY_OK)
            answer_hint_slot(&at->hint, pipeline->index, &at->query);
    }
    expect_answers(pipeline, count);
    for (unsigned i = 0; i < count; i++) {
        const struct pending *at = &pipeline->pending[i];
        messages[i].length = conclude(pipeline, messages[i].octets, DNS_UDP_MAX,
                                      messages[i].from, false, &at->query, at->verdict);
    }
}
