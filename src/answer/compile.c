#include "answer/compile.h"

#include <stdlib.h>
#include <string.h>

#include "answer/compilation.h"
#include "answer/records.h"
#include "answer/reply.h"
#include "base/log.h"

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
    free(compiler->candidates.data);
}

void *compilation_item(struct compilation *now, struct growing *growing, size_t index,
                       size_t size)
{
    if (!growing_hold(growing, (index + 1) * size)) {
        now->failed = true;
        return NULL;
    }
    return growing->data + index * size;
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
        compilation_item(now, &now->compiler->owners, now->owner_count, sizeof *owner);
    if (owner == NULL) {
        answer_index_release(now->compiler->index, found);
        return NULL;
    }
    *owner = (struct owner){
        .name = found, .first = OWNER_NONE, .last = OWNER_NONE, .where = where
    };
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

static void collect_use(void *context, const struct dns_name *name,
                        const struct names_use *what)
{
    struct compilation *now = context;
    struct owner *owner = guessed_owner(now, name);
    uint32_t index = now->use_count;

    if (owner == NULL && !now->failed)
        owner = owner_of(now, name, what->where);
    if (owner == NULL)
        return;
    struct use *use = compilation_item(now, &now->compiler->uses, index, sizeof *use);
    if (use == NULL)
        return;
    now->use_count++;
    *use = (struct use){ now->entry, OWNER_NONE, owner->name->owner - 1, what->port,
                         what->has_port };
    owner->registered++;
    owner->hosts += now->entry->instance->is.host[0] != '\0';
    if (owner->last == OWNER_NONE)
        owner->first = index;
    else
        use_at(now, owner->last)->next = index;
    owner->last = index;
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
                                  const struct service *service, int64_t now_ms,
                                  bool *changed)
{
    struct compilation now = {
        .compiler = compiler,
        .unit = unit,
        .service = service,
        .rules = members_rules_of(unit->zone->config, unit->said),
        .now = now_ms,
        .ttl = service_ttl(unit),
    };
    struct answer_block *block = NULL;

    *changed = false;
    collect(&now);
    block_begin(&compiler->builder);
    for (uint32_t i = 0; i < now.owner_count && !now.failed; i++)
        rrsets_build(&now, owner_at(&now, i));
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
