/* /v1/catalog, reading: nodes, services, instances. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "consul/indexes.h"
#include "consul/listing.h"
#include "consul/reading.h"
#include "consul/routes.h"
#include "consul/selectors.h"
#include "consul/shapes.h"
#include "http/exchange.h"
#include "proto/encode.h"

/* --- GET /v1/catalog/services */

/* Tags of one service: texts of our own. */
struct tag_set {
    char **texts; /* owned, as is each */
    size_t count;
    size_t capacity;
    bool failed; /* no memory */
};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_tag(struct tag_set *set, const char *tag)
{
    if (set->count == set->capacity) {
        size_t capacity = set->capacity == 0 ? 16 : set->capacity * 2;
        char **texts = realloc(set->texts, capacity * sizeof(char *));
        if (texts == NULL) {
            set->failed = true;
            return;
        }
        set->texts = texts;
        set->capacity = capacity;
    }
    char *copy = strdup(tag);
    if (copy == NULL)
        set->failed = true;
    else
        set->texts[set->count++] = copy;
}

/* Sorted, each once. */
static void settle_tags(struct tag_set *set)
{
    size_t kept = 0;

    if (set->count > 1)
        qsort(set->texts, set->count, sizeof(char *), by_text);
    for (size_t i = 0; i < set->count; i++) {
        if (kept > 0 && strcmp(set->texts[kept - 1], set->texts[i]) == 0)
            free(set->texts[i]);
        else
            set->texts[kept++] = set->texts[i];
    }
    set->count = kept;
}

static void add_tags(struct tag_set *set, const struct service_shown *shown)
{
    for (unsigned i = 0; i < shown_tag_count(shown); i++)
        add_tag(set, shown_tag(shown, i));
    if (set->count > 1024) /* of many instances with the same few */
        settle_tags(set);
}

static void drop_tags(struct tag_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        free(set->texts[i]);
    free(set->texts);
}

static void put_tags(struct buffer *out, struct tag_set *set, const char *name)
{
    settle_tags(set);
    shape_next(out);
    encode_text(out, name);
    buffer_text(out, ":[");
    for (size_t i = 0; i < set->count; i++) {
        shape_next(out);
        encode_text(out, set->texts[i]);
    }
    buffer_char(out, ']');
}

static bool is_wanted(const struct reading *reading, struct filter *filter,
                      const struct service_shown *shown)
{
    return reading_node_meta(reading, shown->node) && filter_matches(filter, shown);
}

/* Its tags, where an instance of it is asked for. False: no memory. */
static bool put_one_service(const struct reading *reading, struct filter *filter,
                            const struct service *service)
{
    struct tag_set set = { .count = 0 };
    char name[ANNEX_TEXT_SIZE] = "";
    bool wanted = false;

    for (uint32_t i = 0; i < service->count && !set.failed; i++) {
        struct service_shown shown;
        if (!listing_is_here(reading, service->entries[i]))
            continue;
        shown_service(reading->consul, service->entries[i], &shown);
        if (is_wanted(reading, filter, &shown)) {
            if (!wanted)
                strncpy(name, shown.name, sizeof name - 1);
            wanted = true;
            add_tags(&set, &shown);
        }
        shown_drop(&shown);
    }
    if (wanted && !set.failed)
        put_tags(exchange_out(reading->exchange), &set, name);
    drop_tags(&set);
    return !set.failed;
}

static void put_builtin_name(const struct reading *reading, struct filter *filter)
{
    struct service_shown shown;

    shown_builtin(reading->consul, &shown);
    if (is_wanted(reading, filter, &shown)) {
        shape_next(exchange_out(reading->exchange));
        buffer_text(exchange_out(reading->exchange), "\"consul\":[]");
    }
    shown_drop(&shown);
}

static bool put_services(const struct reading *reading, struct filter *filter)
{
    struct buffer *out = exchange_out(reading->exchange);
    struct services_listing services;
    bool builtin = listing_has_builtin(reading);
    bool complete = listing_services(reading, &services);

    if (!complete)
        return false;
    buffer_char(out, '{');
    for (uint32_t i = 0; i < services.count && complete; i++) {
        int order = strcmp(services.services[i]->name, "consul");
        if (builtin && order > 0)
            put_builtin_name(reading, filter);
        builtin = builtin && order < 0; /* one that was registered stands for it */
        complete = put_one_service(reading, filter, services.services[i]);
    }
    if (builtin)
        put_builtin_name(reading, filter);
    buffer_char(out, '}');
    listing_services_drop(&services);
    if (!complete)
        exchange_text(reading->exchange, 503, "out of memory");
    return complete;
}

static void get_services(struct exchange *exchange)
{
    struct reading reading;
    struct filter *filter;

    if (!reading_begin(exchange, &reading))
        return;
    uint64_t index = reading.consul->index.catalog;
    if (!reading_filter(&reading, selectors_catalog_service, &filter))
        return;
    if (reading_wait(&reading, &reading.consul->catalog, index) ||
        reading_put_off(&reading) || !put_services(&reading, filter))
        filter_destroy(filter);
    else if (reading_filtered(&reading, filter))
        reading_reply(&reading, 200, index);
}

