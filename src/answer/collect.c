/* Which owner names one service has in one zone, and who stands there. */
#include <stdlib.h>
#include <string.h>

#include "answer/compilation.h"
#include "answer/explained.h"
#include "answer/records.h"

static bool is_wanted(const struct compilation *now, const struct dns_name *name)
{
    const struct compile_only *only = now->only;

    return only == NULL ||
           dns_name_equal(name->wire, name->length, only->name.wire, only->name.length) ||
           dns_name_equal(name->wire, name->length, only->home.wire, only->home.length);
}

/* Static data or an instance has the name (an id wins over a tag, docs/dns.md §1.2). */
static bool is_taken(const struct answer_name *name)
{
    return name->from_file || answer_content_instance(answer_name_content(name)) != NULL;
}

/* A name to be explained is not to be seen by readers for that. NULL: no memory. */
static struct answer_name *only_name(struct compilation *now, const struct dns_name *name)
{
    struct answer_name *found = answer_index_find(now->compiler->index, name);
    struct answer_name **stray = now->only->stray;

    if (found != NULL)
        return found;
    if (*stray != NULL && !answer_name_is(*stray, name->wire, name->length))
        stray++;
    if (*stray == NULL)
        *stray = calloc(1, sizeof **stray + DNS_NAME_PADDED);
    if (*stray == NULL)
        return NULL;
    (*stray)->length = name->length;
    memcpy((*stray)->wire, name->wire, name->length);
    return *stray;
}

/* The owner of `name`, made when it is met first. NULL: it is taken, or memory
 * is short. */
