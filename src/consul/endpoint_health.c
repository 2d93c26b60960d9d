/* /v1/health: instances with their checks. */
#include <string.h>

#include "consul/indexes.h"
#include "consul/listing.h"
#include "consul/node_checks.h"
#include "consul/reading.h"
#include "consul/routes.h"
#include "consul/selectors.h"
#include "consul/shapes.h"
#include "http/exchange.h"
#include "model/instance.h"

enum { ENTRY_SIZE = 1400 }; /* octets of an ordinary instance, to begin with */

/* --- GET /v1/health/service/:service */

/* What is asked of each instance. */
struct asked {
    const struct reading *reading;
    struct filter *filter;
    bool passing;
    enum rollcall_health node; /* of the checks of our node */
};

static void put_shown(const struct asked *asked, const struct service_shown *shown)
{
    const struct reading *reading = asked->reading;
    struct checks_shown checks;

    if (!reading_tags(reading, shown) || !reading_node_meta(reading, shown->node))
        return;
    shown_all_checks(reading->consul, shown, &checks);
    const struct health_shown row = { shown->node, shown, &checks };
    if (!filter_matches(asked->filter, &row))
        return;
    shape_next(exchange_out(reading->exchange));
    shape_health(exchange_out(reading->exchange), &row);
}

/* `passing` is what DNS hands out as passing, whatever clients make of the checks. */
static void put_instance(const struct asked *asked, const struct entry *entry)
{
    struct service_shown shown;

    if (!listing_is_here(asked->reading, entry) ||
        (asked->passing && entry_effective(entry) != ROLLCALL_PASSING))
        return;
    shown_service(asked->reading->consul, entry, &shown);
    if (!asked->passing || asked->node != ROLLCALL_WARNING ||
        shown.node->name != asked->reading->consul->node.name)
        put_shown(asked, &shown);
    shown_drop(&shown);
}

static void put_builtin(const struct asked *asked)
{
    struct service_shown shown;

    if (asked->passing && asked->node != ROLLCALL_PASSING)
        return;
    shown_builtin(asked->reading->consul, &shown);
    put_shown(asked, &shown);
    shown_drop(&shown);
}

static void open_list(const struct asked *asked, const char *label, uint32_t count)
{
    struct buffer *out = exchange_out(asked->reading->exchange);

    buffer_reserve(out, count * (size_t)ENTRY_SIZE);
    buffer_char(out, '[');
    if (strcmp(label, "consul") == 0 && listing_has_builtin(asked->reading))
        put_builtin(asked);
}

/* False: it goes on later, or is answered. */
static bool put_service(const struct asked *asked, const char *label, uint64_t index)
{
    const struct reading *reading = asked->reading;
    uint32_t at = reading_resume(reading, asked->filter, index);
    struct listing listing;
    bool paused = false;

    if (!listing_of(reading, label, &listing))
        return false;
    if (at == 0)
        open_list(asked, label, listing.count);
    while (at < listing.count && !paused) {
        put_instance(asked, listing.entries[at++]);
        paused = reading_pause(reading, asked->filter, at);
    }
    if (!paused)
        buffer_char(exchange_out(reading->exchange), ']');
    listing_drop(&listing);
    return !paused;
}

static bool read_passing(const struct reading *reading, bool *out)
{
    if (reading_flag(reading, "passing", out))
        return true;
    exchange_text(reading->exchange, 400, "Invalid value for ?passing");
    return false;
}

static void get_service(struct exchange *exchange)
{
    struct reading reading;
    char label[NAMES_LABEL_SIZE];

    if (!listing_begin(exchange, &reading, label))
        return;
    struct asked asked = { .reading = &reading,
                           .node = node_checks_health(reading.consul->node_checks) };
    uint64_t index = index_of_service(reading.consul, reading.namespace_name, label);
    if (!read_passing(&reading, &asked.passing) ||
        !reading_filter(&reading, selectors_health_service, &asked.filter))
        return;
    if (listing_wait(&reading, label, index) || listing_put_off(&reading, label) ||
        !put_service(&asked, label, index))
        filter_destroy(asked.filter);
    else if (reading_filtered(&reading, asked.filter))
        reading_reply(&reading, 200, index);
}

