/* The set of one owner name: who is handed out, and the RRsets that say so. */
#include <stdlib.h>
#include <string.h>

#include "answer/compilation.h"
#include "answer/policies.h"
#include "answer/records.h"
#include "answer/targets.h"

enum { TYPES_MAX = RECORD_KINDS };

static struct member member_of(const struct compilation *now, const struct use *use)
{
    const struct entry *entry = use->entry;
    struct member member = {
        .is = &entry->instance->is,
        .label = entry->label,
        .label_length = (uint8_t)(entry->label == NULL ? 0 : strlen(entry->label)),
        .base = base_of(now, use)->wire,
        .base_length = base_of(now, use)->length,
        .has_port = use->has_port,
        .port = use->port,
    };

    return member;
}

/* Who of those that stand there is handed out. */
static bool choose(struct compilation *now, const struct owner *owner,
                   struct members_count *count)
{
    static const struct members_filter every = { 0 };
    struct candidate *candidates = compilation_item(
        now, &now->compiler->candidates, owner->registered, sizeof *candidates);
    size_t n = 0;

    if (candidates == NULL)
        return false;
    candidates -= owner->registered;
    for (uint32_t at = owner->first; at != OWNER_NONE; at = use_at(now, at)->next)
        candidates[n++] = (struct candidate){ .entry = use_at(now, at)->entry };
    *count = members_choose(&now->rules, &every, candidates, n, now->now);
    return true;
}

/* Those that are handed out, in the order of the policy. */
static struct member *members_in(struct compilation *now, const struct owner *owner,
                                 size_t *count)
{
    const struct candidate *candidate = (void *)now->compiler->candidates.data;
    struct member *members = NULL;

    *count = 0;
    for (uint32_t at = owner->first; at != OWNER_NONE; at = use_at(now, at)->next) {
        if (!member_is_in((candidate++)->reason))
            continue;
        struct member *member =
            compilation_item(now, &now->compiler->members, *count, sizeof *member);
        if (member == NULL)
            return NULL;
        *member = member_of(now, use_at(now, at));
        members = member - *count;
        ++*count;
    }
    if (*count > 0)
        policies[now->unit->zone->order]->compile(members, *count);
    return members;
}

static bool has_host(const struct member *member)
{
    return member->is->host[0] != '\0';
}

/* The least TTL of those that stand in the RRset (RFC 2181 §5.2). */
static uint32_t common_ttl(const struct compilation *now, const struct member *members,
                           size_t count)
{
    uint32_t ttl = UINT32_MAX;

    for (size_t i = 0; i < count; i++) {
        uint32_t own = members[i].is->ttl;
        if (own == ROLLCALL_TTL_UNSET)
            own = now->ttl;
        ttl = own < ttl ? own : ttl;
    }
    return ttl;
}

static int by_priority(const void *a, const void *b)
{
    const struct member *left = a, *right = b;

    if (left->is->priority != right->is->priority)
        return left->is->priority < right->is->priority ? -1 : 1;
    return strcmp(left->is->id, right->is->id);
}

static void sort_by_priority(struct member *members, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (members[i - 1].is->priority > members[i].is->priority) {
            qsort(members, count, sizeof *members, by_priority);
            return;
        }
}

/* The addresses of a target go along, with the TTL of the instance's own name. */
static void put_extra(struct compilation *now, const struct member *member)
{
    struct record_writer out = block_extra_writer(&now->compiler->builder);
    uint32_t ttl = member->is->ttl != ROLLCALL_TTL_UNSET ? member->is->ttl
                                                         : now->unit->zone->instance_ttl;

    if (out.at == NULL)
        return;
    record_a.write(&out, member, ttl);
    uint32_t a = out.count;
    record_aaaa.write(&out, member, ttl);
    block_extra_take(&now->compiler->builder, &out, a);
}

static uint32_t build_rrset(struct compilation *now, const struct record_kind *kind,
                            struct member *members, size_t count)
{
    struct block_builder *builder = &now->compiler->builder;
    uint32_t ttl = common_ttl(now, members, count);

    block_rrset_begin(builder, kind->type, kind->name_at, now->unit->zone->order);
    if ((kind->where & RECORD_NEEDS_PORT) != 0)
        sort_by_priority(members, count);
    for (size_t i = 0; i < count; i++) {
        struct record_writer out = block_rr_writer(builder, RECORD_ROOM);
        if (out.at == NULL)
            return 0;
        kind->write(&out, &members[i], ttl);
        uint32_t taken = block_rr_take(builder, &out);
        if (taken > 0 && kind->name_at > 0 && !has_host(&members[i]) && !members[i].again)
            put_extra(now, &members[i]);
    }
    return block_rrset_finish(builder);
}

/* What the configuration says of the service itself. */
static uint32_t build_own(struct compilation *now, const struct record_kind *kind)
{
    const struct config_service *said = now->unit->said;
    struct rollcall_instance nobody = { .ttl = now->ttl };
    struct member member = { .is = &nobody };

    if (said == NULL)
        return 0;
    member.pairs = said->meta;
    member.pair_count = (uint16_t)said->meta_count;
    return build_rrset(now, kind, &member, 1);
}

static bool all_hosts(const struct owner *owner)
{
    return (owner->where & RECORD_AT_MEMBERS) != 0 && owner->registered > 0 &&
           owner->hosts == owner->registered;
}

/* The RRset of one kind; 0: it has none here. */
static uint32_t build_kind(struct compilation *now, const struct owner *owner,
                           const struct record_kind *kind, uint8_t where,
                           struct member *members, size_t count)
{
    if ((kind->where & where & RECORD_AT_SERVICE) != 0)
        return build_own(now, kind);
    if ((kind->where & where) == 0 || count == 0)
        return 0;
    members = targets_of(now, owner, kind, members, &count);
    return members == NULL || count == 0 ? 0 : build_rrset(now, kind, members, count);
}

void rrsets_build(struct compilation *now, struct owner *owner)
{
    struct answer_set_entry entries[TYPES_MAX];
    struct members_count chosen;
    struct member virtual_member, *members;
    size_t count = 0, member_count = 1;

    if (targets_virtual(now, owner, &virtual_member)) {
        members = &virtual_member;
    } else {
        if (!choose(now, owner, &chosen))
            return;
        if (chosen.in == 0 && now->rules.no_healthy == CONFIG_NO_HEALTHY_NXDOMAIN)
            return;
        members = members_in(now, owner, &member_count);
    }
    uint8_t where = all_hosts(owner) ? RECORD_AT_ALIAS : owner->where;
    for (size_t i = 0; i < RECORD_KINDS; i++) {
        uint32_t at =
            build_kind(now, owner, record_kinds[i], where, members, member_count);
        if (at != 0)
            entries[count++] = (struct answer_set_entry){ record_kinds[i]->type, 0, at };
    }
    owner->set = block_set(&now->compiler->builder, entries, count,
                           where == RECORD_AT_ALIAS && count > 0);
}