/* --- GET /v1/catalog/service/:service */

static void put_shown(const struct reading *reading, struct filter *filter,
                      const struct service_shown *shown)
{
    if (!reading_tags(reading, shown) || !is_wanted(reading, filter, shown))
        return;
    shape_next(exchange_out(reading->exchange));
    shape_catalog_service(exchange_out(reading->exchange), shown);
}

static void open_list(const struct reading *reading, struct filter *filter,
                      const char *label)
{
    struct service_shown shown;

    buffer_char(exchange_out(reading->exchange), '[');
    if (strcmp(label, "consul") != 0 || !listing_has_builtin(reading))
        return;
    shown_builtin(reading->consul, &shown);
    put_shown(reading, filter, &shown);
    shown_drop(&shown);
}

static void put_instance(const struct reading *reading, struct filter *filter,
                         const struct entry *entry)
{
    struct service_shown shown;

    if (!listing_is_here(reading, entry))
        return;
    shown_service(reading->consul, entry, &shown);
    put_shown(reading, filter, &shown);
    shown_drop(&shown);
}

/* False: it goes on later, or is answered. */
static bool put_instances(const struct reading *reading, struct filter *filter,
                          const char *label, uint64_t index)
{
    uint32_t at = reading_resume(reading, filter, index);
    struct listing listing;
    bool paused = false;

    if (!listing_of(reading, label, &listing))
        return false;
    if (at == 0)
        open_list(reading, filter, label);
    while (at < listing.count && !paused) {
        put_instance(reading, filter, listing.entries[at++]);
        paused = reading_pause(reading, filter, at);
    }
    if (!paused)
        buffer_char(exchange_out(reading->exchange), ']');
    listing_drop(&listing);
    return !paused;
}

static void get_service(struct exchange *exchange)
{
    struct reading reading;
    struct filter *filter;
    char label[NAMES_LABEL_SIZE];

    if (!listing_begin(exchange, &reading, label))
        return;
    uint64_t index = index_of_service(reading.consul, reading.namespace_name, label);
    if (!reading_filter(&reading, selectors_catalog_service, &filter))
        return;
    if (listing_wait(&reading, label, index) || listing_put_off(&reading, label) ||
        !put_instances(&reading, filter, label, index))
        filter_destroy(filter);
    else if (reading_filtered(&reading, filter))
        reading_reply(&reading, 200, index);
}

/* --- GET /v1/catalog/nodes */

static bool put_nodes(const struct reading *reading, struct filter *filter)
{
    struct buffer *out = exchange_out(reading->exchange);
    const struct node_view *node;
    struct nodes_listing nodes;

    if (!listing_nodes(reading, &nodes))
        return false;
    buffer_char(out, '[');
    while ((node = listing_next_node(&nodes)) != NULL) {
        if (!reading_node_meta(reading, node) || !filter_matches(filter, node))
            continue;
        shape_next(out);
        shape_node(out, node);
    }
    buffer_char(out, ']');
    listing_nodes_drop(&nodes);
    return true;
}

