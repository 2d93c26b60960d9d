#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"
#include "dns/wire.h"
#include "serve/pipeline_state.h"
#include "serve/rate.h"
#include "serve/signed.h"

/* An OPT with every option that we give. */
enum { OPT_ROOM = 256 };

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
    struct outcome outcome = { rcode, false, DNS_EDE_NONE, NULL };
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
    return (struct outcome){ DNS_RCODE_NOERROR, false, DNS_EDE_NONE, NULL };
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
    struct outcome outcome = { DNS_RCODE_BADVERS, false, DNS_EDE_NONE, NULL };
    if (!bad_version || (exchange->tsig != NULL && exchange->tsig->error != TSIG_NOERROR))
        outcome = pipeline_decide(pipeline, exchange, &reply);
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
                               DNS_EDE_NONE, NULL };

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

size_t pipeline_reply(struct pipeline *pipeline, struct exchange *exchange,
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
