#include "answer/compile.h"

#include <stdlib.h>
#include <string.h>

#include "answer/names.h"
#include "answer/policies.h"
#include "answer/records.h"
#include "answer/reply.h"
#include "base/log.h"

enum { TYPES_MAX = RECORD_KINDS, NONE = UINT32_MAX };

/* One owner name under way, and the instances that stand there. */
struct owner {
    struct answer_name *name;
    uint32_t first, last; /* uses */
    uint32_t registered;
    uint32_t hosts; /* of them, with a host name in place of addresses */
    uint32_t set;   /* offset in the block */
    uint8_t where;
};

struct use {
    const struct entry *entry;
    uint32_t next;
    uint32_t owner;
    uint16_t port;
    bool has_port;
};

struct compilation {
    struct compiler *compiler;
    struct answer_unit *unit;
    const struct service *service;
    const struct entry *entry; /* whose names are being collected */
    struct names_service base;
    uint32_t ttl; /* of the service, seconds */
    uint32_t owner_count;
    uint32_t use_count;
    uint32_t guess;     /* the use of the instance before that stands where we are */
    uint32_t guess_end; /* of that instance's uses */
    bool failed;
};

void compiler_init(struct compiler *compiler, struct answer_index *index)
{
    memset(compiler, 0, sizeof *compiler);
    compiler->index = index;
    block_builder_init(&compiler->builder);
}

void compiler_deinit(struct compiler *compiler)
{
    block_builder_deinit(&compiler->builder);
    free(compiler->owners.data);
    free(compiler->uses.data);
    free(compiler->members.data);
}

/* Item number `index`, with room made for it. */
static void *item(struct compilation *now, struct growing *growing, size_t index,
                  size_t size)
{
    if (!growing_hold(growing, (index + 1) * size)) {
        now->failed = true;
        return NULL;
    }
    return growing->data + index * size;
}

static struct owner *owner_at(const struct compilation *now, uint32_t index)
{
    return (struct owner *)(void *)now->compiler->owners.data + index;
}

static struct use *use_at(const struct compilation *now, uint32_t index)
{
    return (struct use *)(void *)now->compiler->uses.data + index;
}

/* The owner of `name`, made when it is met first. NULL: it has static data, an instance
 * has that name (an id wins over a tag, docs/dns.md §1.2), or memory is short. */
static struct owner *owner_of(struct compilation *now, const struct dns_name *name,
                              uint8_t where)
{
    struct answer_name *found =
        answer_index_add(now->compiler->index, name, now->unit->zone);

    if (found == NULL)
        now->failed = true;
    if (found == NULL || found->from_file ||
        answer_content_instance(answer_name_content(found)) != NULL)
        return NULL;
    if (found->owner != 0)
        return owner_at(now, found->owner - 1);
    struct owner *owner =
        item(now, &now->compiler->owners, now->owner_count, sizeof *owner);
    if (owner == NULL) {
        answer_index_release(now->compiler->index, found);
        return NULL;
    }
    *owner = (struct owner){ .name = found, .first = NONE, .last = NONE, .where = where };
    found->owner = ++now->owner_count;
    return owner;
}

/* Instances of one service mostly have the same names in the same order, so the owner
 * that the one before had here saves a search. NULL: it had another. */
static struct owner *guessed_owner(struct compilation *now, const struct dns_name *name)
{
    if (now->guess >= now->guess_end)
        return NULL;
    struct owner *owner = owner_at(now, use_at(now, now->guess++)->owner);
    return owner->name->length == name->length &&
                   memcmp(owner->name->wire, name->wire, name->length) == 0
               ? owner
               : NULL;
}

static bool collect_use(void *context, const struct dns_name *name,
                        const struct names_use *what)
{
    struct compilation *now = context;
    struct owner *owner = guessed_owner(now, name);
    uint32_t index = now->use_count;

    if (owner == NULL && !now->failed)
        owner = owner_of(now, name, what->where);
    if (owner == NULL)
        return false;
    struct use *use = item(now, &now->compiler->uses, index, sizeof *use);
    if (use == NULL)
        return false;
    now->use_count++;
    *use = (struct use){ now->entry, NONE, owner->name->owner - 1, what->port,
                         what->has_port };
    owner->registered++;
    owner->hosts += now->entry->instance->is.host[0] != '\0';
    if (owner->last == NONE)
        owner->first = index;
    else
        use_at(now, owner->last)->next = index;
    owner->last = index;
    return true;
}

