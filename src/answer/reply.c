#include "answer/reply.h"

#include <string.h>

#include "answer/chooser.h"
#include "answer/policies.h"
#include "answer/zone.h"
#include "base/bytes.h"
#include "dns/wire.h"

/* Copy `length` octets so that what stood at `split` comes first. */
static void copy_turned(uint8_t *out, const uint8_t *from, size_t length, size_t split)
{
    memcpy(out, from + split, length - split);
    memcpy(out + length - split, from, split);
}

/* Additional RRs stand behind the answer in the same order; only the name that each one
 * belongs to has moved. */
static void point_extra(uint8_t *extra, const struct answer_rrset *rrset, size_t rr_at,
                        uint32_t first)
{
    const struct answer_place *places = answer_rrset_places(rrset);
    uint32_t at = first;

    for (uint32_t i = 0; i < rrset->count; i++) {
        const struct answer_place *place = &places[at];
        uint16_t owner = (uint16_t)(0xc000 | (rr_at + rrset->name_at));
        for (unsigned n = place->a; n > 0; n--, extra += ANSWER_A_SIZE)
            bytes_put16(extra, owner);
        for (unsigned n = place->aaaa; n > 0; n--, extra += ANSWER_AAAA_SIZE)
            bytes_put16(extra, owner);
        rr_at += place[1].rr - place->rr;
        if (++at == rrset->count)
            at = 0;
    }
}

/* All of it fits and nothing has to be chosen: copy at most four pieces. */
static void put_whole(struct reply *reply, const struct answer_rrset *rrset,
                      uint32_t first)
{
    const struct answer_place *places = answer_rrset_places(rrset);
    const uint8_t *wire = answer_rrset_wire(rrset);
    uint8_t *out = reply->message + reply->at;
    size_t split = rrset->stride != 0 ? (size_t)first * rrset->stride : places[first].rr;

    copy_turned(out, wire, rrset->length, split);
    if (rrset->extra_length > 0) {
        out += rrset->length;
        copy_turned(out, wire + rrset->length, rrset->extra_length, places[first].extra);
        point_extra(out, rrset, reply->at, first);
        reply->additional = (uint16_t)(reply->additional + rrset->extra_count);
    }
    reply->at += rrset->length + rrset->extra_length;
    reply->answers = (uint16_t)(reply->answers + rrset->count);
}

/* A walk over the RRs in the order in which this answer has them. */
struct walk {
    const struct answer_rrset *rrset;
    const uint32_t *order; /* NULL: in a circle inside each group */
    uint32_t turn;
    uint32_t group;       /* the group we are in */
    uint32_t group_start; /* its first RR */
    uint32_t group_count; /* its RRs */
    uint32_t first;       /* the one of them that is chosen */
    uint32_t step;        /* how many of them are done */
};

static uint32_t choose_first(const struct answer_rrset *rrset, uint32_t turn,
                             uint32_t count)
{
    const struct policy *policy = policies[rrset->policy];

    return policy->choose != NULL ? policy->choose(turn, count) : turn % count;
}

static void enter_group(struct walk *walk)
{
    const struct answer_rrset *rrset = walk->rrset;
    const uint32_t *ends = answer_rrset_groups(rrset);

    walk->group_start = walk->group == 0 ? 0 : ends[walk->group - 1];
    walk->group_count =
        (rrset->group_count > 1 ? ends[walk->group] : rrset->count) - walk->group_start;
    walk->first = choose_first(rrset, walk->turn, walk->group_count);
    walk->step = 0;
}

static struct walk walk_start(const struct answer_rrset *rrset, const uint32_t *order,
                              uint32_t turn)
{
    struct walk walk = { .rrset = rrset, .order = order, .turn = turn };

    if (order == NULL)
        enter_group(&walk);
    return walk;
}

static uint32_t walk_next(struct walk *walk)
{
    if (walk->order != NULL)
        return *walk->order++;
    if (walk->step == walk->group_count) {
        walk->group++;
        enter_group(walk);
    }
    uint32_t index = walk->first + walk->step++;
    if (index >= walk->group_count)
        index -= walk->group_count;
    return walk->group_start + index;
}

static size_t rr_offset(const struct answer_rrset *rrset, uint32_t index)
{
    return rrset->stride != 0 ? (size_t)index * rrset->stride
                              : answer_rrset_places(rrset)[index].rr;
}

/* How many RRs a complete answer has. */
static uint32_t wanted(const struct answer_rrset *rrset)
{
    if (rrset->one)
        return 1;
    return rrset->limit > 0 ? rrset->limit : rrset->count;
}

/* An order by chance, as far as the reply can hold it. NULL: by turns. */
static const uint32_t *order_of(const struct reply *reply,
                                const struct answer_rrset *rrset)
{
    size_t least = rrset->stride > 0 ? rrset->stride : ANSWER_RR_HEADER;
    size_t room = reply->at < reply->limit ? reply->limit - reply->at : 0;
    uint32_t want = wanted(rrset);

    if (reply->chooser == NULL || policies[rrset->policy]->permute == NULL)
        return NULL;
    if (want > room / least + 1)
        want = (uint32_t)(room / least + 1);
    chooser_permute(reply->chooser, rrset, want);
    return reply->chooser->order;
}

