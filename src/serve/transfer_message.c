#include "serve/transfer_message.h"

#include <string.h>

#include "base/bytes.h"
#include "dns/edns.h"
#include "dns/unpack.h"
#include "dns/wire.h"
#include "serve/keys.h"

enum { POINTER = 2, TO_QUESTION = 0xc000 | DNS_HEADER_SIZE };

/* One message while it grows. */
struct message {
    uint8_t *octets;
    size_t at;
    size_t limit;
    uint16_t answers;
    const uint8_t *owner; /* of the record before, and where it stands; NULL: none */
    size_t owner_at;
};

/* The serial that the asker of an IXFR has: the SOA of the authority section. */
static bool asked_serial(const uint8_t *message, size_t length, size_t at,
                         uint32_t *serial)
{
    struct dns_name name;

    if (bytes_get16(message + 8) != 1)
        return false;
    at = dns_unpack_name(message, length, at, &name);
    if (at == 0 || at + 10 > length || bytes_get16(message + at) != DNS_TYPE_SOA)
        return false;
    size_t end = at + 10 + bytes_get16(message + at + 8);
    if (end > length)
        return false;
    at = dns_unpack_name(message, end, at + 10, &name);
    at = at == 0 ? 0 : dns_unpack_name(message, end, at, &name);
    if (at == 0 || end - at != SOA_NUMBERS)
        return false;
    *serial = bytes_get32(message + at);
    return true;
}

static bool may_have(const struct transfer_reply *reply, const struct sockaddr *from)
{
    return keys_allow_transfer(reply->zone->config, from,
                               reply->is_signed ? reply->tsig.key : NULL);
}

static void open_transfer(struct transfer_reply *reply, const struct dns_query *query,
                          const uint8_t *message, size_t length)
{
    uint32_t serial = 0;
    bool incremental = query->type == DNS_TYPE_IXFR;

    if (incremental && !asked_serial(message, length, query->question_end, &serial))
        reply->rcode = DNS_RCODE_FORMERR;
    else if (answer_transfer_open(reply->zone, incremental, serial, &reply->transfer) !=
             ROLLCALL_OK)
        reply->rcode = DNS_RCODE_SERVFAIL;
}

bool transfer_reply_begin(struct transfer_reply *reply, const struct answer_index *index,
                          const struct tsig_keys *keys, const struct sockaddr *from,
                          const uint8_t *message, size_t length, uint64_t now)
{
    struct dns_query query;
    size_t tsig_at;

    memset(reply, 0, sizeof *reply);
    if (dns_query_parse(message, length, true, &query) != DNS_QUERY_OK ||
        (query.type != DNS_TYPE_AXFR && query.type != DNS_TYPE_IXFR) ||
        query.class_ != DNS_CLASS_IN)
        return false;
    tsig_at = tsig_find(message, length);
    reply->is_signed = tsig_at != 0 &&
                       tsig_check(message, length, tsig_at, keys, now, &reply->tsig) &&
                       reply->tsig.error == TSIG_NOERROR;
    reply->zone = answer_transfer_zone(index, query.name, query.name_length);
    if (reply->zone == NULL || (tsig_at != 0 && !reply->is_signed) ||
        !may_have(reply, from))
        return false;
    reply->has_opt = query.has_opt;
    reply->do_bit = query.do_bit;
    reply->question_end = query.question_end;
    memcpy(reply->question, message, query.question_end);
    open_transfer(reply, &query, message, length);
    return true;
}

void transfer_reply_end(struct transfer_reply *reply)
{
    answer_transfer_close(reply->transfer);
    reply->transfer = NULL;
}

/* What of the owner must be written: nothing but a pointer where it is the one before,
 * else its labels as far as the apex. */
static size_t owner_labels(const struct transfer_reply *reply,
                           const struct message *message,
                           const struct transfer_record *record)
{
    if (record->owner == message->owner)
        return 0;
    return record->owner_length - reply->zone->apex.length;
}

