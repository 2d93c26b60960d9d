#include "answer/walk.h"

#include <stdlib.h>
#include <string.h>

#include "answer/explained.h"
#include "answer/join.h"
#include "answer/reply.h"
#include "answer/resolve.h"
#include "base/bytes.h"
#include "dns/query.h"
#include "dns/wire.h"

enum { POINTER = 2, QUESTION_TAIL = 4 };

/* What is asked of names that are not compiled. */
static const uint16_t asked_types[] = { DNS_TYPE_CNAME, DNS_TYPE_A,    DNS_TYPE_AAAA,
                                        DNS_TYPE_SRV,   DNS_TYPE_TXT,  DNS_TYPE_PTR,
                                        DNS_TYPE_SVCB,  DNS_TYPE_HTTPS };

enum { ASKED_TYPES = sizeof asked_types / sizeof asked_types[0] };

enum rollcall_status walk_init(struct walk *walk, const struct answer_index *index)
{
    memset(walk, 0, sizeof *walk);
    walk->index = index;
    walk->message = malloc(DNS_MESSAGE_MAX);
    return walk->message == NULL ? ROLLCALL_E_NOMEM : ROLLCALL_OK;
}

void walk_deinit(struct walk *walk)
{
    free(walk->message);
    free(walk->records.data);
    free(walk->sorted.data);
    free(walk->places.data);
    memset(walk, 0, sizeof *walk);
}

size_t walk_record_length(const uint8_t *at)
{
    return RECORD_HEADER + (size_t)bytes_get16(at + RECORD_HEADER - 2);
}

int walk_record_compare(const uint8_t *a, const uint8_t *b)
{
    size_t a_length = walk_record_length(a), b_length = walk_record_length(b);
    int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

    return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

static bool add(struct walk *walk, const uint8_t *record, size_t length)
{
    struct growing *records = &walk->records;

    if (!growing_hold(records, records->length + length))
        return false;
    memcpy(records->data + records->length, record, length);
    records->length += length;
    return true;
}

/* Of several aliases an answer has one; a zone can hold one only. */
static bool add_rrset(struct walk *walk, const struct answer_rrset *rrset)
{
    const uint8_t *rr = answer_rrset_wire(rrset);
    uint32_t count = rrset->one && rrset->count > 0 ? 1 : rrset->count;

    for (; count > 0; count--) {
        size_t length = walk_record_length(rr + POINTER);
        if (!add(walk, rr + POINTER, length))
            return false;
        rr += POINTER + length;
    }
    return true;
}

static bool add_set(struct walk *walk, const struct answer_set *set)
{
    for (unsigned i = 0; i < set->count; i++)
        if (!add_rrset(walk, answer_set_rrset(set, &set->entry[i])))
            return false;
    return true;
}

/* As an answer has them (RFC 2181 §5.2): the least TTL of all PTR records. */
static void even_ttls(struct growing *records)
{
    uint32_t least = UINT32_MAX;

    for (int pass = 0; pass < 2; pass++)
        for (size_t at = 0; at < records->length;
             at += walk_record_length(records->data + at)) {
            uint8_t *record = records->data + at;
            uint32_t ttl = bytes_get32(record + 4);
            if (bytes_get16(record) != DNS_TYPE_PTR)
                continue;
            least = ttl < least ? ttl : least;
            if (pass == 1)
                bytes_put32(record + 4, least);
        }
}

static bool add_join(struct walk *walk, const struct answer_join *join)
{
    uint32_t count = atomic_load_explicit(&join->count, memory_order_relaxed);

    for (uint32_t i = 0; i < count; i++) {
        const struct answer_set *part = answer_join_part(join, i);
        if (part != NULL && !add_set(walk, part))
            return false;
    }
    even_ttls(&walk->records);
    return true;
}

/* The answers of the reply that have the question's own name and the type asked for. */
static bool add_answers(struct walk *walk, const struct reply *reply, size_t at,
                        uint16_t type)
{
    for (unsigned i = 0; i < reply->answers; i++) {
        const uint8_t *rr = walk->message + at;
        bool own = bytes_get16(rr) == REPLY_OWNER_QUESTION;
        while (*rr != 0 && *rr < 0xc0)
            rr += (size_t)*rr + 1;
        rr += *rr == 0 ? 1 : POINTER;
        size_t length = walk_record_length(rr);
        if (own && bytes_get16(rr) == type && !add(walk, rr, length))
            return false;
        at = (size_t)(rr - walk->message) + length;
    }
    return true;
}

static void ask(struct dns_query *query, const uint8_t *name, size_t length)
{
    memset(query, 0, sizeof *query);
    memcpy(query->name, name, length);
    query->name_length = (uint8_t)length;
    query->class_ = DNS_CLASS_IN;
    query->question_end = (uint16_t)(DNS_HEADER_SIZE + length + QUESTION_TAIL);
}

/* False in *exists: there is no such name. */
static bool add_resolved(struct walk *walk, const uint8_t *name, size_t length,
                         bool *exists)
{
    struct dns_query query;

    *exists = false;
    ask(&query, name, length);
    memcpy(walk->message + DNS_HEADER_SIZE, name, length);
    for (size_t i = 0; i < ASKED_TYPES; i++) {
        struct reply reply = { .message = walk->message,
                               .at = query.question_end,
                               .limit = DNS_MESSAGE_MAX,
                               .tcp = true };
        size_t before = walk->records.length;
        query.type = asked_types[i];
        unsigned rcode = answer_resolve(walk->index, &query, &reply);
        if (rcode == DNS_RCODE_NXDOMAIN && reply.answers == 0)
            return true;
        *exists = true;
        if (!add_answers(walk, &reply, query.question_end, query.type))
            return false;
        /* An alias is alone. */
        if (query.type == DNS_TYPE_CNAME && walk->records.length > before)
            return true;
    }
    return true;
}

static int by_record(const void *a, const void *b, void *base)
{
    uint32_t left, right;

    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    return walk_record_compare((const uint8_t *)base + left,
                               (const uint8_t *)base + right);
}

static bool is_sorted(const struct walk *walk)
{
    const uint8_t *at = walk->records.data; /* there are some */
    const uint8_t *end = at + walk->records.length;

    while (at < end) {
        const uint8_t *next = at + walk_record_length(at);
        if (next < end && walk_record_compare(at, next) >= 0)
            return false;
        at = next;
    }
    return true;
}

static bool list_places(struct walk *walk, uint32_t *count)
{
    *count = 0;
    for (size_t at = 0; at < walk->records.length; ++*count) {
        uint32_t place = (uint32_t)at;
        if (!growing_hold(&walk->places, (*count + 1) * sizeof place))
            return false;
        memcpy(walk->places.data + *count * sizeof place, &place, sizeof place);
        at += walk_record_length(walk->records.data + at);
    }
    return true;
}

static bool sort(struct walk *walk)
{
    const uint8_t *from = walk->records.data, *last = NULL;
    uint32_t count;

    if (walk->records.length == 0 || is_sorted(walk))
        return true;
    if (!list_places(walk, &count) || !growing_hold(&walk->sorted, walk->records.length))
        return false;
    qsort_r(walk->places.data, count, sizeof(uint32_t), by_record, walk->records.data);
    walk->sorted.length = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t place;
        memcpy(&place, walk->places.data + i * sizeof place, sizeof place);
        const uint8_t *record = from + place;
        size_t length = walk_record_length(record);
        if (last != NULL && walk_record_compare(last, record) == 0)
            continue;
        last = record;
        memcpy(walk->sorted.data + walk->sorted.length, record, length);
        walk->sorted.length += length;
    }
    struct growing swap = walk->records;
    walk->records = walk->sorted;
    walk->sorted = swap;
    return true;
}

