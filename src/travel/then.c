#include "travel/then.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "answer/reader.h"
#include "serve/pipeline.h"
#include "travel/folded.h"

struct then {
    struct store store; /* what the registry is loaded from */
    struct folding folding;
    struct history *history; /* borrowed; while it is built */
    struct history_bounds bounds;
    struct change *first; /* what the registry would save: nothing comes of it */
    struct registry *registry;
    struct answer *answer;
    struct pipeline *pipeline;
    int64_t at;
    size_t missing;
};

/* ---- a store that has what was saved then --------------------------------------- */

static struct then *of_store(struct store *store)
{
    return (struct then *)((char *)store - offsetof(struct then, store));
}

/* Its connection did not outlive a start of the daemon (registry/load.c). */
static bool ended_with_start(const struct then *then, const struct folded *folded,
                             const struct rollcall_lease *lease)
{
    return lease->kind == ROLLCALL_LEASE_CONNECTION && lease->ms == 0 &&
           folded->row < then->folding.started;
}

/* Without its lease, which has nothing to do with the answers and would end here. NULL:
 * it was not there. */
static struct instance *definition_of(struct then *then, const struct folded *folded)
{
    struct instance *kept =
        history_definition(then->history, folded->id, folded->revision);
    struct instance *shown = NULL;

    if (kept == NULL || strcmp(kept->is.id, folded->id) != 0) {
        then->missing++;
    } else if (!ended_with_start(then, folded, &kept->is.lease)) {
        struct rollcall_instance is = kept->is;
        is.lease = (struct rollcall_lease){ .kind = ROLLCALL_LEASE_NONE };
        shown = instance_copy(&is);
        then->folding.failed |= shown == NULL;
    }
    instance_unref(kept);
    return shown;
}

static enum rollcall_status give(struct then *then, const struct folded *folded,
                                 const struct store_reader *reader, struct reason *why)
{
    struct instance *instance = definition_of(then, folded);
    struct stored_instance stored = {
        .instance = instance,
        .revision = folded->revision,
        .owner = folded->owner,
        .created = folded->created,
        .label = folded->label,
        .health = folded->health.bytes,
        .health_length = folded->health.length,
    };

    if (instance == NULL)
        return then->folding.failed ? ROLLCALL_E_NOMEM : ROLLCALL_OK;
    for (unsigned i = 0; i < STANDING_PARTS; i++)
        stored.standing[i] =
            (struct stored_part){ folded->standing[i].bytes, folded->standing[i].length };
    return reader->on_instance(reader->owner, &stored, why);
}

static enum rollcall_status load(struct store *store, const struct store_reader *reader,
                                 struct reason *why)
{
    struct then *then = of_store(store);
    enum rollcall_status status = ROLLCALL_OK;
    struct folded *folded;

    for (size_t at = 0;
         status == ROLLCALL_OK && (folded = table_next(&then->folding.by_id, &at));)
        if (folded->alive)
            status = give(then, folded, reader, why);
    return status;
}

static void submit(struct store *store, struct change *change)
{
    struct then *then = of_store(store);

    change->next = then->first;
    then->first = change;
}

static void drain(struct store *store)
{
    struct then *then = of_store(store);

    while (then->first != NULL) {
        struct change *change = then->first;
        then->first = change->next;
        change->status = ROLLCALL_OK;
        change->done(change, NULL);
    }
}

/* ---- building ------------------------------------------------------------------- */

static enum rollcall_status check_reach(struct then *then, struct reason *why)
{
    enum rollcall_status status =
        history_bounds(then->history, then->at, &then->bounds, why);

    if (status != ROLLCALL_OK)
        return status;
    if (!then->bounds.kept) {
        reason_field(why, "at",
                     "no history is kept (registry.history), so what was is not known");
        return ROLLCALL_E_NOTFOUND;
    }
    if (then->at >= then->bounds.from)
        return ROLLCALL_OK;
    reason_field(why, "at",
                 "the history does not reach back that far: what was before it began, or "
                 "was rolled up, is not known any more (registry.history says how many "
                 "transitions are kept)");
    return ROLLCALL_E_NOTFOUND;
}

static enum rollcall_status make_registry(struct then *then, const struct config *config)
{
    const struct registry_settings settings = { .node = config->node,
                                                .datacenter = config->datacenter,
                                                .max_instances = UINT64_MAX };

