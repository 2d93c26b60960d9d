/* Names of single instances are not compiled: the index refers to the instance itself and
 * the worker writes its records, so a hundred thousand instances cost a name each and no
 * more (docs/decisions/0002-answer-index.md). */
#include <string.h>

#include "answer/chase.h"
#include "answer/question.h"
#include "answer/records.h"
#include "base/bytes.h"
#include "dns/wire.h"

enum { ADDRESS_ROOM = 16 * ANSWER_AAAA_SIZE + 16 * ANSWER_A_SIZE };

static uint32_t ttl_of(const struct rollcall_instance *is, const struct answer_zone *zone)
{
    return is->ttl != ROLLCALL_TTL_UNSET ? is->ttl : zone->instance_ttl;
}

/* `wire` is the name of the instance. */
static struct member member_of(const struct rollcall_instance *is, const uint8_t *wire,
                               size_t length)
{
    struct member member = {
        .is = is,
        .label = (const char *)wire + 1,
        .label_length = wire[0],
        .base = wire + 1 + wire[0],
        .base_length = (uint8_t)(length - 1 - wire[0]),
        .pairs = is->meta,
        .pair_count = is->meta_count,
        .weight = is->weight,
    };

    return member;
}

/* The addresses of `member` as additional RRs of the name at `name_at`. */
static void put_addresses(const struct question *question, const struct member *member,
                          uint32_t ttl, size_t name_at)
{
    uint8_t room[ADDRESS_ROOM];
    struct record_writer out = { room, room + sizeof room, 0, false };
    uint32_t a;

    if (member->chased) {
        a = chase_addresses(question->index, question->table, member, &out);
    } else {
        record_a.write(&out, member, ttl);
        a = out.count;
        record_aaaa.write(&out, member, ttl);
    }
    reply_extra(question->reply, room, (uint16_t)a, (uint16_t)(out.count - a), name_at);
}

/* The RRs just written say that they belong to the question's own name. */
static void set_owner(const struct question *question, uint8_t *rr, const uint8_t *end)
{
    if (question->at == DNS_HEADER_SIZE)
        return;
    for (; rr < end; rr += ANSWER_RR_HEADER + bytes_get16(rr + 10))
        bytes_put16(rr, question_owner(question));
}

void question_put(const struct question *question, const struct record_kind *kind,
                  const struct member *member, uint32_t ttl, bool with_extra)
{
    struct reply *reply = question->reply;
    uint8_t *start = reply->message + reply->at;
    struct record_writer out = { start, reply->message + reply->limit, 0, false };
    struct member target = *member;
    struct chased room;

    if (kind->type == DNS_TYPE_SRV)
        chase_member(question->index, question->table, NULL, &target, &room);
    kind->write(&out, &target, ttl);
    set_owner(question, start, out.at);
    size_t name_at = reply->at + kind->name_at;
    reply->at += (size_t)(out.at - start);
    reply->answers = (uint16_t)(reply->answers + out.count);
    if (out.full && !reply->tcp)
        reply->truncated = true;
    else if (with_extra && kind->name_at > 0 && out.count > 0)
        put_addresses(question, &target, ttl, name_at);
}

/* Every kind that stands at an instance name, or the one that was asked for. */
static void put_records(const struct question *question, const struct member *member,
                        uint32_t ttl)
{
    struct reply *reply = question->reply;
    uint16_t type = question->type;
    bool any = type == DNS_TYPE_ANY;

    for (size_t i = 0; i < RECORD_KINDS; i++) {
        const struct record_kind *kind = record_kinds[i];
        if ((kind->where & RECORD_AT_INSTANCE) == 0 || (!any && kind->type != type))
            continue;
        question_put(question, kind, member, ttl, !any);
        if (any && !reply->tcp && reply->answers > 0)
            return;
    }
}

static void put_host(struct question *question, const struct member *member, uint32_t ttl,
                     const struct answer_zone *zone)
{
    size_t target = question->reply->at + ANSWER_RR_HEADER;

    question_put(question, &record_cname, member, ttl, false);
    if (!question->reply->truncated)
        question_alias(question, target, zone);
}

unsigned question_instance(struct question *question, const struct answer_name *name,
                           const struct rollcall_instance *is)
{
    const struct answer_zone *zone = answer_name_zone(question->index, name);
    struct member member = member_of(is, name->wire, name->length);
    uint32_t ttl = ttl_of(is, zone);
    size_t before = question->reply->at;
    uint8_t protocol;

    question_tell(question, is);
    if (is->host != NULL && is->host[0] != '\0' && is->addresses == NULL) {
        put_host(question, &member, ttl, zone);
        return DNS_RCODE_NOERROR;
    }
    member.has_port = instance_default_port(is, &member.port, &protocol);
    put_records(question, &member, ttl);
    if (question->reply->at == before && !question->reply->truncated)
        question_negative(question, zone);
    return DNS_RCODE_NOERROR;
}