static void collect(struct compilation *now)
{
    const struct service *service = now->service;

    if (service->count == 0 && !service->declared)
        return;
    if (!names_service(now->unit->zone, service->namespace_name, service->name,
                       &now->base))
        return;
    owner_of(now, &now->base.name, RECORD_AT_SERVICE | RECORD_AT_MEMBERS);
    for (uint32_t i = 0; i < service->count && !now->failed; i++) {
        uint32_t first = now->use_count;
        now->entry = service->entries[i];
        if (now->entry->instance != NULL)
            names_of(&now->base, &now->entry->instance->is, collect_use, now);
        now->guess = first;
        now->guess_end = now->use_count;
    }
}

static uint32_t service_ttl(const struct answer_unit *unit)
{
    return unit->said != NULL && unit->said->ttl != ROLLCALL_TTL_UNSET
               ? unit->said->ttl
               : unit->zone->config->ttl;
}

/* Can others be sent to this instance: by its own name, or has it a host name? */
static bool has_target(const struct compilation *now, const struct entry *entry)
{
    struct dns_name own;

    if (entry->instance->is.host[0] != '\0')
        return true;
    return entry->label != NULL && names_instance(&now->base, entry->label, &own);
}

static struct member member_of(const struct compilation *now, const struct use *use)
{
    const struct entry *entry = use->entry;
    struct member member = {
        .is = &entry->instance->is,
        .label = entry->label,
        .label_length = (uint8_t)(entry->label == NULL ? 0 : strlen(entry->label)),
        .base = now->base.name.wire,
        .base_length = now->base.name.length,
        .has_port = use->has_port && has_target(now, entry),
        .port = use->port,
    };

    return member;
}

