#include "answer/chase.h"

#include <string.h>

#include "answer/resolve.h"
#include "base/bytes.h"
#include "dns/query.h"
#include "dns/wire.h"

enum {
    STEPS = 8, /* docs/dns.md §2.11 */
    TYPE_AND_CLASS = 4,
    ALIAS_ROOM = 1024, /* question and one alias */
    ADDRESSES_ROOM = 4096
};

/* One look at a table of names. */
struct chase {
    const struct answer_index *index;
    const struct answer_table *table;
    struct answer_watch *watch; /* NULL: nobody wants to know */
};

static answer_content look_up(const struct chase *chase, const struct dns_name *name)
{
    uint8_t padded[DNS_NAME_PADDED];

    memcpy(padded, name->wire, name->length);
    memset(padded + name->length, 0, answer_padded(name->length) - name->length);
    uint64_t hash = answer_index_hash(chase->index, padded, name->length);
    const struct answer_name *found =
        answer_table_find(chase->table, padded, name->length, hash);
    if (chase->watch != NULL) {
        answer_watch_add(chase->watch, (uint32_t)hash);
        chase->watch->derived = chase->watch->derived || found == NULL;
    }
    return found == NULL ? 0 : answer_name_content(found);
}

/* What a name answers that is worked out when it is asked for. */
static uint16_t ask(const struct chase *chase, const struct dns_name *name, uint16_t type,
                    uint8_t *message, size_t size, const uint8_t **first)
{
    struct dns_query query = { .name_length = name->length,
                               .class_ = DNS_CLASS_IN,
                               .type = type };
    size_t at = DNS_HEADER_SIZE + (size_t)name->length + TYPE_AND_CLASS;
    struct reply reply = { .message = message, .at = at, .limit = size };

    memcpy(query.name, name->wire, name->length);
    memcpy(message + DNS_HEADER_SIZE, name->wire, name->length);
    query.question_end = (uint16_t)at;
    *first = message + at;
    return answer_resolve(chase->index, &query, &reply) == DNS_RCODE_NOERROR &&
                   !reply.truncated
               ? reply.answers
               : 0;
}

static void copy_name(const uint8_t *wire, struct dns_name *out)
{
    size_t length = 0;

    while (wire[length] != 0)
        length += (size_t)wire[length] + 1;
    out->length = (uint8_t)(length + 1);
    dns_name_lower(wire, length + 1, out->wire);
}

/* Is `name` an alias? Of what: of several the first, which does not depend on turns. */
static bool step(const struct chase *chase, const struct dns_name *name,
                 struct dns_name *out)
{
    answer_content content = look_up(chase, name);
    const struct answer_set *set = answer_content_set(content);
    const struct instance *instance = answer_content_instance(content);
    uint8_t message[ALIAS_ROOM];
    const uint8_t *rr;

    if (instance != NULL)
        return instance->is.addresses == NULL && member_host(&instance->is, out);
    if (set != NULL) {
        if (set->kind != ANSWER_SET_ALIAS)
            return false;
        rr = answer_rrset_wire(answer_set_rrset(set, &set->entry[0]));
    } else if (content != 0 ||
               ask(chase, name, DNS_TYPE_CNAME, message, sizeof message, &rr) == 0) {
        return false;
    }
    copy_name(rr + ANSWER_RR_HEADER, out);
    return true;
}

static bool equal(const struct dns_name *a, const struct dns_name *b)
{
    return dns_name_equal(a->wire, a->length, b->wire, b->length);
}

static void find_end(const struct chase *chase, struct dns_name *name)
{
    struct dns_name seen[STEPS + 1];

    seen[0] = *name;
    for (unsigned i = 0; i < STEPS; i++) {
        if (answer_index_zone(chase->index, seen[i].wire, seen[i].length) == NULL ||
            !step(chase, &seen[i], &seen[i + 1])) {
            *name = seen[i];
            return;
        }
        for (unsigned k = 0; k <= i; k++)
            if (equal(&seen[k], &seen[i + 1]))
                return;
    }
}

void chase_member(const struct answer_index *index, const struct answer_table *table,
                  struct answer_watch *watch, struct member *member, struct chased *room)
{
    const struct chase chase = { index, table, watch };

    if (!member_host(member->is, &room->end) ||
        answer_index_zone(index, room->end.wire, room->end.length) == NULL)
        return;
    find_end(&chase, &room->end);
    room->is = *member->is;
    room->is.host = "";
    room->is.address_count = 0;
    member->is = &room->is;
    member->chased = true;
    member->label = (const char *)room->end.wire + 1;
    member->label_length = room->end.wire[0];
    member->base = room->end.wire + 1 + member->label_length;
    member->base_length = (uint8_t)(room->end.length - 1 - member->label_length);
}

/* `count` RRs whose owner is a pointer; nothing else of them is looked at. */
static bool put(struct record_writer *out, const uint8_t *rr, uint32_t count)
{
    uint8_t *start = out->at;
    uint32_t before = out->count;

    for (; count > 0; count--) {
        size_t length = bytes_get16(rr + 10);
        uint8_t *rdata =
            record_begin(out, bytes_get16(rr + 2), bytes_get32(rr + 6), length);
        if (rdata == NULL) {
            out->at = start;
            out->count = before;
            out->full = false;
            return false;
        }
        memcpy(rdata, rr + ANSWER_RR_HEADER, length);
        rr += ANSWER_RR_HEADER + length;
    }
    return true;
}

static void put_type(const struct chase *chase, const struct dns_name *name,
                     answer_content content, uint16_t type, struct record_writer *out)
{
    const struct answer_set *set = answer_content_set(content);
    uint8_t message[ADDRESSES_ROOM];
    const uint8_t *rr;

    for (unsigned i = 0; set != NULL && i < set->count; i++)
        if (set->entry[i].type == type) {
            const struct answer_rrset *rrset = answer_set_rrset(set, &set->entry[i]);
            put(out, answer_rrset_wire(rrset), rrset->count);
            return;
        }
    if (set == NULL && (content == 0 || answer_content_instance(content) != NULL)) {
        uint16_t count = ask(chase, name, type, message, sizeof message, &rr);
        if (count > 0 && bytes_get16(rr + 2) == type)
            put(out, rr, count);
    }
}

uint32_t chase_addresses(const struct answer_index *index,
                         const struct answer_table *table, const struct member *member,
                         struct record_writer *out)
{
    const struct chase chase = { index, table, NULL };
    struct dns_name end;

    if (member->label_length == 0 || member_target(member, end.wire) == 0)
        return 0;
    end.length = (uint8_t)(1 + member->label_length + member->base_length);
    if (answer_index_zone(index, end.wire, end.length) == NULL)
        return 0;
    answer_content content = look_up(&chase, &end);
    put_type(&chase, &end, content, DNS_TYPE_A, out);
    uint32_t a = out->count;
    put_type(&chase, &end, content, DNS_TYPE_AAAA, out);
    return a;
}