static bool add_marker(struct walk *walk, const struct answer_zone *zone)
{
    uint8_t marker[RECORD_HEADER];

    bytes_put16(marker, DNS_TYPE_MARKER);
    bytes_put16(marker + 2, DNS_CLASS_IN);
    bytes_put32(marker + 4, zone->soa.negative_ttl);
    bytes_put16(marker + 8, 0);
    return add(walk, marker, sizeof marker);
}

bool walk_name(struct walk *walk, const struct answer_zone *zone, const uint8_t *name,
               size_t length)
{
    struct dns_name key = { .length = (uint8_t)length };
    bool exists = true, alone = true, good = true;

    memcpy(key.wire, name, length);
    walk->records.length = 0;
    const struct answer_name *found = answer_index_find(walk->index, &key);
    answer_content content = found == NULL ? 0 : answer_name_content(found);
    const struct answer_set *set = answer_content_set(content);
    const struct answer_join *join = answer_content_join(content);
    if ((found == NULL || !found->from_file) && explained_holds(zone, name, length))
        return true;
    if (found != NULL)
        alone = found->below == 0 && length > zone->apex.length;
    if (set != NULL)
        good = add_set(walk, set);
    else if (join != NULL)
        good = add_join(walk, join);
    else if (found == NULL || content != 0)
        good = add_resolved(walk, name, length, &exists);
    /* Nothing may mean that it is said not to exist (docs/dns.md §2.9). */
    if (good && content != 0 && walk->records.length == 0)
        good = add_resolved(walk, name, length, &exists);
    if (good && exists && alone && walk->records.length == 0)
        good = add_marker(walk, zone);
    return good && sort(walk);
}
