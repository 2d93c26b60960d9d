#include "consul/listing.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "consul/externals.h"
#include "consul/indexes.h"

static void no_memory(const struct reading *reading)
{
    exchange_text(reading->exchange, 503, "out of memory");
}

/* The id of an external one begins with its node. */
static bool may_be_external(const struct entry *entry)
{
    return entry->instance->is.annex != NULL && strchr(entry->id, '/') != NULL;
}

/* --- Instances. */

struct placed {
    struct entry *entry;
    const char *node; /* borrowed from the annex */
    struct annex annex;
};

static int by_node(const void *a, const void *b)
{
    const struct placed *first = *(struct placed *const *)a;
    const struct placed *second = *(struct placed *const *)b;
    int order = strcasecmp(first->node, second->node);

    return order != 0 ? order : strcmp(first->entry->id, second->entry->id);
}

/* One after the other in the order of their nodes: in `out`, count of them. */
static bool place(const struct consul *consul, const struct service *service,
                  struct entry **out)
{
    struct placed **all = calloc(service->count, sizeof *all);
    bool enough = all != NULL;

    for (uint32_t i = 0; enough && i < service->count; i++) {
        all[i] = malloc(sizeof *all[i]);
        enough = all[i] != NULL;
        if (!enough)
            break;
        all[i]->entry = service->entries[i];
        annex_read(&all[i]->annex, &service->entries[i]->instance->is);
        all[i]->node =
            all[i]->annex.node.name != NULL ? all[i]->annex.node.name : consul->node.name;
    }
    if (enough) {
        qsort(all, service->count, sizeof(struct placed *), by_node);
        for (uint32_t i = 0; i < service->count; i++)
            out[i] = all[i]->entry;
    }
    for (uint32_t i = 0; all != NULL && i < service->count && all[i] != NULL; i++) {
        annex_deinit(&all[i]->annex);
        free(all[i]);
    }
    free(all);
    return enough;
}

static bool all_ours(const struct service *service)
{
    for (uint32_t i = 0; i < service->count; i++)
        if (may_be_external(service->entries[i]))
            return false;
    return true;
}

bool listing_begin(struct exchange *exchange, struct reading *reading,
                   char label[NAMES_LABEL_SIZE])
{
    char name[512];

    if (!reading_begin(exchange, reading) ||
        !reading_name(reading, "service", "Missing service name", name, sizeof name))
        return false;
    name_to_label(name, label);
    return reading_may_see(exchange, reading->namespace_name, label);
}

bool listing_wait(const struct reading *reading, const char *label, uint64_t index)
{
    return reading_is_old(reading, index) &&
           reading_wait(reading,
                        topic_of_service(reading->consul, reading->namespace_name, label),
                        index);
}

bool listing_put_off(const struct reading *reading, const char *label)
{
    const struct service *service =
        registry_service(reading->consul->registry, reading->namespace_name, label);

    return service != NULL && exchange_put_off(reading->exchange, service->count);
}

void listing_no_mesh(struct exchange *exchange)
{
    struct reading reading;
    char label[NAMES_LABEL_SIZE];

    if (!listing_begin(exchange, &reading, label))
        return;
    uint64_t index = reading.consul->index.start;
    if (reading_wait(&reading, &reading.consul->nodes, index))
        return;
    buffer_text(exchange_out(exchange), "[]");
    reading_reply(&reading, 200, index);
}

bool listing_of(const struct reading *reading, const char *label, struct listing *out)
{
    const struct service *service =
        registry_service(reading->consul->registry, reading->namespace_name, label);

    *out = (struct listing){ .count = 0 };
    if (service == NULL || service->count == 0)
        return true;
    out->count = service->count;
    out->entries = service->entries;
    if (all_ours(service))
        return true; /* they are by id */
    struct entry **sorted = calloc(service->count, sizeof(struct entry *));
    if (sorted != NULL && place(reading->consul, service, sorted)) {
        out->entries = sorted;
        out->owned = sorted;
        return true;
    }
    free(sorted);
    no_memory(reading);
    return false;
}

void listing_drop(struct listing *listing)
{
    free(listing->owned);
}

/* --- Services. */

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct service *const *)a)->name,
                  (*(const struct service *const *)b)->name);
}

