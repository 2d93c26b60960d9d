#include "consul/check_ids.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "consul/annex.h"
#include "consul/node_check.h"

#define PREFIX "service:"

struct check_ids {
    struct registry *registry; /* borrowed */
    struct table explicit;     /* of struct owned, by CheckID */
    struct listener listener;
};

/* One that was named: the instance it belongs to. */
struct owned {
    const char *instance; /* inside `text`, behind the CheckID */
    char text[];
};

static void add(struct check_ids *ids, const char *check_id, const char *instance)
{
    size_t first = strlen(check_id) + 1, second = strlen(instance) + 1;
    struct owned *owned = malloc(sizeof *owned + first + second);

    if (owned == NULL)
        goto fail;
    memcpy(owned->text, check_id, first);
    memcpy(owned->text + first, instance, second);
    owned->instance = owned->text + first;
    free(table_remove(&ids->explicit, check_id, first - 1));
    if (table_set(&ids->explicit, owned->text, first - 1, owned) == ROLLCALL_OK)
        return;
fail:
    free(owned);
    log_error("consul", "out of memory: check \"%s\" of \"%s\" is not found by its id",
              check_id, instance);
}

/* Another instance may have taken it over meanwhile. */
static void drop(struct check_ids *ids, const char *check_id, const char *instance)
{
    const struct owned *owned = table_get(&ids->explicit, check_id, strlen(check_id));

    if (owned != NULL && strcmp(owned->instance, instance) == 0)
        free(table_remove(&ids->explicit, check_id, strlen(check_id)));
}

/* Of an ordinary instance there is nothing to do. */
static void each(struct check_ids *ids, const struct rollcall_instance *is,
                 void (*act)(struct check_ids *ids, const char *check_id,
                             const char *instance))
{
    struct annex annex;

    if (is->annex == NULL)
        return;
    annex_read(&annex, is);
    for (unsigned i = 0; annex.node.name == NULL && i < annex.check_count; i++)
        if (annex.checks[i].id != NULL)
            act(ids, annex.checks[i].id, is->id);
    annex_deinit(&annex);
}

static void on_event(void *owner, const struct event *event)
{
    struct check_ids *ids = owner;

    if (event->kind == EVENT_CHANGED && event->before != NULL)
        each(ids, &event->before->is, drop);
    if (event->kind == EVENT_REMOVED && event->entry->instance != NULL)
        each(ids, &event->entry->instance->is, drop);
    if (event->kind == EVENT_ADDED || event->kind == EVENT_CHANGED)
        each(ids, &event->entry->instance->is, add);
}

struct check_ids *check_ids_create(struct registry *registry)
{
    struct check_ids *ids = calloc(1, sizeof *ids);
    const struct service *service;
    size_t at = 0;

    if (ids == NULL)
        return NULL;
    ids->registry = registry;
    table_init(&ids->explicit);
    while ((service = registry_next_service(registry, &at)) != NULL)
        for (uint32_t i = 0; i < service->count; i++)
            each(ids, &service->entries[i]->instance->is, add);
    ids->listener = (struct listener){ .on_event = on_event, .owner = ids };
    registry_listen(registry, &ids->listener);
    return ids;
}

void check_ids_destroy(struct check_ids *ids)
{
    struct owned *owned;
    size_t at = 0;

    if (ids == NULL)
        return;
    registry_unlisten(ids->registry, &ids->listener);
    while ((owned = table_next(&ids->explicit, &at)) != NULL)
        free(owned);
    table_deinit(&ids->explicit);
    free(ids);
}

/* Has that instance a check of that id? */
static struct entry *look_in(const struct check_ids *ids, const char *instance,
                             const char *check_id, unsigned *index)
{
    struct entry *entry = registry_find(ids->registry, instance);
    struct annex annex;

    if (entry == NULL)
        return NULL;
    annex_read(&annex, &entry->instance->is);
    bool found = annex.node.name == NULL &&
                 annex_find_check(&annex, &entry->instance->is, check_id, index);
    annex_deinit(&annex);
    return found ? entry : NULL;
}

/* "service:ID", else "service:ID:3". */
static struct entry *take_apart(const struct check_ids *ids, const char *check_id,
                                unsigned *index)
{
    const char *rest = check_id + sizeof PREFIX - 1;
    char instance[MODEL_ID_MAX + 1];
    struct entry *entry = look_in(ids, rest, check_id, index);
    const char *colon = strrchr(rest, ':');

    if (entry != NULL || colon == NULL || (size_t)(colon - rest) > MODEL_ID_MAX)
        return entry;
    memcpy(instance, rest, (size_t)(colon - rest));
    instance[colon - rest] = '\0';
    return look_in(ids, instance, check_id, index);
}

void check_ids_reserve(struct check_ids *ids, const struct rollcall_instance *is)
{
    each(ids, is, add);
}

static void drop_unless_committed(struct check_ids *ids, const char *check_id,
                                  const char *instance)
{
    unsigned index;

    if (look_in(ids, instance, check_id, &index) == NULL)
        drop(ids, check_id, instance);
}

void check_ids_release(struct check_ids *ids, const struct rollcall_instance *is)
{
    each(ids, is, drop_unless_committed);
}

bool check_ids_reserved(const char *check_id)
{
    static const char *const prefixes[] = { "_service_maintenance:", "rollcall:" };

    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(check_id, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return strcmp(check_id, "serfHealth") == 0 || strcmp(check_id, NODE_MAINTENANCE) == 0;
}

const char *check_ids_owner(const struct check_ids *ids, const char *check_id)
{
    const struct owned *owned = table_get(&ids->explicit, check_id, strlen(check_id));
    unsigned index;

    if (owned != NULL)
        return owned->instance;
    const struct entry *entry = check_ids_find(ids, check_id, &index);
    return entry == NULL ? NULL : entry->id;
}

struct entry *check_ids_find(const struct check_ids *ids, const char *check_id,
                             unsigned *index)
{
    const struct owned *owned = table_get(&ids->explicit, check_id, strlen(check_id));

    if (owned != NULL)
        return look_in(ids, owned->instance, check_id, index);
    if (strncmp(check_id, PREFIX, sizeof PREFIX - 1) != 0)
        return NULL;
    return take_apart(ids, check_id, index);
}
