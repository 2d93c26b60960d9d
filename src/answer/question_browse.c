/* DNS-SD: the name of one instance of a type, and what goes along with a list of them.
 * Nothing is compiled for them: LABEL is "NAME ID", so it leads to ID.NAME.Z
 * (docs/dns.md §1.9). */
#include <string.h>

#include "answer/chase.h"
#include "answer/question.h"
#include "answer/records.h"
#include "base/bytes.h"
#include "dns/wire.h"
#include "model/instance.h"

enum { RECORDS_ROOM = 2048 };

/* An instance that is browsed, found by its name of a type. */
struct browsed {
    const struct answer_zone *zone;
    const struct answer_name *name; /* ID.NAME.Z */
    const struct rollcall_instance *is;
    uint16_t port;
    uint32_t ttl;
};

/* ID.NAME.Z out of the label "NAME ID". */
static bool own_name(const uint8_t *label, const struct answer_zone *zone,
                     struct dns_name *out)
{
    const uint8_t *space = memchr(label + 1, ' ', label[0]);

    if (space == NULL)
        return false;
    size_t service = (size_t)(space - label) - 1;
    *out = zone->apex;
    return dns_name_prepend(out, label + 1, service) &&
           dns_name_prepend(out, space + 1, label[0] - service - 1);
}

static const struct answer_name *look_up(const struct question *question,
                                         const struct dns_name *name)
{
    uint8_t padded[DNS_NAME_PADDED];

    memcpy(padded, name->wire, name->length);
    memset(padded + name->length, 0, answer_padded(name->length) - name->length);
    return answer_table_find(question->table, padded, name->length,
                             answer_index_hash(question->index, padded, name->length));
}

static bool names_port(const uint8_t *label, const char *word)
{
    size_t length = strlen(word);

    return label[0] == length + 1 && label[1] == '_' &&
           memcmp(label + 2, word, length) == 0;
}

/* `wire`: LABEL._PORT._PROTO..., lower case. */
static bool find(const struct question *question, const struct answer_zone *zone,
                 const uint8_t *wire, struct browsed *out)
{
    const uint8_t *port = wire + 1 + wire[0], *protocol = port + 1 + port[0];
    struct dns_name own;

    if (!own_name(wire, zone, &own))
        return false;
    out->zone = zone;
    out->name = look_up(question, &own);
    const struct instance *instance =
        out->name == NULL ? NULL
                          : answer_content_instance(answer_name_content(out->name));
    if (instance == NULL)
        return false;
    out->is = &instance->is;
    out->ttl = out->is->ttl != ROLLCALL_TTL_UNSET ? out->is->ttl : zone->instance_ttl;
    for (unsigned i = 0; i < out->is->port_count; i++) {
        const struct rollcall_port *at = &out->is->ports[i];
        out->port = at->number;
        if (names_port(port, at->name) &&
            names_port(protocol, protocol_word(at->protocol)))
            return true;
    }
    return false;
}

static const struct config_service *said_of(const struct answer_zone *zone,
                                            const struct rollcall_instance *is)
{
    for (uint32_t i = 0; i < zone->all->service_count; i++) {
        const struct config_service *said = &zone->all->services[i];
        if (strcmp(said->name, is->service) == 0 &&
            strcmp(said->namespace_name, is->namespace_name) == 0)
            return said;
    }
    return NULL;
}

static struct member member_of(const struct browsed *browsed)
{
    const struct config_service *said = said_of(browsed->zone, browsed->is);
    const uint8_t *wire = browsed->name->wire;

    return (struct member){
        .is = browsed->is,
        .label = (const char *)wire + 1,
        .label_length = wire[0],
        .base = wire + 1 + wire[0],
        .base_length = (uint8_t)(browsed->name->length - 1 - wire[0]),
        .common = said == NULL ? NULL : said->meta,
        .common_count = (uint16_t)(said == NULL ? 0 : said->meta_count),
        .has_port = true,
        .weight = browsed->is->weight,
        .port = browsed->port,
    };
}

