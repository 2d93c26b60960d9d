/* The set of one owner name: who is handed out, and the RRsets that say so. */
#include <stdlib.h>
#include <string.h>

#include "answer/compilation.h"
#include "answer/explained.h"
#include "answer/hosts.h"
#include "answer/layout.h"
#include "answer/past.h"
#include "answer/policies.h"
#include "answer/records.h"
#include "answer/targets.h"
#include "base/bytes.h"
#include "dns/wire.h"

enum { TYPES_MAX = RECORD_KINDS + 1, WHOLE = 1000 };

/* One owner name, while its set is made. */
struct making {
    struct compilation *now;
    const struct owner *owner;
    struct member *members;
    size_t count;
    struct members_count chosen;
    uint16_t where;
};

/* A name of one instance answers whatever its health, but where a service that is not
 * well does not exist (docs/dns.md §1.5, §2.9). */
static const struct members_rules *rules_of(const struct making *making)
{
    static const struct members_rules always = { .no_healthy = CONFIG_NO_HEALTHY_ALL };
    const struct members_rules *rules = &making->now->settings.members;

    return (making->owner->where & RECORD_AT_BROWSED) != 0 &&
                   (rules->no_healthy != CONFIG_NO_HEALTHY_NXDOMAIN ||
                    members_any_well(rules, making->now->service))
               ? &always
               : rules;
}

/* Who of those that stand there is handed out. */
static bool choose(struct making *making)
{
    static const struct members_filter every = { 0 };
    struct compilation *now = making->now;
    const struct owner *owner = making->owner;
    struct candidate *candidates = compilation_item(
        now, &now->compiler->candidates, owner->registered, sizeof *candidates);
    size_t n = 0;

    if (candidates == NULL)
        return false;
    candidates -= owner->registered;
    for (uint32_t at = owner->first; at != OWNER_NONE; at = use_at(now, at)->next) {
        const struct entry *entry = use_at(now, at)->entry;
        candidates[n++] =
            (struct candidate){ .entry = entry,
                                .ceased = past_ceased(now->unit->past, entry->id) };
    }
    making->chosen = members_choose(rules_of(making), &every, candidates, n, now->now);
    if (making->chosen.due < now->due)
        now->due = making->chosen.due;
    return true;
}

static uint16_t weight_of(const struct compilation *now, const struct entry *entry)
{
    uint32_t weight = entry->instance->is.weight;

    if (entry_effective(entry) == ROLLCALL_WARNING &&
        now->settings.warning_weight != WHOLE)
        weight = weight * now->settings.warning_weight / WHOLE;
    return (uint16_t)weight;
}

/* Can others be sent to this instance: by its own name, or has it a host name? */
static bool has_target(const struct compilation *now, const struct entry *entry)
{
    const struct rollcall_instance *is = &entry->instance->is;
    const struct answer_zone *zone = now->unit->zone;
    struct dns_name own;

    if (is->host[0] != '\0' || layout_of(zone)->target != NULL)
        return true;
    return entry->label != NULL &&
           names_instance(&now->base, names_datacenter(zone, is), entry->label, &own);
}

static struct member member_of(const struct compilation *now, const struct use *use)
{
    const struct entry *entry = use->entry;
    const struct config_service *said = now->unit->said;
    struct member member = {
        .is = &entry->instance->is,
        .label = entry->label,
        .label_length = (uint8_t)(entry->label == NULL ? 0 : strlen(entry->label)),
        .base = base_of(now, use)->wire,
        .base_length = base_of(now, use)->length,
        .common = said == NULL ? NULL : said->meta,
        .common_count = (uint16_t)(said == NULL ? 0 : said->meta_count),
        .weight = weight_of(now, entry),
        .has_port = use->has_port && has_target(now, entry),
        .port = use->port,
    };

    if (now->settings.flatten && entry->instance->is.host[0] != '\0')
        member.host = hosts_find(now->compiler->hosts, entry->instance->is.host);
    return member;
}

/* Those that are handed out, in the order of the policy. False: no memory. */
static bool take_members(struct making *making)
{
    struct compilation *now = making->now;
    const struct candidate *candidate = (void *)now->compiler->candidates.data;

    for (uint32_t at = making->owner->first; at != OWNER_NONE;
         at = use_at(now, at)->next) {
        if (!member_is_in((candidate++)->reason))
            continue;
        struct member *member =
            compilation_item(now, &now->compiler->members, making->count, sizeof *member);
        if (member == NULL)
            return false;
        *member = member_of(now, use_at(now, at));
        making->members = member - making->count++;
    }
    if (making->count > 0)
        policies[now->settings.order]->compile(making->members, making->count);
    return true;
}

static bool has_host(const struct member *member)
{
    return member->is->host[0] != '\0';
}