/* "_http" and "http"? `label` with its length octet. */
static bool label_is(const uint8_t *label, const char *word)
{
    size_t length = strlen(word);

    return label[0] == length + 1 && label[1] == '_' &&
           memcmp(label + 2, word, length) == 0;
}

/* The port that both labels name; with `port_label` NULL any port of the protocol. */
static const struct rollcall_port *find_port(const struct rollcall_instance *is,
                                             const uint8_t *port_label,
                                             const uint8_t *protocol_label)
{
    for (unsigned i = 0; i < is->port_count; i++) {
        const struct rollcall_port *port = &is->ports[i];
        if (label_is(protocol_label, protocol_word(port->protocol)) &&
            (port_label == NULL || label_is(port_label, port->name)))
            return port;
    }
    return NULL;
}

/* The instance whose name begins at `wire`, in the middle of the question's. */
static const struct answer_name *find_instance(const struct question *question,
                                               const uint8_t *wire, size_t length,
                                               const struct rollcall_instance **is)
{
    uint8_t padded[DNS_NAME_PADDED];

    memcpy(padded, wire, length);
    memset(padded + length, 0, answer_padded(length) - length);
    const struct answer_name *name =
        answer_table_find(question->table, padded, length,
                          answer_index_hash(question->index, padded, length));
    const struct instance *instance =
        name == NULL ? NULL : answer_content_instance(answer_name_content(name));
    if (instance == NULL)
        return NULL;
    *is = &instance->is;
    return name;
}

static void put_port(const struct question *question, const struct answer_name *name,
                     const struct rollcall_instance *is, uint16_t number)
{
    struct member member = member_of(is, name->wire, name->length);
    uint16_t type = question->type;

    question_tell(question, is);
    member.has_port = true;
    member.port = number;
    if (type == DNS_TYPE_SRV || type == DNS_TYPE_ANY)
        question_put(question, &record_srv, &member,
                     ttl_of(is, answer_name_zone(question->index, name)),
                     type == DNS_TYPE_SRV);
}

/* The same as question_port() for the name at `wire`. */
static bool port_at(const struct question *question, const uint8_t *wire, size_t length)
{
    const uint8_t *first = wire;
    const uint8_t *second = first + 1 + first[0];
    const struct rollcall_instance *is;
    const struct answer_name *name;
    const struct rollcall_port *port;
    size_t before = question->reply->at;

    length -= (size_t)first[0] + 1;
    if (second[0] > 0 && second[1] == '_') {
        length -= (size_t)second[0] + 1;
        name = find_instance(question, second + 1 + second[0], length, &is);
        port = name == NULL ? NULL : find_port(is, first, second);
    } else {
        name = find_instance(question, second, length, &is);
        port = name == NULL ? NULL : find_port(is, NULL, first);
        first = NULL;
    }
    if (port == NULL)
        return false;
    if (first != NULL)
        put_port(question, name, is, port->number);
    if (question->reply->at == before && !question->reply->truncated)
        question_negative(question, answer_name_zone(question->index, name));
    return true;
}

bool question_port(const struct question *question)
{
    return port_at(question, question->name, question->name_length);
}

bool question_as_instance(struct question *question, const uint8_t *wire, size_t length)
{
    const struct rollcall_instance *is;
    const struct answer_name *name = find_instance(question, wire, length, &is);

    if (name == NULL)
        return wire[1] == '_' && port_at(question, wire, length);
    question_instance(question, name, is);
    return true;
}

const struct rollcall_instance *question_holder(const struct answer_zone *zone,
                                                const struct rollcall_instance *before,
                                                const struct rollcall_instance *is)
{
    return before == NULL || ttl_of(is, zone) < ttl_of(before, zone) ? is : before;
}

void question_address(const struct question *question, const struct answer_zone *zone,
                      const struct rollcall_address *address,
                      const struct rollcall_instance *is)
{
    const struct rollcall_instance one = { .addresses = address,
                                           .address_count = 1,
                                           .host = "" };
    const struct member member = { .is = &one };
    const struct record_kind *kind = address->family == 4 ? &record_a : &record_aaaa;
    uint32_t ttl = is != NULL ? ttl_of(is, zone) : zone->instance_ttl;

    if (question->type == kind->type || question->type == DNS_TYPE_ANY)
        question_put(question, kind, &member, ttl, false);
    else
        question_negative(question, zone);
}
