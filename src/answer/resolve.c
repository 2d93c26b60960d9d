#include "answer/resolve.h"

#include "answer/join.h"
#include "answer/layout.h"
#include "answer/question.h"
#include "base/bytes.h"
#include "dns/wire.h"

enum { ALIAS_STEPS = 8 }; /* docs/dns.md §2.11 */

static bool is_apex(const struct answer_zone *zone, const struct answer_name *name)
{
    return name->length == zone->apex.length;
}

/* The next turn of an owner name and type. `*turn` is moved on by finish_turn(), after a
 * complete answer: load and store, not one locked step. Two workers that answer at the
 * same instant may give the same turn, which is harmless and much cheaper. */
static uint32_t begin_turn(const struct question *question, uint64_t hash, uint16_t type,
                           _Atomic uint32_t **turn)
{
    *turn = answer_index_turn(question->index, hash, type);
    return atomic_load_explicit(*turn, memory_order_relaxed);
}

static void finish_turn(const struct question *question, _Atomic uint32_t *turn,
                        uint32_t now)
{
    if (question->reply->witness == NULL)
        atomic_store_explicit(turn, now + 1, memory_order_relaxed);
}

/* False: not all of it could be put. */
static bool put_entry(const struct question *question, const struct answer_set *set,
                      const struct answer_set_entry *entry, uint64_t hash)
{
    _Atomic uint32_t *turn;
    uint32_t now = begin_turn(question, hash, entry->type, &turn);

    if (!reply_rrset(question->reply, answer_set_rrset(set, entry),
                     now + (uint32_t)(hash >> 32), question_owner(question), true))
        return false;
    finish_turn(question, turn, now);
    return true;
}

/* Over UDP one RRset is enough, over TCP all are given (RFC 8482 §4.1, §4.4). */
static void put_any(const struct question *question, const struct answer_name *name,
                    const struct answer_set *set)
{
    const struct answer_zone *zone = answer_name_zone(question->index, name);
    struct reply *reply = question->reply;

    if (is_apex(zone, name)) {
        reply_soa(reply, zone, question->at, true);
        if (!reply->tcp)
            return;
    }
    for (unsigned i = 0; i < set->count; i++) {
        if (set->entry[i].type == DNS_TYPE_MARKER)
            continue;
        reply_rrset(reply, answer_set_rrset(set, &set->entry[i]), 0,
                    question_owner(question), false);
        if (!reply->tcp && reply->answers > 0)
            return;
    }
}

void question_alias(struct question *question, size_t target,
                    const struct answer_zone *zone)
{
    struct reply *reply = question->reply;

    if (reply->at - target == question->name_length &&
        dns_name_equal(reply->message + target, question->name_length, question->name,
                       question->name_length)) {
        reply->at = target - ANSWER_RR_HEADER;
        reply->answers--;
        question_negative(question, zone);
    } else if (question->type != DNS_TYPE_CNAME && question->type != DNS_TYPE_ANY) {
        question->alias_at = target;
    }
}

/* The parent zone answers for DS at the apex of a zone inside it (RFC 4035 §3.1.4.1). */
static const struct answer_zone *negative_zone(const struct answer_zone *zone, bool apex,
                                               uint16_t type)
{
    return type == DNS_TYPE_DS && apex && zone->parent != NULL ? zone->parent : zone;
}

/* The name is there and has no RRset of the very type that was asked. */
static void without_rrset(struct question *question, const struct answer_name *name,
                          const struct answer_set *set, uint64_t hash)
{
    const struct answer_zone *zone = answer_name_zone(question->index, name);
    struct reply *reply = question->reply;
    size_t target = reply->at + ANSWER_RR_HEADER;

    if (set->kind >= ANSWER_SET_CUT && question_referral(question, zone))
        return;
    if (set->kind == ANSWER_SET_ALIAS) {
        if (put_entry(question, set, &set->entry[0], hash))
            question_alias(question, target, zone);
        return;
    }
    if (question->type == DNS_TYPE_ANY)
        put_any(question, name, set);
    else if (question->type == DNS_TYPE_SOA && is_apex(zone, name))
        reply_soa(reply, zone, question->at, true);
    if (reply->at + ANSWER_RR_HEADER != target || reply->truncated)
        return;
    reply->note = answer_set_note(set);
    question_negative(question, negative_zone(zone, is_apex(zone, name), question->type));
}