/* --- Lists of checks. */

static void put_checks(const struct asked *asked, const struct checks_shown *checks,
                       const enum rollcall_health *only)
{
    struct buffer *out = exchange_out(asked->reading->exchange);

    for (unsigned i = 0; i < checks->count; i++) {
        const struct check_shown *check = &checks->list[i];
        if ((only != NULL && check->health != *only) ||
            !filter_matches(asked->filter, check))
            continue;
        shape_next(out);
        shape_check(out, check);
    }
}

static void put_checks_of(const struct asked *asked, const struct entry *entry,
                          const enum rollcall_health *only)
{
    struct service_shown shown;
    struct checks_shown checks;

    shown_service(asked->reading->consul, entry, &shown);
    checks_shown_init(&checks);
    if (reading_node_meta(asked->reading, shown.node)) {
        shown_checks(&shown, &checks);
        put_checks(asked, &checks, only);
    }
    shown_drop(&shown);
}

static void put_checks_of_node(const struct asked *asked, const struct node_view *node,
                               const enum rollcall_health *only)
{
    struct checks_shown checks;

    checks_shown_init(&checks);
    if (!reading_node_meta(asked->reading, node))
        return;
    shown_node_checks(asked->reading->consul, node, &checks);
    put_checks(asked, &checks, only);
}

static void finish_checks(const struct asked *asked, bool complete, uint64_t index)
{
    buffer_char(exchange_out(asked->reading->exchange), ']');
    if (!complete)
        filter_destroy(asked->filter);
    else if (reading_filtered(asked->reading, asked->filter))
        reading_reply(asked->reading, 200, index);
}

/* --- GET /v1/health/checks/:service */

static void get_checks(struct exchange *exchange)
{
    struct reading reading;
    struct listing listing;
    char label[NAMES_LABEL_SIZE];

    if (!listing_begin(exchange, &reading, label))
        return;
    struct asked asked = { .reading = &reading };
    uint64_t index = index_of_service(reading.consul, reading.namespace_name, label);
    if (!reading_filter(&reading, selectors_check, &asked.filter))
        return;
    if (listing_wait(&reading, label, index) || listing_put_off(&reading, label) ||
        !listing_of(&reading, label, &listing)) {
        filter_destroy(asked.filter);
        return;
    }
    buffer_char(exchange_out(exchange), '[');
    for (uint32_t i = 0; i < listing.count; i++)
        if (listing_is_here(&reading, listing.entries[i]))
            put_checks_of(&asked, listing.entries[i], NULL);
    listing_drop(&listing);
    finish_checks(&asked, true, index);
}

/* --- GET /v1/health/node/:node, /v1/health/state/:state */

/* Of that node, or of all (NULL) with that state. */
static bool put_services(const struct asked *asked, const struct node_view *node,
                         const enum rollcall_health *only)
{
    const struct reading *reading = asked->reading;
    struct services_listing services;

    if (!listing_services(reading, &services))
        return false;
    for (uint32_t i = 0; i < services.count; i++) {
        const struct service *service = services.services[i];
        for (uint32_t j = 0; j < service->count; j++) {
            const struct entry *entry = service->entries[j];
            if (node == NULL ? listing_is_here(reading, entry)
                             : listing_on_node(reading, entry, node))
                put_checks_of(asked, entry, only);
        }
    }
    listing_services_drop(&services);
    return true;
}

/* Of a list that any check can change. False: answered, or waiting. */
static bool begin_all_checks(struct reading *reading, struct asked *asked, uint64_t index)
{
    if (!reading_filter(reading, selectors_check, &asked->filter))
        return false;
    if (reading_wait(reading, &reading->consul->checks, index) ||
        reading_put_off(reading)) {
        filter_destroy(asked->filter);
        return false;
    }
    buffer_char(exchange_out(reading->exchange), '[');
    return true;
}