/* Those that may be handed out, in the order of the policy. */
static struct member *healthy_members(struct compilation *now, const struct owner *owner,
                                      size_t *count)
{
    struct member *members = NULL;

    *count = 0;
    for (uint32_t at = owner->first; at != NONE; at = use_at(now, at)->next) {
        const struct use *use = use_at(now, at);
        if (use->entry->health == ROLLCALL_CRITICAL)
            continue;
        struct member *member =
            item(now, &now->compiler->members, *count, sizeof *member);
        if (member == NULL)
            return NULL;
        *member = member_of(now, use);
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

static uint32_t ttl_of(const struct compilation *now, const struct member *member)
{
    return member->is->ttl != ROLLCALL_TTL_UNSET ? member->is->ttl : now->ttl;
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
static uint32_t common_ttl(struct compilation *now, const struct record_kind *kind,
                           const struct member *members, size_t count)
{
    uint32_t ttl = ttl_of(now, &members[0]), least = UINT32_MAX;
    size_t i = 1;

    while (i < count && ttl_of(now, &members[i]) == ttl)
        i++;
    if (i == count)
        return ttl;
    for (i = 0; i < count; i++) {
        uint32_t own = ttl_of(now, &members[i]);
        if (own < least && gives(now, kind, &members[i]))
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
    uint32_t ttl = common_ttl(now, kind, members, count);

    block_rrset_begin(builder, kind->type, kind->name_at, now->unit->zone->order);
    if ((kind->where & RECORD_NEEDS_PORT) != 0)
        sort_by_priority(members, count);
    for (size_t i = 0; i < count; i++) {
        struct record_writer out = block_rr_writer(builder, RECORD_ROOM);
        if (out.at == NULL)
            return 0;
        kind->write(&out, &members[i], ttl);
        uint32_t taken = block_rr_take(builder, &out);
        if (taken > 0 && kind->name_at > 0 && !has_host(&members[i]))
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

static void build_owner(struct compilation *now, struct owner *owner)
{
    struct answer_set_entry entries[TYPES_MAX];
    size_t count = 0, member_count;
    struct member *members = healthy_members(now, owner, &member_count);
    uint8_t where = all_hosts(owner) ? RECORD_AT_ALIAS : owner->where;

    for (size_t i = 0; i < RECORD_KINDS; i++) {
        const struct record_kind *kind = record_kinds[i];
        uint32_t at = 0;
        if ((kind->where & where & RECORD_AT_SERVICE) != 0)
            at = build_own(now, kind);
        else if ((kind->where & where) != 0 && member_count > 0)
            at = build_rrset(now, kind, members, member_count);
        if (at != 0)
            entries[count++] = (struct answer_set_entry){ kind->type, 0, at };
    }
    owner->set = block_set(&now->compiler->builder, entries, count,
                           where == RECORD_AT_ALIAS && count > 0);
}

static answer_content content_of(const struct answer_block *block,
                                 const struct owner *owner)
{
    return (answer_content)(block->content + owner->set);
}

static bool is_same(const struct compilation *now, const struct answer_block *block)
{
    const struct answer_unit *unit = now->unit;

    if (unit->block == NULL || unit->name_count != now->owner_count ||
        !block_equal(unit->block, block))
        return false;
    for (uint32_t i = 0; i < now->owner_count; i++) {
        const struct owner *owner = owner_at(now, i);
        if (answer_name_content(owner->name) != content_of(unit->block, owner))
            return false;
    }
    return true;
}

/* Of the names that the unit had, those that are not met again. */
static struct answer_name *take_stale(struct answer_unit *unit)
{
    struct answer_name *stale = NULL, *name = unit->names;

    while (name != NULL) {
        struct answer_name *next = name->next;
        if (name->owner == 0) {
            name->next = stale;
            stale = name;
        }
        name = next;
    }
    unit->names = NULL;
    return stale;
}

static void publish(struct compilation *now, struct answer_block *block)
{
    struct answer_unit *unit = now->unit;
    struct answer_name *stale = take_stale(unit);

    for (uint32_t i = now->owner_count; i-- > 0;) {
        struct owner *owner = owner_at(now, i);
        owner->name->next = unit->names;
        unit->names = owner->name;
        atomic_store_explicit(&owner->name->content, content_of(block, owner),
                              memory_order_release);
    }
    while (stale != NULL) {
        struct answer_name *next = stale->next;
        atomic_store_explicit(&stale->content, 0, memory_order_release);
        answer_index_release(now->compiler->index, stale);
        stale = next;
    }
    block_retire(unit->block);
    unit->block = block;
    unit->name_count = now->owner_count;
}

/* Names that were added for nothing must not stay as empty ones. */
static void forget_owners(struct compilation *now)
{
    for (uint32_t i = 0; i < now->owner_count; i++) {
        struct answer_name *name = owner_at(now, i)->name;
        name->owner = 0;
        if (now->failed)
            answer_index_release(now->compiler->index, name);
    }
}

static void warn_if_long(const struct compilation *now)
{
    struct answer_unit *unit = now->unit;
    size_t longest = now->compiler->builder.longest;

    if (longest <= REPLY_TCP_MAX || unit->warned)
        return;
    unit->warned = true;
    log_warning("answer",
                "service %s has answers of %zu octets: at most %d go into a reply, "
                "a different part of them each time",
                now->service->key, longest, REPLY_TCP_MAX);
}

enum rollcall_status compile_unit(struct compiler *compiler, struct answer_unit *unit,
                                  const struct service *service, bool *changed)
{
    struct compilation now = {
        .compiler = compiler, .unit = unit, .service = service, .ttl = service_ttl(unit)
    };
    struct answer_block *block = NULL;

    *changed = false;
    collect(&now);
    block_begin(&compiler->builder);
    for (uint32_t i = 0; i < now.owner_count && !now.failed; i++)
        build_owner(&now, owner_at(&now, i));
    if (!now.failed)
        block = block_finish(&compiler->builder);
    if (block == NULL) {
        now.failed = true;
    } else if (is_same(&now, block)) {
        free(block);
    } else {
        *changed = true;
        warn_if_long(&now);
        publish(&now, block);
    }
    forget_owners(&now);
    return now.failed ? ROLLCALL_E_NOMEM : ROLLCALL_OK;
}

void compile_forget(struct answer_unit *unit, struct answer_name *name)
{
    struct answer_name **at = &unit->names;

    while (*at != NULL && *at != name)
        at = &(*at)->next;
    if (*at == NULL)
        return;
    *at = name->next;
    unit->name_count--;
}
