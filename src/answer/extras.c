/* Addresses that go along with a record that points at an instance. */
#include "answer/chase.h"
#include "answer/compilation.h"
#include "answer/records.h"
#include "answer/targets.h"

static uint32_t extra_ttl(const struct compilation *now, const struct member *member)
{
    return member->is->ttl != ROLLCALL_TTL_UNSET ? member->is->ttl
                                                 : now->unit->zone->instance_ttl;
}

/* Did one that has the same target tell the address before? Each has one. */
static bool is_told(const struct member *first, const struct member *at)
{
    for (const struct member *before = first; before < at; before++)
        if (member_compare_target(first, before) == 0 &&
            address_ip_equal(before->is->addresses, at->is->addresses))
            return true;
    return false;
}

/* Addresses of all that share the target of the first, with the least TTL among them. All
 * of them go along or none. */
static void put_shared(struct compilation *now, const struct member *first,
                       const struct member *end)
{
    static const struct record_kind *const kinds[] = { &record_a, &record_aaaa };
    struct record_writer out = block_extra_writer(&now->compiler->builder);
    uint32_t ttl = extra_ttl(now, first), count[2] = { 0 };

    if (out.at == NULL)
        return;
    for (const struct member *at = first + 1; at < end; at++)
        if (member_compare_target(first, at) == 0 && extra_ttl(now, at) < ttl)
            ttl = extra_ttl(now, at);
    for (unsigned kind = 0; kind < 2; kind++) {
        for (const struct member *at = first; at < end; at++)
            if (member_compare_target(first, at) == 0 && !is_told(first, at))
                kinds[kind]->write(&out, at, ttl);
        count[kind] = out.count;
    }
    if (!out.full)
        block_extra_take(&now->compiler->builder, &out, count[0]);
}

void extras_put(struct compilation *now, const struct member *member,
                const struct member *end)
{
    if (member->shared) {
        put_shared(now, member, end);
        return;
    }
    struct record_writer out = block_extra_writer(&now->compiler->builder);
    uint32_t ttl = extra_ttl(now, member);

    if (out.at == NULL)
        return;
    if (member->chased) {
        const struct answer_index *index = now->compiler->index;
        uint32_t a = chase_addresses(index, index->building, member, &out);
        block_extra_take(&now->compiler->builder, &out, a);
        return;
    }
    record_a.write(&out, member, ttl);
    uint32_t a = out.count;
    record_aaaa.write(&out, member, ttl);
    block_extra_take(&now->compiler->builder, &out, a);
}