static uint32_t halved(const struct making *making, uint32_t ttl)
{
    const struct members_count *chosen = &making->chosen;

    return making->now->settings.ttl_halve && chosen->healthy < chosen->total ? ttl / 2
                                                                              : ttl;
}

static uint32_t ttl_of(const struct making *making, const struct member *member)
{
    const struct compilation *now = making->now;
    uint32_t ttl = member->is->ttl;

    if (ttl == ROLLCALL_TTL_UNSET)
        ttl = (making->where & RECORD_AT_BROWSED) != 0 ? now->unit->zone->instance_ttl
                                                       : now->settings.ttl;
    return member->host != NULL && member->host->ttl < ttl ? member->host->ttl : ttl;
}

/* Does this member give any record of this kind? */
static bool gives(struct compilation *now, const struct record_kind *kind,
                  const struct member *member)
{
    struct record_writer out = block_rr_writer(&now->compiler->builder, RECORD_ROOM);

    if (out.at != NULL)
        kind->write(&out, member, 0);
    return out.count > 0;
}

/* The least TTL of those that stand in the RRset (RFC 2181 §5.2). Mostly all have one. */
static uint32_t common_ttl(const struct making *making, const struct record_kind *kind,
                           const struct member *members, size_t count)
{
    uint32_t ttl = ttl_of(making, &members[0]), least = UINT32_MAX;
    size_t i = 1;

    while (i < count && ttl_of(making, &members[i]) == ttl)
        i++;
    if (i == count)
        return ttl;
    for (i = 0; i < count; i++) {
        uint32_t own = ttl_of(making, &members[i]);
        if (own < least && gives(making->now, kind, &members[i]))
            least = own;
    }
    return least;
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

static void put_member(struct compilation *now, const struct record_kind *kind,
                       const struct member *member, const struct member *end,
                       uint32_t ttl)
{
    struct block_builder *builder = &now->compiler->builder;
    struct record_writer out = block_rr_writer(builder, RECORD_ROOM);

    if (out.at == NULL)
        return;
    kind->write(&out, member, ttl);
    if (block_rr_take(builder, &out, member->weight) > 0 && kind->name_at > 0 &&
        !has_host(member) && !member->again)
        extras_put(now, member, end);
}

static uint32_t build_rrset(const struct making *making, const struct record_kind *kind,
                            struct member *members, size_t count)
{
    struct compilation *now = making->now;
    const struct answer_settings *settings = &now->settings;
    struct block_builder *builder = &now->compiler->builder;
    uint32_t ttl = halved(making, common_ttl(making, kind, members, count));

    block_rrset_begin(builder, kind->type, kind->name_at, settings->order,
                      answer_settings_limit(settings, kind->type));
    if ((kind->where & RECORD_NEEDS_PORT) != 0)
        sort_by_priority(members, count);
    for (size_t i = 0; i < count; i++)
        put_member(now, kind, &members[i], members + count, ttl);
    return block_rrset_finish(builder);
}

/* What the configuration says of the service itself. */
static uint32_t build_own(const struct making *making, const struct record_kind *kind)
{
    const struct config_service *said = making->now->unit->said;
    struct rollcall_instance nobody = { .ttl = ROLLCALL_TTL_UNSET };
    struct member member = { .is = &nobody, .weight = 1 };

    if (said == NULL)
        return 0;
    member.pairs = member.common = said->meta;
    member.pair_count = member.common_count = (uint16_t)said->meta_count;
    return build_rrset(making, kind, &member, 1);
}

/* One RR that is no member's. */
static uint32_t build_single(const struct making *making, uint16_t type,
                             void (*write)(struct record_writer *out, uint32_t ttl),
                             uint32_t ttl)
{
    struct block_builder *builder = &making->now->compiler->builder;

    block_rrset_begin(builder, type, 0, CONFIG_ORDER_FIXED, 0);
    struct record_writer out = block_rr_writer(builder, RECORD_ROOM);
    if (out.at == NULL)
        return 0;
    write(&out, ttl);
    block_rr_take(builder, &out, 1);
    return block_rrset_finish(builder);
}

static bool all_hosts(const struct owner *owner)
{
    return (owner->where & RECORD_AT_MEMBERS) != 0 && owner->registered > 0 &&
           owner->hosts == owner->registered;
}

/* Who gives records of the kind: members, or views of them. NULL: nobody does. */
static struct member *givers(const struct making *making, const struct record_kind *kind,
                             size_t *count)
{
    unsigned own = RECORD_AT_SERVICE | RECORD_AT_CONFIG;
    unsigned where = kind->where & making->where;

    *count = making->count;
    return where == 0 || (where & own) != 0 || making->count == 0
               ? NULL
               : targets_of(making->now, making->owner, kind, making->members, count);
}

static uint32_t build_kind(const struct making *making, const struct record_kind *kind)
{
    const struct answer_settings *settings = &making->now->settings;
    uint16_t where = kind->where & making->where;
    size_t count;

    if ((where & (RECORD_AT_SERVICE | RECORD_AT_CONFIG)) != 0)
        return build_own(making, kind);
    if (where != 0 && making->count > 0) {
        struct member *members = givers(making, kind, &count);
        return members == NULL || count == 0 ? 0
                                             : build_rrset(making, kind, members, count);
    }
    if (where != 0 && kind->type == DNS_TYPE_SRV && settings->srv_root)
        return build_single(making, DNS_TYPE_SRV, record_srv_root,
                            halved(making, settings->ttl));
    return 0;
}

/* Is the name not to exist while nobody is healthy? */
static bool is_absent(const struct making *making)
{
    return making->count == 0 && (making->where & RECORD_AT_CONFIG) == 0 &&
           making->now->settings.members.no_healthy == CONFIG_NO_HEALTHY_NXDOMAIN;
}

static void build_set(struct making *making, struct owner *owner)
{
    struct answer_set_entry entries[TYPES_MAX];
    size_t count = 0;

    for (size_t i = 0; i < RECORD_KINDS; i++) {
        uint32_t at = build_kind(making, record_kinds[i]);
        if (at != 0)
            entries[count++] = (struct answer_set_entry){ record_kinds[i]->type, 0, at };
    }
    bool alias = making->where == RECORD_AT_ALIAS && count > 0;
    if (count == 0) {
        uint32_t at = build_single(making, DNS_TYPE_MARKER, record_marker,
                                   making->now->unit->zone->soa.negative_ttl);
        if (at != 0)
            entries[count++] = (struct answer_set_entry){ DNS_TYPE_MARKER, 0, at };
    }
    uint32_t note =
        note_build(making->now, &making->chosen, making->where, making->count);
    owner->set = block_set(&making->now->compiler->builder, entries, count,
                           alias ? ANSWER_SET_ALIAS : ANSWER_SET_PLAIN, note);
}

/* Choose who is handed out; `together` is room for those who stand for all. False: no
 * memory, or the name is not to exist. */
static bool begin(struct making *making, struct compilation *now,
                  const struct owner *owner, struct member *together)
{
    *making =
        (struct making){ .now = now,
                         .owner = owner,
                         .where = all_hosts(owner) ? RECORD_AT_ALIAS : owner->where };
    if (targets_virtual(now, owner, together)) {
        making->members = together;
        making->count = 1;
        return true;
    }
    return choose(making) && take_members(making) && !is_absent(making);
}

void rrsets_build(struct compilation *now, struct owner *owner)
{
    struct making making = { .now = now, .owner = owner };
    struct member together;

    if ((owner->where & RECORD_AT_EXPLAIN) != 0) {
        if (choose(&making))
            owner->set =
                explained_set(&now->compiler->builder,
                              (void *)now->compiler->candidates.data, owner->registered);
        return;
    }
    if (begin(&making, now, owner, &together))
        build_set(&making, owner);
}

/* The RRs of one kind, each with who gives it. */
static void tell_kind(const struct making *making, const struct record_kind *kind,
                      const struct compile_listener *listener)
{
    size_t count;
    struct member *members = givers(making, kind, &count);

    for (size_t i = 0; members != NULL && i < count; i++) {
        struct record_writer out =
            block_rr_writer(&making->now->compiler->builder, RECORD_ROOM);
        if (out.at == NULL)
            return;
        uint8_t *rr = out.at;
        kind->write(&out, &members[i], 0);
        while (rr < out.at) {
            size_t length = ANSWER_RR_HEADER + (size_t)bytes_get16(rr + 10);
            listener->on_record(listener->owner, members[i].is->id, rr, length);
            rr += length;
        }
    }
}

static void tell_candidates(const struct making *making,
                            const struct compile_listener *listener)
{
    const struct candidate *candidate = (void *)making->now->compiler->candidates.data;

    for (uint32_t at = making->owner->first; at != OWNER_NONE;
         at = use_at(making->now, at)->next, candidate++)
        listener->on_candidate(listener->owner, candidate);
}

bool rrsets_explain(struct compilation *now, struct owner *owner,
                    const struct compile_listener *listener)
{
    struct making making;
    struct member together;
    bool exists = begin(&making, now, owner, &together);

    if (!exists && now->failed)
        return false;
    if (making.members == &together && !choose(&making))
        return false;
    tell_candidates(&making, listener);
    for (size_t i = 0; exists && i < RECORD_KINDS; i++)
        if (listener->type == record_kinds[i]->type || listener->type == DNS_TYPE_ANY ||
            making.where == RECORD_AT_ALIAS)
            tell_kind(&making, record_kinds[i], listener);
    return !now->failed;
}