/* Of what stands at a cut only DS is this zone's to say. */
static inline bool answers_itself(const struct answer_set *set, uint16_t type)
{
    return set->kind == ANSWER_SET_PLAIN ||
           (set->kind == ANSWER_SET_CUT && type == DNS_TYPE_DS);
}

static unsigned with_set(struct question *question, const struct answer_name *name,
                         const struct answer_set *set, uint64_t hash)
{
    for (unsigned i = 0; i < set->count; i++)
        if (set->entry[i].type == question->type && answers_itself(set, question->type)) {
            size_t start = question->reply->at;
            question->reply->note = answer_set_note(set);
            if (put_entry(question, set, &set->entry[i], hash) &&
                question->type == DNS_TYPE_PTR)
                question_browse_extra(question, answer_name_zone(question->index, name),
                                      start);
            return DNS_RCODE_NOERROR;
        }
    without_rrset(question, name, set, hash);
    return DNS_RCODE_NOERROR;
}

/* The least TTL among the parts, of which each has one of its own. */
static uint32_t least_ttl(const struct answer_join *join, uint32_t count, uint16_t type)
{
    uint32_t least = UINT32_MAX;

    for (uint32_t i = 0; i < count; i++) {
        const struct answer_set *set = answer_join_part(join, i);
        for (unsigned k = 0; set != NULL && k < set->count; k++) {
            const struct answer_rrset *rrset = answer_set_rrset(set, &set->entry[k]);
            if (rrset->type != type || rrset->count == 0)
                continue;
            uint32_t ttl = bytes_get32(answer_rrset_wire(rrset) + 6);
            least = ttl < least ? ttl : least;
        }
    }
    return least;
}

/* All records of an RRset have one TTL, the least of the whole set, whether all of it
 * fits or not (RFC 2181 §5.2). */
static void even_ttls(uint8_t *rr, const uint8_t *end, uint32_t ttl)
{
    for (; rr < end; rr += ANSWER_RR_HEADER + bytes_get16(rr + 10))
        bytes_put32(rr + 6, ttl);
}

/* The RRsets of one type that several services have at one name, one after the other; a
 * different service comes first each time. */

static unsigned with_join(struct question *question, const struct answer_name *name,
                          const struct answer_join *join, uint64_t hash)
{
    const struct answer_zone *zone = answer_name_zone(question->index, name);
    uint32_t count = atomic_load_explicit(&join->count, memory_order_acquire);
    bool any = question->type == DNS_TYPE_ANY, complete = true;
    struct reply *reply = question->reply;
    size_t start = reply->at;
    _Atomic uint32_t *turn;
    uint32_t now = begin_turn(question, hash, question->type, &turn);
    uint32_t first = zone->order == CONFIG_ORDER_FIXED ? 0 : now % count;

    for (uint32_t i = 0; i < count && complete; i++) {
        uint32_t at = first + i < count ? first + i : first + i - count;
        const struct answer_set *set = answer_join_part(join, at);
        for (unsigned k = 0; set != NULL && k < set->count && complete; k++)
            if (any ? set->entry[k].type != DNS_TYPE_MARKER
                    : set->entry[k].type == question->type)
                complete = reply_rrset(reply, answer_set_rrset(set, &set->entry[k]), now,
                                       question_owner(question), !any);
        if (any && !reply->tcp && reply->answers > 0)
            break;
    }
    if (reply->at == start && !reply->truncated)
        question_negative(question, zone);
    else if (question->type == DNS_TYPE_PTR) {
        even_ttls(reply->message + start, reply->message + reply->at,
                  least_ttl(join, count, question->type));
        if (complete)
            question_browse_extra(question, zone, start);
    }
    if (complete)
        finish_turn(question, turn, now);
    return DNS_RCODE_NOERROR;
}

