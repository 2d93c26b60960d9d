#include "consul/indexes.h"

#include <stdlib.h>
#include <string.h>

#include "consul/keep.h"

/* Where those wait that watch one service; gone as soon as nobody does. */
struct place {
    struct topic topic;
    struct consul *consul; /* borrowed */
    size_t length;
    char key[]; /* "namespace/label" */
};

enum { KEY_SIZE = 2 * 64 + 2 };

static size_t print_key(char out[KEY_SIZE], const char *namespace_name, const char *label)
{
    size_t first = strnlen(namespace_name, 64);
    size_t second = strnlen(label, 64);

    memcpy(out, namespace_name, first);
    out[first] = '/';
    memcpy(out + first + 1, label, second);
    return first + 1 + second;
}

static void on_empty(struct topic *topic, void *owner)
{
    struct place *place = owner;

    (void)topic;
    table_remove(&place->consul->places, place->key, place->length);
    free(place);
}

struct topic *topic_of_service(struct consul *consul, const char *namespace_name,
                               const char *label)
{
    char key[KEY_SIZE];
    size_t length = print_key(key, namespace_name, label);
    struct place *place = table_get(&consul->places, key, length);

    if (place != NULL)
        return &place->topic;
    place = calloc(1, sizeof *place + length);
    if (place == NULL)
        return NULL;
    memcpy(place->key, key, length);
    place->length = length;
    place->consul = consul;
    topic_init(&place->topic);
    place->topic.on_empty = on_empty;
    place->topic.owner = place;
    if (table_set(&consul->places, place->key, length, place) == ROLLCALL_OK)
        return &place->topic;
    free(place);
    return NULL;
}

/* They run again, and who still waits makes the place anew. */
static void wake_place(struct consul *consul, struct place *place)
{
    table_remove(&consul->places, place->key, place->length);
    topic_wake(&place->topic);
    free(place);
}

static void wake_service(struct consul *consul, const char *namespace_name,
                         const char *label)
{
    char key[KEY_SIZE];
    size_t length = print_key(key, namespace_name, label);
    struct place *place = table_get(&consul->places, key, length);

    if (place != NULL)
        wake_place(consul, place);
}

static void wake_all_services(struct consul *consul)
{
    struct place *place;
    size_t at = 0;

    while ((place = table_next(&consul->places, &at)) != NULL)
        wake_place(consul, place);
}

static bool is_definition(const struct event *event)
{
    return event->kind == EVENT_ADDED || event->kind == EVENT_CHANGED ||
           event->kind == EVENT_REMOVED;
}

static void on_event(void *owner, const struct event *event)
{
    struct consul *consul = owner;
    struct indexes *index = &consul->index;

    index->version++;
    if (event->output_only)
        return;
    index->checks = event->revision;
    topic_wake(&consul->checks);
    wake_service(consul, event->service->namespace_name, event->service->name);
    if (!is_definition(event))
        return;
    index->catalog = event->revision;
    topic_wake(&consul->catalog);
    if (event->before != NULL)
        wake_service(consul, event->before->is.namespace_name, event->before->is.service);
}

void indexes_start(struct consul *consul)
{
    /* Of a registry that never saw a change the index is 1, so the first change must be
     * beyond that: who waits with 1 would not hear of it. */
    if (registry_revision(consul->registry) == 0)
        registry_take_revision(consul->registry);
    uint64_t start = registry_revision(consul->registry);
    consul->index = (struct indexes){ .start = start,
                                      .catalog = start,
                                      .checks = start,
                                      .nodes = start,
                                      .own_node = start,
                                      .version = 1 };
    consul->node.create = consul->node.modify = start;
    consul->listener = (struct listener){ .on_event = on_event, .owner = consul };
    registry_listen(consul->registry, &consul->listener);
}

void indexes_stop(struct consul *consul)
{
    registry_unlisten(consul->registry, &consul->listener);
    wake_all_services(consul);
    topic_wake(&consul->catalog);
    topic_wake(&consul->checks);
    topic_wake(&consul->nodes);
}

uint64_t index_of_service(const struct consul *consul, const char *namespace_name,
                          const char *label)
{
    const struct service *service =
        registry_service(consul->registry, namespace_name, label);

    if (service == NULL || service->count == 0) {
        uint64_t gone = registry_gone_revision(consul->registry);
        return gone > consul->index.start ? gone : consul->index.start;
    }
    return service->moved > consul->index.own_node ? service->moved
                                                   : consul->index.own_node;
}

/* The number that a change carries may have been overtaken by events before it was on
 * disk; who waits for more than theirs must hear of it too. */
static uint64_t not_overtaken(struct consul *consul, uint64_t revision)
{
    return revision < registry_revision(consul->registry)
               ? registry_take_revision(consul->registry)
               : revision;
}

void indexes_node_moved(struct consul *consul, uint64_t revision)
{
    consul->index.version++;
    consul->index.own_node = consul->index.checks = not_overtaken(consul, revision);
    wake_all_services(consul);
    topic_wake(&consul->checks);
}

void indexes_external_moved(struct consul *consul, uint64_t revision)
{
    consul->index.version++;
    consul->index.nodes = consul->index.checks = not_overtaken(consul, revision);
    topic_wake(&consul->nodes);
    topic_wake(&consul->catalog);
    topic_wake(&consul->checks);
}