static void put_txt(const struct question *question, const struct member *member,
                    uint32_t ttl)
{
    struct reply *reply = question->reply;
    uint8_t *start = reply->message + reply->at;
    struct record_writer out = { start, reply->message + reply->limit, 0, false };

    record_browse.write(&out, member, ttl);
    if (out.count > 0)
        bytes_put16(start, question_owner(question));
    reply->at += (size_t)(out.at - start);
    reply->answers = (uint16_t)(reply->answers + out.count);
    if (out.full && !reply->tcp)
        reply->truncated = true;
}

bool question_browsed(const struct question *question, const struct answer_zone *zone)
{
    struct browsed browsed;
    bool any = question->type == DNS_TYPE_ANY;

    if (!find(question, zone, question->name, &browsed))
        return false;
    const struct member member = member_of(&browsed);
    question_tell(question, browsed.is);
    if (question->type == DNS_TYPE_SRV || any)
        question_put(question, &record_srv, &member, browsed.ttl, !any);
    if (question->type == DNS_TYPE_TXT || (any && question->reply->tcp))
        put_txt(question, &member, browsed.ttl);
    if (question->type != DNS_TYPE_SRV && question->type != DNS_TYPE_TXT && !any)
        question_negative(question, zone);
    return true;
}

/* Append `length` octets of one RR whose owner stands at `owner`. */
static bool put_extra(struct reply *reply, const uint8_t *rr, size_t length, size_t owner)
{
    if (reply->at + length > reply->limit || owner > DNS_POINTER_MAX)
        return false;
    memcpy(reply->message + reply->at, rr, length);
    bytes_put16(reply->message + reply->at, (uint16_t)(0xc000 | owner));
    reply->at += length;
    reply->additional++;
    return true;
}

/* SRV, TXT and the addresses of the instance whose name stands at `name_at`. */
static bool put_all(const struct question *question, const struct browsed *browsed,
                    size_t name_at)
{
    struct reply *reply = question->reply;
    struct member member = member_of(browsed);
    uint8_t room[RECORDS_ROOM];
    struct record_writer out = { room, room + sizeof room, 0, false };
    struct chased chased;
    uint32_t a;

    chase_member(question->index, question->table, NULL, &member, &chased);
    record_srv.write(&out, &member, browsed->ttl);
    size_t target = reply->at + ANSWER_RR_HEADER + 6;
    if (!put_extra(reply, room, (size_t)(out.at - room), name_at))
        return false;
    out = (struct record_writer){ room, room + sizeof room, 0, false };
    record_browse.write(&out, &member, browsed->ttl);
    if (!put_extra(reply, room, (size_t)(out.at - room), name_at))
        return false;
    out = (struct record_writer){ room, room + sizeof room, 0, false };
    if (member.chased) {
        a = chase_addresses(question->index, question->table, &member, &out);
    } else {
        record_a.write(&out, &member, browsed->ttl);
        a = out.count;
        record_aaaa.write(&out, &member, browsed->ttl);
    }
    return reply_extra(reply, room, (uint16_t)a, (uint16_t)(out.count - a), target);
}

void question_browse_extra(const struct question *question,
                           const struct answer_zone *zone, size_t start)
{
    struct reply *reply = question->reply;
    size_t end = reply->at;
    bool fits = true;

    for (size_t at = start; at + ANSWER_RR_HEADER < end && fits;) {
        const uint8_t *rr = reply->message + at;
        size_t name_at = at + ANSWER_RR_HEADER;
        struct browsed browsed;
        if (bytes_get16(rr + 2) == DNS_TYPE_PTR &&
            find(question, zone, reply->message + name_at, &browsed))
            fits = put_all(question, &browsed, name_at);
        at = name_at + bytes_get16(rr + 10);
    }
}
