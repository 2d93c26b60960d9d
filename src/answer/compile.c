#include "answer/compile.h"

#include <stdlib.h>
#include <string.h>

#include "answer/compilation.h"
#include "answer/explained.h"
#include "answer/join.h"
#include "answer/past.h"
#include "answer/records.h"
#include "answer/reply.h"
#include "answer/types.h"
#include "base/log.h"

void compiler_init(struct compiler *compiler, struct answer_index *index,
                   const struct hosts *hosts)
{
    memset(compiler, 0, sizeof *compiler);
    compiler->index = index;
    compiler->hosts = hosts;
    block_builder_init(&compiler->builder);
    list_init(&compiler->unordered);
}

void compiler_deinit(struct compiler *compiler)
{
    block_builder_deinit(&compiler->builder);
    free(compiler->owners.data);
    free(compiler->uses.data);
    free(compiler->members.data);
    free(compiler->candidates.data);
    free(compiler->bases.data);
    free(compiler->views.data);
    free(compiler->targets.data);
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

static void collect(struct compilation *now)
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

static const struct answer_set *set_of(const struct answer_block *block,
                                       const struct owner *owner)
{
    return (const void *)(block->content + owner->set);
}

static bool is_same(const struct compilation *now, const struct answer_block *block)
{
    const struct answer_unit *unit = now->unit;
    uint32_t published = 0;

    if (unit->block == NULL || !block_equal(unit->block, block))
        return false;
    for (uint32_t i = 0; i < now->owner_count; i++) {
        const struct owner *owner = owner_at(now, i);
        if (owner->set == 0)
            continue;
        published++;
        if (join_find(owner->name, unit->block, owner->part) !=
            set_of(unit->block, owner))
            return false;
    }
    return unit->name_count == published;
}

/* The names that are published from now on. NULL: no memory. */
static struct unit_name *list_names(const struct compilation *now, uint32_t *count)
{
    struct unit_name *names;

    *count = 0;
    for (uint32_t i = 0; i < now->owner_count; i++)
        *count += owner_at(now, i)->set != 0;
    names = malloc((*count + (size_t)1) * sizeof *names);
    for (uint32_t i = 0, at = 0; names != NULL && i < now->owner_count; i++)
        if (owner_at(now, i)->set != 0)
            names[at++].name = owner_at(now, i)->name;
    return names;
}

/* Where in joined names our parts stood, from the list of names to the owners ... */
static void take_parts(const struct compilation *now)
{
    const struct answer_unit *unit = now->unit;

    for (uint32_t i = 0; i < unit->name_count; i++)
        if (unit->names[i].name->owner != 0)
            owner_at(now, unit->names[i].name->owner - 1)->part = unit->names[i].part;
}

/* ... and where they stand now, back again. */
static void give_parts(const struct compilation *now)
{
    const struct answer_unit *unit = now->unit;

    for (uint32_t i = 0; i < unit->name_count; i++)
        unit->names[i].part = owner_at(now, unit->names[i].name->owner - 1)->part;
}

/* Of the names that list instances of a type. */
static void count_types(const struct answer_unit *unit, bool come)
{
    for (uint32_t i = 0; unit->browse && i < unit->name_count; i++)
        types_count(unit->zone, unit->names[i].name,
                    join_find(unit->names[i].name, unit->block, unit->names[i].part),
                    come);
}

/* What the unit had and does not publish again. */
static void withdraw_stale(const struct compilation *now)
{
    const struct answer_unit *unit = now->unit;

    for (uint32_t i = 0; i < unit->name_count; i++) {
        struct answer_name *name = unit->names[i].name;
        if (name->owner != 0 && owner_at(now, name->owner - 1)->set != 0)
            continue;
        join_take(name, unit->block, unit->names[i].part);
        answer_index_touch(now->compiler->index, name);
        if (name->owner == 0)
            answer_index_release(now->compiler->index, name);
    }
}

/* False: no memory for a name that several share; all others are published, and the next
 * turn tries again. */
static bool publish(struct compilation *now, struct answer_block *block)
{
    struct answer_unit *unit = now->unit;
    uint32_t count;
    struct unit_name *names = list_names(now, &count);
    bool complete = true;
    struct list *unordered =
        unit->zone->order == CONFIG_ORDER_FIXED ? &now->compiler->unordered : NULL;

    if (names == NULL) {
        free(block);
        return false;
    }
    count_types(unit, false);
    for (uint32_t i = 0; i < now->owner_count; i++) {
        struct owner *owner = owner_at(now, i);
        answer_index_touch(now->compiler->index, owner->name);
        if (owner->set == 0 || join_put(owner->name, set_of(block, owner), unit->block,
                                        &owner->part, unordered))
            continue;
        join_take(owner->name, unit->block, owner->part);
        complete = false;
    }
    withdraw_stale(now);
    block_retire(unit->block);
    free(unit->names);
    unit->names = names;
    unit->block = block;
    unit->name_count = count;
    give_parts(now);
    count_types(unit, true);
    return complete;
}

/* Names that were added for nothing must not stay as empty ones. */
static void forget_owners(struct compilation *now)
{
    for (uint32_t i = 0; i < now->owner_count; i++) {
        struct answer_name *name = owner_at(now, i)->name;
        name->owner = 0;
        answer_index_release(now->compiler->index, name);
    }
}

static void warn_if_long(const struct compilation *now)
{
    struct answer_unit *unit = now->unit;
    size_t longest = now->compiler->builder.longest;

    if (longest <= REPLY_TCP_MAX || unit->warned || now->compiler->rehearsal)
        return;
    unit->warned = true;
    log_warning("answer",
                "service %s has answers of %zu octets: at most %d go into a reply, "
                "a different part of them each time",
                now->service->key, longest, REPLY_TCP_MAX);
}

static void build(struct compilation *now, struct owner *owner)
{
    if (owner->twin != OWNER_NONE)
        owner->set = owner_at(now, owner->twin)->set;
    else
        rrsets_build(now, owner);
}

static struct compilation begin(struct compiler *compiler, struct answer_unit *unit,
                                const struct service *service, int64_t now_ms)
{
    struct compilation now = {
        .compiler = compiler,
        .unit = unit,
        .service = service,
        .settings = answer_settings_of(unit->zone->config, unit->said, service->name),
        .now = now_ms,
        .due = INT64_MAX,
    };

    now.settings.members.panicking = unit->panicking;
    return now;
}

enum rollcall_status compile_unit(struct compiler *compiler, struct answer_unit *unit,
                                  const struct service *service, int64_t now_ms,
                                  bool *changed)
{
    struct compilation now = begin(compiler, unit, service, now_ms);
    struct answer_block *block = NULL;

    *changed = false;
    unit->chases = false;
    if (now.settings.members.no_healthy == CONFIG_NO_HEALTHY_LAST &&
        !past_update(&unit->past, &now.settings.members, service, now_ms))
        now.failed = true;
    collect(&now);
    block_begin(&compiler->builder);
    for (uint32_t i = 0; i < now.owner_count && !now.failed; i++)
        build(&now, owner_at(&now, i));
    take_parts(&now);
    if (!now.failed)
        block = block_finish(&compiler->builder);
    if (block == NULL) {
        now.failed = true;
    } else if (is_same(&now, block)) {
        free(block);
    } else {
        *changed = true;
        warn_if_long(&now);
        if (!publish(&now, block))
            now.failed = true;
    }
    forget_owners(&now);
    unit->due = now.due;
    return now.failed ? ROLLCALL_E_NOMEM : ROLLCALL_OK;
}

static struct owner *owner_by_name(const struct compilation *now,
                                   const struct dns_name *name)
{
    for (uint32_t i = 0; i < now->owner_count; i++) {
        const struct answer_name *of = owner_at(now, i)->name;
        if (of->length == name->length && memcmp(of->wire, name->wire, of->length) == 0)
            return owner_at(now, i);
    }
    return NULL;
}

enum rollcall_status compile_explain(struct compiler *compiler, struct answer_unit *unit,
                                     const struct service *service, int64_t now_ms,
                                     const struct dns_name *name,
                                     const struct compile_listener *listener,
                                     bool *stands)
{
    struct compilation now = begin(compiler, unit, service, now_ms);
    struct compile_only only = { .name = *name };

    now.only = &only;
    if (unit->browse || !names_untwin(unit->zone, name, &only.home))
        only.home.length = 0;
    collect(&now);
    struct owner *owner = owner_by_name(&now, &only.name);
    if (owner == NULL && only.home.length > 0)
        owner = owner_by_name(&now, &only.home);
    block_begin(&compiler->builder);
    if (owner != NULL && !now.failed && !rrsets_explain(&now, owner, listener))
        now.failed = true;
    for (uint32_t i = 0; i < now.owner_count; i++)
        owner_at(&now, i)->name->owner = 0;
    free(only.stray[0]);
    free(only.stray[1]);
    *stands = owner != NULL;
    return now.failed ? ROLLCALL_E_NOMEM : ROLLCALL_OK;
}

void compile_release(struct answer_unit *unit)
{
    free(unit->names);
}

void compile_forget(struct answer_unit *unit, const struct answer_name *name)
{
    uint32_t at = 0;

    while (at < unit->name_count && unit->names[at].name != name)
        at++;
    if (at < unit->name_count)
        unit->names[at] = unit->names[--unit->name_count];
}