/* Returns how many RRs were put. */
static uint32_t put_some(struct reply *reply, const struct answer_rrset *rrset,
                         struct walk walk, uint16_t owner)
{
    const uint8_t *wire = answer_rrset_wire(rrset);
    uint32_t want = wanted(rrset);
    uint32_t done;
    size_t limit = reply->limit;

    if (reply->tcp && limit > REPLY_TCP_MAX)
        limit = REPLY_TCP_MAX;
    for (done = 0; done < want && reply->answers < UINT16_MAX; done++) {
        uint32_t index = walk_next(&walk);
        size_t offset = rr_offset(rrset, index);
        size_t length = rr_offset(rrset, index + 1) - offset;
        if (reply->at + length > limit)
            break;
        memcpy(reply->message + reply->at, wire + offset, length);
        bytes_put16(reply->message + reply->at, owner);
        reply->at += length;
        reply->answers++;
    }
    return done;
}

/* Copy the RRs of one RRset and give them their owner, which is written in full where a
 * pointer cannot reach it (RFC 1035 §4.1.4). */
static bool put_extra(struct reply *reply, const uint8_t *rrs, unsigned count,
                      size_t size, size_t name_at)
{
    const uint8_t *name = reply->message + name_at;
    size_t name_length = 2;
    uint8_t pointer[2];

    if (count == 0)
        return true;
    if (name_at > DNS_POINTER_MAX) {
        for (name_length = 1; name[name_length - 1] != 0;)
            name_length += name[name_length - 1] + (size_t)1;
    } else {
        bytes_put16(pointer, (uint16_t)(0xc000 | name_at));
        name = pointer;
    }
    if (reply->at + count * (size - 2 + name_length) > reply->limit ||
        reply->additional + count > UINT16_MAX)
        return false;
    for (; count > 0; count--, rrs += size) {
        uint8_t *out = reply->message + reply->at;
        memcpy(out, name, name_length);
        memcpy(out + name_length, rrs + 2, size - 2);
        reply->at += name_length + size - 2;
        reply->additional++;
    }
    return true;
}

bool reply_extra(struct reply *reply, const uint8_t *rrs, uint16_t a, uint16_t aaaa,
                 size_t name_at)
{
    return put_extra(reply, rrs, a, ANSWER_A_SIZE, name_at) &&
           put_extra(reply, rrs + (size_t)a * ANSWER_A_SIZE, aaaa, ANSWER_AAAA_SIZE,
                     name_at);
}

/* The addresses of the `count` RRs that begin at offset `rr_at`, in the same order. */
static void put_extras(struct reply *reply, const struct answer_rrset *rrset,
                       struct walk walk, size_t rr_at, uint32_t count)
{
    const struct answer_place *places = answer_rrset_places(rrset);
    const uint8_t *extra = answer_rrset_wire(rrset) + rrset->length;

    while (count-- > 0) {
        const struct answer_place *place = &places[walk_next(&walk)];
        if (!reply_extra(reply, extra + place->extra, place->a, place->aaaa,
                         rr_at + rrset->name_at))
            return;
        rr_at += place[1].rr - place->rr;
    }
}

static bool put_carefully(struct reply *reply, const struct answer_rrset *rrset,
                          uint32_t turn, uint16_t owner, bool with_extra)
{
    size_t rr_at = reply->at;
    struct walk walk = walk_start(rrset, order_of(reply, rrset), turn);
    uint32_t done = put_some(reply, rrset, walk, owner);

    if (done < wanted(rrset) && !reply->tcp) {
        reply->truncated = true;
        return false;
    }
    if (with_extra && rrset->extra_length > 0)
        put_extras(reply, rrset, walk, rr_at, done);
    return true;
}

bool reply_rrset(struct reply *reply, const struct answer_rrset *rrset, uint32_t turn,
                 uint16_t owner, bool with_extra)
{
    size_t end = reply->at + rrset->length + rrset->extra_length;

    if (rrset->plain && with_extra && owner == REPLY_OWNER_QUESTION &&
        end <= reply->limit && end <= DNS_POINTER_MAX) {
        put_whole(reply, rrset, policies[rrset->policy]->choose(turn, rrset->count));
        return true;
    }
    if (rrset->count == 0)
        return true;
    return put_carefully(reply, rrset, turn, owner, with_extra);
}

void reply_soa(struct reply *reply, const struct answer_zone *zone, size_t apex_at,
               bool positive)
{
    if (reply->at + zone->soa.length > reply->limit) {
        reply->truncated = !reply->tcp;
        return;
    }
    reply->at +=
        answer_zone_soa_write(zone, reply->message + reply->at, apex_at, !positive);
    if (positive)
        reply->answers++;
    else
        reply->authority++;
}