static bool put_soa(const struct transfer_reply *reply, struct message *message,
                    uint32_t serial)
{
    const struct answer_zone *zone = reply->zone;
    uint8_t *out = message->octets + message->at;

    if (message->at + zone->soa.length > message->limit)
        return false;
    message->at += answer_zone_soa_write(zone, out, DNS_HEADER_SIZE, false);
    bytes_put32(message->octets + message->at - SOA_NUMBERS, serial);
    return true;
}

static bool put_data(const struct transfer_reply *reply, struct message *message,
                     const struct transfer_record *record)
{
    size_t labels = owner_labels(reply, message, record);
    size_t length = labels + POINTER + record->length;
    uint8_t *out = message->octets + message->at;
    bool same = record->owner == message->owner;

    if (message->at + length > message->limit)
        return false;
    memcpy(out, record->owner, labels);
    bytes_put16(out + labels,
                same ? (uint16_t)(0xc000 | message->owner_at) : (uint16_t)TO_QUESTION);
    memcpy(out + labels + POINTER, record->data, record->length);
    if (!same && message->at <= DNS_POINTER_MAX) {
        message->owner = record->owner;
        message->owner_at = message->at;
    }
    message->at += length;
    return true;
}

static bool put(const struct transfer_reply *reply, struct message *message,
                const struct transfer_record *record)
{
    if (message->answers == UINT16_MAX)
        return false;
    if (record->soa ? !put_soa(reply, message, record->serial)
                    : !put_data(reply, message, record))
        return false;
    message->answers++;
    return true;
}

/* True: something was put, or there is nothing left. */
static bool put_records(struct transfer_reply *reply, struct message *message,
                        size_t reserved)
{
    struct transfer_record record;
    struct transfer *transfer = reply->transfer;

    while (transfer != NULL && answer_transfer_peek(transfer, &record)) {
        if (!put(reply, message, &record)) {
            if (message->answers > 0)
                return true;
            message->limit = DNS_MESSAGE_MAX - reserved;
            if (!put(reply, message, &record))
                return false;
        }
        answer_transfer_advance(transfer);
    }
    reply->done = true;
    return true;
}

static void put_header(const struct transfer_reply *reply, const struct message *message,
                       unsigned additional)
{
    uint8_t *out = message->octets;
    unsigned flags = DNS_FLAG_QR | reply->rcode |
                     (bytes_get16(reply->question + 2) & (unsigned)DNS_FLAG_RD);

    if (reply->rcode == DNS_RCODE_NOERROR)
        flags |= DNS_FLAG_AA;
    bytes_put16(out + 2, (uint16_t)flags);
    bytes_put16(out + 4, 1);
    bytes_put16(out + 6, message->answers);
    bytes_put16(out + 8, 0);
    bytes_put16(out + 10, (uint16_t)additional);
}

size_t transfer_reply_next(struct transfer_reply *reply, uint8_t *out, uint64_t now)
{
    size_t reserved = (reply->has_opt ? (size_t)DNS_OPT_SIZE : 0) +
                      (reply->is_signed ? tsig_room(&reply->tsig) : 0);
    struct message message = { .octets = out,
                               .at = reply->question_end,
                               .limit = TRANSFER_MESSAGE - reserved };
    unsigned additional = 0;

    memcpy(out, reply->question, reply->question_end);
    if (!put_records(reply, &message, reserved))
        return 0;
    if (reply->has_opt) {
        message.at += dns_opt_write(out + message.at, DNS_OPT_SIZE, DNS_UDP_ADVERTISED,
                                    reply->rcode, reply->do_bit, DNS_EDE_NONE, NULL);
        reply->has_opt = false;
        additional = 1;
    }
    put_header(reply, &message, additional);
    return reply->is_signed ? tsig_sign(&reply->tsig, out, message.at, now) : message.at;
}