    then->store =
        (struct store){ .name = "then", .load = load, .submit = submit, .drain = drain };
    then->registry = registry_create(&settings, &then->store);
    if (then->registry == NULL)
        return ROLLCALL_E_NOMEM;
    for (uint32_t i = 0; i < config->service_count; i++) {
        const struct config_service *service = &config->services[i];
        if (registry_declare(then->registry, service->namespace_name, service->name) !=
            ROLLCALL_OK)
            return ROLLCALL_E_NOMEM;
    }
    return ROLLCALL_OK;
}

/* Held and frozen end with the daemon, so those before its last start say nothing. */
static void restore_judged(struct then *then)
{
    struct folded *folded;

    for (size_t at = 0; (folded = table_next(&then->folding.by_id, &at)) != NULL;) {
        struct entry *entry = registry_find(then->registry, folded->id);
        if (entry != NULL && folded->judged.bytes != NULL &&
            folded->judged_row > then->folding.started)
            registry_restore_judged(then->registry, entry, folded->judged.bytes,
                                    folded->judged.length);
    }
}

static enum rollcall_status compile(struct then *then, const struct config *config,
                                    struct reason *why)
{
    enum rollcall_status status = answer_create(config, &then->answer, why);

    if (status != ROLLCALL_OK)
        return status;
    answer_rehearse(then->answer);
    answer_attach(then->answer, then->registry);
    status = registry_load(then->registry, then->at, then->at, NULL, NULL, why);
    if (status != ROLLCALL_OK)
        return status;
    restore_judged(then);
    if (then->folding.node_since != 0)
        registry_restore_node(then->registry, then->folding.node_since);
    answer_run_due(then->answer, then->at);
    answer_flush(then->answer);
    then->pipeline = pipeline_create(answer_index(then->answer), &config->dns);
    if (then->pipeline == NULL)
        return ROLLCALL_E_NOMEM;
    pipeline_set_time(then->pipeline, (uint64_t)then->at, (uint32_t)(then->at / 1000));
    return ROLLCALL_OK;
}

static enum rollcall_status build(struct then *then, const struct config *config,
                                  struct reason *why)
{
    enum rollcall_status status = check_reach(then, why);

    if (status == ROLLCALL_OK)
        status = history_fold(then->history, then->at, folding_take, &then->folding, why);
    if (status == ROLLCALL_OK && then->folding.failed)
        status = ROLLCALL_E_NOMEM;
    if (status == ROLLCALL_OK)
        status = make_registry(then, config);
    if (status == ROLLCALL_OK)
        status = compile(then, config, why);
    return status;
}

enum rollcall_status then_create(const struct config *config, struct history *history,
                                 int64_t at, struct then **out, struct reason *why)
{
    struct then *then = calloc(1, sizeof *then);

    if (then == NULL)
        return ROLLCALL_E_NOMEM;
    then->history = history;
    then->at = at;
    folding_init(&then->folding);
    enum rollcall_status status = history_begin(history, why);
    if (status == ROLLCALL_OK) {
        status = build(then, config, why);
        history_end(history);
    }
    folding_deinit(&then->folding);
    folding_init(&then->folding);
    if (status == ROLLCALL_E_NOMEM)
        reason_set(why, "not enough memory to rebuild what was then");
    if (status != ROLLCALL_OK) {
        then_destroy(then);
        return status;
    }
    *out = then;
    return ROLLCALL_OK;
}

void then_destroy(struct then *then)
{
    if (then == NULL)
        return;
    pipeline_destroy(then->pipeline);
    if (then->registry != NULL)
        drain(&then->store);
    registry_destroy(then->registry);
    answer_destroy(then->answer);
    folding_deinit(&then->folding);
    free(then);
}

struct registry *then_registry(struct then *then)
{
    return then->registry;
}

struct answer *then_answer(struct then *then)
{
    return then->answer;
}

size_t then_missing(const struct then *then)
{
    return then->missing;
}

const struct history_bounds *then_bounds(const struct then *then)
{
    return &then->bounds;
}

size_t then_ask(struct then *then, uint8_t *message, size_t length, size_t capacity)
{
    answer_reader_online();
    length = pipeline_answer(then->pipeline, message, length, capacity, NULL, true);
    answer_reader_offline();
    return length;
}
