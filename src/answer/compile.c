#include "answer/compile.h"

#include <stdlib.h>
#include <string.h>

#include "answer/compilation.h"
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
    compilation_collect(&now);
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
    compilation_collect(&now);
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