static bool is_listed(const struct reading *reading, const struct service *service)
{
    return service->count > 0 &&
           strcmp(service->namespace_name, reading->namespace_name) == 0 &&
           exchange_may(reading->exchange, RIGHT_READ, service->namespace_name,
                        service->name);
}

const struct service *listing_next_service(const struct reading *reading, size_t *at)
{
    const struct service *service;

    while ((service = registry_next_service(reading->consul->registry, at)) != NULL)
        if (is_listed(reading, service))
            return service;
    return NULL;
}

bool listing_services(const struct reading *reading, struct services_listing *out)
{
    const struct service *service;
    uint32_t count = 0;
    size_t at = 0;

    *out = (struct services_listing){ .count = 0 };
    while (registry_next_service(reading->consul->registry, &at) != NULL)
        count++;
    out->services = calloc(count + 1u, sizeof *out->services);
    if (out->services == NULL) {
        no_memory(reading);
        return false;
    }
    at = 0;
    while ((service = listing_next_service(reading, &at)) != NULL)
        out->services[out->count++] = service;
    qsort(out->services, out->count, sizeof *out->services, by_name);
    return true;
}

void listing_services_drop(struct services_listing *listing)
{
    free(listing->services);
}

/* --- Where. */

static bool is_own(const struct reading *reading)
{
    return strcasecmp(reading->datacenter, reading->consul->config->datacenter) == 0;
}

bool listing_is_here(const struct reading *reading, const struct entry *entry)
{
    const char *its = entry->instance->is.datacenter;

    return its == NULL || its[0] == '\0' ? is_own(reading)
                                         : strcasecmp(its, reading->datacenter) == 0;
}

bool listing_has_builtin(const struct reading *reading)
{
    return reading->consul->config->api.consul_service && is_own(reading) &&
           strcmp(reading->namespace_name, "default") == 0;
}

bool listing_on_node(const struct reading *reading, const struct entry *entry,
                     const struct node_view *node)
{
    struct annex annex;

    if (node == NULL || !listing_is_here(reading, entry))
        return false;
    if (!may_be_external(entry))
        return node == &reading->consul->node;
    annex_read(&annex, &entry->instance->is);
    bool is = annex.node.name == NULL ? node == &reading->consul->node
                                      : strcasecmp(annex.node.name, node->name) == 0;
    annex_deinit(&annex);
    return is;
}

static bool is_called(const struct node_view *node, const char *name)
{
    return strcasecmp(node->name, name) == 0 ||
           (node->id[0] != '\0' && strcasecmp(node->id, name) == 0);
}

const struct node_view *listing_node(const struct reading *reading, const char *name)
{
    const struct consul *consul = reading->consul;

    if (is_called(&consul->node, name))
        return &consul->node;
    if (!is_own(reading))
        return NULL;
    const struct external *external = externals_find(consul, name);
    if (external == NULL)
        external = externals_find_id(consul, name);
    return external == NULL || !sight_node(reading->exchange, &external->view)
               ? NULL
               : &external->view;
}

bool listing_nodes(const struct reading *reading, struct nodes_listing *out)
{
    *out = (struct nodes_listing){ .reading = reading };
    if (sight_nodes_begin(reading->exchange, &out->sight))
        return true;
    no_memory(reading);
    return false;
}

void listing_nodes_drop(struct nodes_listing *listing)
{
    sight_nodes_drop(&listing->sight);
}

static const struct external *next_external(const struct nodes_listing *listing,
                                            size_t *at)
{
    const struct external *external = NULL;

    if (!is_own(listing->reading))
        return NULL;
    do {
        external = externals_next(listing->reading->consul, at);
    } while (external != NULL && !sight_nodes_have(&listing->sight, *at - 1));
    return external;
}

/* Ours stands where it belongs among the names of the others. */
const struct node_view *listing_next_node(struct nodes_listing *listing)
{
    const struct consul *consul = listing->reading->consul;
    size_t next = listing->next;
    const struct external *external = next_external(listing, &next);

    if (!listing->own_given &&
        (external == NULL || strcasecmp(consul->node.name, external->view.name) <= 0)) {
        listing->own_given = true;
        return &consul->node;
    }
    listing->next = next;
    return external == NULL ? NULL : &external->view;
}