static unsigned without_name(struct question *question)
{
    if (question->name[1] == '_' && question_port(question))
        return DNS_RCODE_NOERROR;
    const struct answer_zone *zone =
        answer_index_zone(question->index, question->name, question->name_length);
    if (zone == NULL)
        return DNS_RCODE_REFUSED;
    if (question_referral(question, zone))
        return DNS_RCODE_NOERROR;
    const struct layout *layout = layout_of(zone);
    if (layout->derive != NULL && layout->derive(question, zone))
        return DNS_RCODE_NOERROR;
    question_negative(question, zone);
    return DNS_RCODE_NXDOMAIN;
}

static inline unsigned answer_question(struct question *question)
{
    uint64_t hash =
        answer_index_hash(question->index, question->name, question->name_length);
    const struct answer_name *name =
        answer_table_find(question->table, question->name, question->name_length, hash);

    if (name == NULL)
        return without_name(question);
    answer_content content = answer_name_content(name);
    const struct answer_set *set = answer_content_set(content);
    if (set != NULL)
        return with_set(question, name, set, hash);
    const struct answer_join *join = answer_content_join(content);
    if (join != NULL)
        return with_join(question, name, join, hash);
    const struct instance *instance = answer_content_instance(content);
    if (instance != NULL)
        return question_instance(question, name, &instance->is);
    const struct answer_zone *zone = answer_name_zone(question->index, name);
    if (!question_referral(question, zone))
        question_negative(question, zone);
    return DNS_RCODE_NOERROR;
}

/* Where an alias led to. Targets are written whole, so no pointer stands in them. */
struct stop {
    uint8_t padded[DNS_NAME_PADDED];
    uint8_t length;
};

static void read_stop(const uint8_t *wire, struct stop *stop)
{
    size_t length = 0;

    while (wire[length] != 0)
        length += (size_t)wire[length] + 1;
    length++;
    dns_name_lower(wire, length, stop->padded);
    memset(stop->padded + length, 0, answer_padded(length) - length);
    stop->length = (uint8_t)length;
}

static bool seen_before(const struct stop *stops, unsigned count)
{
    const struct stop *last = &stops[count];

    for (unsigned i = 0; i < count; i++)
        if (stops[i].length == last->length &&
            memcmp(stops[i].padded, last->padded, last->length) == 0)
            return true;
    return false;
}

/* The end of an alias in our own zones is given at once, so that an asker who does not
 * follow aliases gets its addresses; outside of them it is the asker's business. The
 * rcode is that of the last name (RFC 6604 §2.1). */
static unsigned follow(struct question *question)
{
    struct stop stops[ALIAS_STEPS + 1];
    unsigned rcode = DNS_RCODE_NOERROR;

    memcpy(stops[0].padded, question->name, question->name_length);
    stops[0].length = question->name_length;
    for (unsigned i = 1; i <= ALIAS_STEPS && question->alias_at != 0; i++) {
        if (question->alias_at > DNS_POINTER_MAX - DNS_NAME_MAX)
            break;
        read_stop(question->reply->message + question->alias_at, &stops[i]);
        if (seen_before(stops, i))
            break;
        question->at = question->alias_at;
        question->end = question->at + stops[i].length;
        question->alias_at = 0;
        question->name = stops[i].padded;
        question->name_length = stops[i].length;
        struct witness *witness = question->reply->witness;
        if (witness != NULL)
            witness->on_name(witness, question->name, question->name_length);
        rcode = answer_question(question);
        if (rcode == DNS_RCODE_REFUSED)
            return DNS_RCODE_NOERROR;
    }
    return rcode;
}

unsigned answer_resolve(const struct answer_index *index, const struct dns_query *query,
                        struct reply *reply)
{
    struct question question = {
        .index = index,
        .table = atomic_load_explicit(&index->table, memory_order_acquire),
        .reply = reply,
        .name = query->name,
        .name_length = query->name_length,
        .type = query->type,
        .at = DNS_HEADER_SIZE,
        .end = DNS_HEADER_SIZE + (size_t)query->name_length,
    };

    if (question.table == NULL)
        return DNS_RCODE_SERVFAIL;
    unsigned rcode = answer_question(&question);
    return question.alias_at == 0 ? rcode : follow(&question);
}