static void get_node(struct exchange *exchange)
{
    struct reading reading;
    char name[512];

    if (!reading_begin(exchange, &reading) ||
        !reading_name(&reading, "node", "Missing node name", name, sizeof name))
        return;
    struct asked asked = { .reading = &reading };
    uint64_t index = reading.consul->index.checks;
    if (!begin_all_checks(&reading, &asked, index))
        return;
    const struct node_view *node = listing_node(&reading, name);
    if (node != NULL)
        put_checks_of_node(&asked, node, NULL);
    finish_checks(&asked, node == NULL || put_services(&asked, node, NULL), index);
}

/* "any": *only stays NULL. False: no such state, and nothing is in it. */
static bool read_state(const char *word, enum rollcall_health *state,
                       const enum rollcall_health **only)
{
    *only = NULL;
    if (strcmp(word, "any") == 0)
        return true;
    *only = state;
    return health_parse(word, state);
}

static bool put_state(const struct asked *asked, const enum rollcall_health *only)
{
    const struct node_view *node;
    struct nodes_listing nodes;

    if (!listing_nodes(asked->reading, &nodes))
        return false;
    while ((node = listing_next_node(&nodes)) != NULL)
        put_checks_of_node(asked, node, only);
    listing_nodes_drop(&nodes);
    return put_services(asked, NULL, only);
}

static void get_state(struct exchange *exchange)
{
    struct reading reading;
    char word[64];

    if (!reading_begin(exchange, &reading) ||
        !reading_name(&reading, "state", "Missing check state", word, sizeof word))
        return;
    struct asked asked = { .reading = &reading };
    enum rollcall_health state;
    const enum rollcall_health *only;
    uint64_t index = reading.consul->index.checks;
    if (!begin_all_checks(&reading, &asked, index))
        return;
    finish_checks(&asked, !read_state(word, &state, &only) || put_state(&asked, only),
                  index);
}

/* --- */

static const struct route_parameter common[] = {
    PARAMETER_DC,
    PARAMETER_INDEX,
    PARAMETER_WAIT,
    { "filter", "string", "an expression: Checks.Status != critical", false },
    PARAMETER_NODE_META,
    { .name = NULL },
};

static const struct route_parameter of_service[] = {
    { "passing", "boolean", "only what DNS hands out as passing", false },
    PARAMETER_TAG,
    PARAMETER_DC,
    PARAMETER_INDEX,
    PARAMETER_WAIT,
    { "filter", "string", "an expression: Service.Meta.version == \"4\"", false },
    PARAMETER_NODE_META,
    PARAMETER_NEAR,
    { .name = NULL },
};

const struct route consul_health_routes[] = {
    { HTTP_GET, "/v1/health/service/{service...}", RIGHT_READ, 0, get_service,
      "Instances of a service with their node and checks.", of_service, NULL,
      "ServiceEntries", NULL },
    { HTTP_GET, "/v1/health/checks/{service...}", RIGHT_READ, 0, get_checks,
      "Checks of the instances of a service.", common, NULL, "HealthChecks", NULL },
    { HTTP_GET, "/v1/health/node/{node...}", RIGHT_READ, 0, get_node,
      "Checks of a node and of its services.", common, NULL, "HealthChecks", NULL },
    { HTTP_GET, "/v1/health/state/{state...}", RIGHT_READ, 0, get_state,
      "Checks in a state: any, passing, warning, critical.", common, NULL, "HealthChecks",
      NULL },
    { HTTP_GET, "/v1/health/connect/{service...}", RIGHT_READ, 0, listing_no_mesh,
      "Nothing: there is no mesh.", common, NULL, "ServiceEntries", NULL },
    { HTTP_GET, "/v1/health/ingress/{service...}", RIGHT_READ, 0, listing_no_mesh,
      "Nothing: there is no mesh.", common, NULL, "ServiceEntries", NULL },
    { .path = NULL },
};