static uint64_t newer(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Who does not see all nodes sees one come with a service on it. */
static void get_nodes(struct exchange *exchange)
{
    struct reading reading;
    struct filter *filter;
    bool whole = sight_is_whole(exchange);

    if (!reading_begin(exchange, &reading))
        return;
    struct consul *consul = reading.consul;
    uint64_t index =
        whole ? consul->index.nodes : newer(consul->index.nodes, consul->index.catalog);
    if (!reading_filter(&reading, selectors_node, &filter))
        return;
    if (reading_wait(&reading, whole ? &consul->nodes : &consul->catalog, index) ||
        !put_nodes(&reading, filter))
        filter_destroy(filter);
    else if (reading_filtered(&reading, filter))
        reading_reply(&reading, 200, index);
}

/* --- GET /v1/catalog/node/:node, /v1/catalog/node-services/:node */

/* In a map by ServiceID, or in a list. */
static void put_on_node(const struct reading *reading, struct filter *filter,
                        const struct service_shown *shown, bool map)
{
    struct buffer *out = exchange_out(reading->exchange);

    if (!filter_matches(filter, shown))
        return;
    shape_next(out);
    if (map) {
        encode_text(out, shown->id);
        buffer_char(out, ':');
    }
    shape_service(out, shown);
}

static bool put_services_on(const struct reading *reading, struct filter *filter,
                            const struct node_view *node, bool map)
{
    struct services_listing services;
    struct service_shown shown;

    if (!listing_services(reading, &services))
        return false;
    if (node == &reading->consul->node && listing_has_builtin(reading)) {
        shown_builtin(reading->consul, &shown);
        put_on_node(reading, filter, &shown, map);
        shown_drop(&shown);
    }
    for (uint32_t i = 0; i < services.count; i++)
        for (uint32_t j = 0; j < services.services[i]->count; j++) {
            const struct entry *entry = services.services[i]->entries[j];
            if (!listing_on_node(reading, entry, node))
                continue;
            shown_service(reading->consul, entry, &shown);
            put_on_node(reading, filter, &shown, map);
            shown_drop(&shown);
        }
    listing_services_drop(&services);
    return true;
}

static bool put_node(const struct reading *reading, struct filter *filter,
                     const struct node_view *node, bool map)
{
    struct buffer *out = exchange_out(reading->exchange);

    buffer_text(out, "{\"Node\":");
    shape_node(out, node);
    buffer_text(out, map ? ",\"Services\":{" : ",\"Services\":[");
    if (!put_services_on(reading, filter, node, map))
        return false;
    buffer_text(out, map ? "}}" : "]}");
    return true;
}

static void answer_node(struct exchange *exchange, bool map)
{
    struct reading reading;
    struct filter *filter;
    char name[512];

    if (!reading_begin(exchange, &reading) ||
        !reading_name(&reading, "node", "Missing node name", name, sizeof name))
        return;
    const struct indexes *all = &reading.consul->index;
    uint64_t index = newer(all->nodes, all->catalog);
    if (!reading_filter(&reading, selectors_service, &filter))
        return;
    if (reading_wait(&reading, &reading.consul->catalog, index) ||
        reading_put_off(&reading)) {
        filter_destroy(filter);
        return;
    }
    const struct node_view *node = listing_node(&reading, name);
    if (node == NULL)
        buffer_text(exchange_out(exchange), map ? "null" : "[]");
    else if (!put_node(&reading, filter, node, map)) {
        filter_destroy(filter);
        return;
    }
    if (reading_filtered(&reading, filter))
        reading_reply(&reading, 200, index);
}

static void get_node(struct exchange *exchange)
{
    answer_node(exchange, true);
}

static void get_node_services(struct exchange *exchange)
{
    answer_node(exchange, false);
}

/* --- GET /v1/catalog/datacenters: ours first, then those that instances stand in. */

static void add_datacenters(const struct consul *consul, struct tag_set *set)
{
    const struct service *service;
    size_t at = 0;

    while ((service = registry_next_service(consul->registry, &at)) != NULL)
        for (uint32_t i = 0; i < service->count; i++) {
            const char *its = service->entries[i]->instance->is.datacenter;
            if (its != NULL && its[0] != '\0' &&
                strcasecmp(its, consul->config->datacenter) != 0)
                add_tag(set, its);
            if (set->count > 1024)
                settle_tags(set);
        }
    settle_tags(set);
}

static void get_datacenters(struct exchange *exchange)
{
    struct consul *consul = exchange_owner(exchange);
    struct buffer *out = exchange_out(exchange);
    struct tag_set set = { .count = 0 };

    add_datacenters(consul, &set);
    buffer_char(out, '[');
    encode_text(out, consul->config->datacenter);
    for (size_t i = 0; i < set.count; i++) {
        shape_next(out);
        encode_text(out, set.texts[i]);
    }
    buffer_char(out, ']');
    drop_tags(&set);
    exchange_reply(exchange, 200, HTTP_JSON);
}

/* --- */

static const struct route_parameter common[] = {
    PARAMETER_DC,
    PARAMETER_INDEX,
    PARAMETER_WAIT,
    { "filter", "string", "an expression: ServiceMeta.version == \"4\"", false },
    PARAMETER_NODE_META,
    { .name = NULL },
};

static const struct route_parameter of_service[] = {
    PARAMETER_TAG,
    PARAMETER_DC,
    PARAMETER_INDEX,
    PARAMETER_WAIT,
    { "filter", "string", "an expression: ServicePort == 8080", false },
    PARAMETER_NODE_META,
    { .name = NULL },
};

const struct route consul_catalog_routes[] = {
    { HTTP_GET, "/v1/catalog/services", RIGHT_READ, 0, get_services,
      "Names of services with their tags.", common, NULL, "ServiceTags", NULL },
    { HTTP_GET, "/v1/catalog/service/{service...}", RIGHT_READ, 0, get_service,
      "Instances of a service, whatever their health.", of_service, NULL,
      "CatalogServices", NULL },
    { HTTP_GET, "/v1/catalog/connect/{service...}", RIGHT_READ, 0, listing_no_mesh,
      "Nothing: there is no mesh.", common, NULL, "CatalogServices", NULL },
    { HTTP_GET, "/v1/catalog/nodes", RIGHT_READ, 0, get_nodes, "Nodes.", common, NULL,
      "Nodes", NULL },
    { HTTP_GET, "/v1/catalog/node/{node...}", RIGHT_READ, 0, get_node,
      "A node with its services, by their ids; null when there is none.", common, NULL,
      "CatalogNode", NULL },
    { HTTP_GET, "/v1/catalog/node-services/{node...}", RIGHT_READ, 0, get_node_services,
      "A node with its services in a list; [] when there is none.", common, NULL,
      "CatalogNodeServices", NULL },
    { HTTP_GET, "/v1/catalog/datacenters", RIGHT_READ, 0, get_datacenters,
      "Names of datacenters, the own first.", NULL, NULL, "Strings", NULL },
    { .path = NULL },
};