static struct owner *owner_of(struct compilation *now, const struct dns_name *name,
                              uint16_t where)
{
    struct answer_name *found =
        now->only != NULL ? only_name(now, name)
                          : answer_index_add(now->compiler->index, name, now->unit->zone);

    if (found == NULL)
        now->failed = true;
    if (found == NULL || is_taken(found))
        return NULL;
    if (found->owner != 0)
        return owner_at(now, found->owner - 1);
    struct owner *owner =
        compilation_item(now, &now->compiler->owners, now->owner_count, sizeof *owner);
    if (owner == NULL) {
        answer_index_release(now->compiler->index, found);
        return NULL;
    }
    *owner = (struct owner){ .name = found,
                             .first = OWNER_NONE,
                             .last = OWNER_NONE,
                             .twin = OWNER_NONE,
                             .where = where };
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

/* Stands the instance there already? Two of its tags may differ in case alone. */
static bool is_told(const struct compilation *now, const struct owner *owner,
                    const struct names_use *what)
{
    const struct use *last = owner->last == OWNER_NONE ? NULL : use_at(now, owner->last);

    return last != NULL && last->entry == now->entry && last->port == what->port;
}

static bool collect_use(void *context, const struct dns_name *name,
                        const struct names_use *what)
{
    struct compilation *now = context;
    uint32_t index = now->use_count;

    if (!is_wanted(now, name)) {
        const struct answer_name *found = answer_index_find(now->compiler->index, name);
        return found == NULL || !is_taken(found);
    }
    struct owner *owner = guessed_owner(now, name);
    if (owner == NULL && !now->failed)
        owner = owner_of(now, name, what->where);
    if (owner == NULL)
        return false;
    if (is_told(now, owner, what))
        return true;
    struct use *use = compilation_item(now, &now->compiler->uses, index, sizeof *use);
    if (use == NULL)
        return false;
    now->use_count++;
    *use = (struct use){ now->entry,    OWNER_NONE, owner->name->owner - 1,
                         now->base_now, what->port, what->has_port };
    owner->registered++;
    owner->hosts += !now->settings.flatten && now->entry->instance->is.host[0] != '\0';
    if (owner->last == OWNER_NONE)
        owner->first = index;
    else
        use_at(now, owner->last)->next = index;
    owner->last = index;
    return true;
}

/* Which name of the service the instance's own name lies below. */
static void find_base(struct compilation *now)
{
    const struct answer_zone *zone = now->unit->zone;
    const char *datacenter = names_datacenter(zone, &now->entry->instance->is);
    struct dns_name base;

    now->base_now = 0;
    if (names_is_home(zone, datacenter) || !names_base(&now->base, datacenter, &base))
        return;
    const struct dns_name *bases = (const void *)now->compiler->bases.data;
    while (now->base_now < now->base_count &&
           !dns_name_equal(bases[now->base_now].wire, bases[now->base_now].length,
                           base.wire, base.length))
        now->base_now++;
    if (now->base_now++ < now->base_count || now->base_count == UINT16_MAX)
        return;
    struct dns_name *own =
        compilation_item(now, &now->compiler->bases, now->base_count, sizeof *own);
    if (own == NULL)
        return;
    *own = base;
    now->base_count++;
}

static void collect_entry(struct compilation *now)
{
    const struct rollcall_instance *is = &now->entry->instance->is;
    uint32_t first = now->use_count;

    find_base(now);
    if (now->unit->browse)
        names_types(&now->base, is, now->entry->label, collect_use, now);
    else
        names_of(&now->base, is, collect_use, now);
    now->guess = first;
    now->guess_end = now->use_count;
}

/* The names that say the same with the datacenter spelled out. */
static void collect_twins(struct compilation *now)
{
    uint32_t count = now->owner_count;
    struct dns_name name, twin;

    for (unsigned way = 0; !now->failed; way++) {
        bool any = false;
        for (uint32_t i = 0; i < count && !now->failed; i++) {
            const struct answer_name *of = owner_at(now, i)->name;
            name.length = of->length;
            memcpy(name.wire, of->wire, of->length);
            if (!names_twin(now->unit->zone, &name, way, &twin))
                continue;
            any = true;
            struct owner *owner = owner_of(now, &twin, 0);
            if (owner != NULL && owner->name->owner > count)
                owner->twin = i;
        }
        if (!any)
            return;
    }
}

/* _grpc_config.NAME, where the service has such metadata (docs/dns.md §4.10). */
static void collect_config(struct compilation *now)
{
    static const char label[] = "_grpc_config";
    const struct config_service *said = now->unit->said;
    struct dns_name name = now->base.name;
    bool has = false;

    for (uint32_t i = 0; said != NULL && i < said->meta_count; i++)
        has = has || strcmp(said->meta[i].key, label + 1) == 0;
    if (has && dns_name_prepend(&name, label, sizeof label - 1) && is_wanted(now, &name))
        owner_of(now, &name, RECORD_AT_CONFIG);
}

static bool collect_explained(void *context, const struct dns_name *name,
                              const struct names_use *what)
{
    static const struct names_use use = { .where = RECORD_AT_EXPLAIN };
    struct compilation *now = context;

    (void)what;
    return !dns_name_equal(name->wire, name->length, now->base.name.wire,
                           now->base.name.length) ||
           collect_use(now, &now->explained, &use);
}

/* NAME._explain: who stands at NAME. */
static void collect_explanation(struct compilation *now)
{
    const struct service *service = now->service;
    const struct answer_zone *zone = now->unit->zone;

    if (!explained_name(zone, service->namespace_name, service->name, &now->explained))
        return;
    if (is_wanted(now, &now->explained))
        owner_of(now, &now->explained, RECORD_AT_EXPLAIN);
    for (uint32_t i = 0; i < service->count && !now->failed; i++) {
        now->entry = service->entries[i];
        if (now->entry->instance != NULL)
            names_of(&now->base, &now->entry->instance->is, collect_explained, now);
    }
}

void compilation_collect(struct compilation *now)
{
    const struct service *service = now->service;
    const struct answer_unit *unit = now->unit;

    if (service->count == 0 && !service->declared)
        return;
    if (!names_service(unit->zone, service->namespace_name, service->name, &now->base))
        return;
    if (unit->explains) {
        collect_explanation(now);
        return;
    }
    if (!unit->browse && service->declared && is_wanted(now, &now->base.name))
        owner_of(now, &now->base.name, RECORD_AT_SERVICE | RECORD_AT_MEMBERS);
    if (!unit->browse)
        collect_config(now);
    for (uint32_t i = 0; i < service->count && !now->failed; i++) {
        now->entry = service->entries[i];
        if (now->entry->instance != NULL)
            collect_entry(now);
    }
    if (!unit->browse && now->only == NULL)
        collect_twins(now);
}
