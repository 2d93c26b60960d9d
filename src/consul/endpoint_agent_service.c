/* /v1/agent/service, /v1/agent/services: instances of this node. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "consul/agent.h"
#include "consul/body.h"
#include "consul/indexes.h"
#include "consul/listing.h"
#include "consul/reading.h"
#include "consul/routes.h"
#include "consul/selectors.h"
#include "consul/shapes.h"
#include "proto/encode.h"

/* --- PUT /v1/agent/service/register */

/* What the body says, merged with what there is; answers. */
static void register_body(struct exchange *exchange, json_t *body)
{
    const struct consul *consul = exchange_owner(exchange);
    struct definition *definition = agent_definition(exchange);
    const char *replace = exchange_query(exchange, "replace-existing-checks", 0);
    struct reason why = REASON_NONE;

    if (definition == NULL)
        return;
    enum rollcall_status status = definition_read_service(definition, body, &why);
    if (status != ROLLCALL_OK) {
        definition_destroy(definition);
        agent_refuse_body(exchange, status, &why);
        return;
    }
    struct instance *before = agent_latest(consul, definition_id(definition));
    if (before == NULL &&
        registry_latest(consul->registry, definition_id(definition)) != NULL) {
        exchange_text(exchange, 400, "Invalid service ID: it is a service of a node");
        definition_destroy(definition);
        return;
    }
    bool keep = replace == NULL || (replace[0] != '\0' && strcmp(replace, "true") != 0);
    if (before != NULL && keep)
        status = definition_keep_checks(definition, before, &why);
    if (status == ROLLCALL_OK) {
        agent_register(exchange, definition, before);
        return;
    }
    definition_destroy(definition);
    agent_refuse_body(exchange, status, &why);
}

static void put_register(struct exchange *exchange)
{
    json_t *body = agent_body(exchange);

    if (body != NULL)
        register_body(exchange, body);
    json_decref(body);
}

/* --- PUT /v1/agent/service/deregister/:id */

static void put_deregister(struct exchange *exchange)
{
    struct consul *consul = exchange_owner(exchange);
    const struct requester who = exchange_requester(exchange);
    struct reason why = REASON_NONE;
    char id[AGENT_ID_SIZE];

    if (!agent_path(exchange, "id", "Missing service ID", id))
        return;
    const struct instance *latest = agent_latest(consul, id);
    if (latest == NULL) {
        exchange_text(exchange, 404, AGENT_UNKNOWN_SERVICE, id);
        return;
    }
    if (!agent_may(exchange, RIGHT_REGISTER, &latest->is))
        return;
    exchange_defer(exchange);
    enum rollcall_status status =
        registry_deregister(consul->registry, id, &who, clock_monotonic_ms(),
                            clock_wall_ms(), agent_done, exchange, &why);
    if (status == ROLLCALL_E_NOTFOUND)
        exchange_text(exchange, 404, AGENT_UNKNOWN_SERVICE, id);
    else if (status != ROLLCALL_OK)
        agent_refuse(exchange, status, &why);
}

/* --- GET /v1/agent/services */

static void put_member(struct buffer *out, const struct service_shown *shown)
{
    shape_next(out);
    encode_text(out, shown->id);
    buffer_char(out, ':');
    shape_agent_service(out, shown, NULL);
}

static void list_service(const struct reading *reading, const struct service *service,
                         struct filter *filter)
{
    struct service_shown shown;

    for (uint32_t i = 0; i < service->count; i++) {
        shown_service(reading->consul, service->entries[i], &shown);
        if (shown.annex.node.name == NULL && filter_matches(filter, &shown))
            put_member(exchange_out(reading->exchange), &shown);
        shown_drop(&shown);
    }
}

static void get_services(struct exchange *exchange)
{
    const struct reading reading = reading_plain(exchange);
    const struct service *service;
    struct filter *filter;
    size_t at = 0;

    if (reading_put_off(&reading) ||
        !reading_filter(&reading, selectors_service, &filter))
        return;
    buffer_char(exchange_out(exchange), '{');
    while ((service = listing_next_service(&reading, &at)) != NULL)
        list_service(&reading, service, filter);
    buffer_char(exchange_out(exchange), '}');
    if (reading_filtered(&reading, filter))
        exchange_reply(exchange, 200, HTTP_JSON);
}

/* --- GET /v1/agent/service/:id */

static void print_hash(const struct service_shown *shown, char out[17])
{
    struct buffer text;

    buffer_init(&text, 1024 * 1024);
    shape_agent_service(&text, shown, NULL);
    snprintf(out, 17, "%016" PRIx64, hash_stable(text.data, text.length));
    buffer_deinit(&text);
}

/* Does the client have this one already, and time to wait? */
static bool waits_for_another(struct exchange *exchange, const struct entry *entry,
                              const char *hash)
{
    struct consul *consul = exchange_owner(exchange);
    const char *known = exchange_query(exchange, "hash", 0);
    struct blocking blocking;
    const char *error;

    if (known == NULL || strcmp(known, hash) != 0 ||
        !blocking_parse(NULL, exchange_query(exchange, "wait", 0), &blocking, &error))
        return false;
    struct topic *topic =
        topic_of_service(consul, entry->service->namespace_name, entry->service->name);
    return blocking_wait(&blocking, &consul->random, exchange, topic,
                         clock_monotonic_ms());
}

static void show_service(struct exchange *exchange, const struct entry *entry)
{
    struct service_shown shown;
    char hash[17];

    shown_service(exchange_owner(exchange), entry, &shown);
    print_hash(&shown, hash);
    if (!waits_for_another(exchange, entry, hash)) {
        exchange_set_header(exchange, "X-Consul-ContentHash", hash);
        shape_agent_service(exchange_out(exchange), &shown, hash);
        exchange_reply(exchange, 200, HTTP_JSON);
    }
    shown_drop(&shown);
}

/* Nobody is called so, and the path is one for PUT. */
static bool is_for_put(const char *id)
{
    return strncmp(id, "deregister/", 11) == 0 || strncmp(id, "maintenance/", 12) == 0 ||
           strcmp(id, "register") == 0;
}

static void refuse_unknown(struct exchange *exchange, const char *id)
{
    if (!is_for_put(id)) {
        exchange_text(exchange, 404, "unknown service ID: %s", id);
        return;
    }
    exchange_set_header(exchange, "Allow", "OPTIONS,PUT");
    exchange_text(exchange, 405, "method GET not allowed");
}

static void get_service(struct exchange *exchange)
{
    struct blocking blocking;
    const char *error;
    char id[AGENT_ID_SIZE];

    if (!agent_path(exchange, "id", "Missing service ID", id))
        return;
    if (!blocking_parse(NULL, exchange_query(exchange, "wait", 0), &blocking, &error)) {
        exchange_text(exchange, 400, "%s", error);
        return;
    }
    const struct entry *entry = agent_entry(exchange_owner(exchange), id);
    if (entry == NULL)
        refuse_unknown(exchange, id);
    else if (agent_may(exchange, RIGHT_READ, &entry->instance->is))
        show_service(exchange, entry);
}

/* --- PUT /v1/agent/service/maintenance/:id */

static void put_maintenance(struct exchange *exchange)
{
    char id[AGENT_ID_SIZE];
    bool on = false;

    if (!agent_path(exchange, "id", "Missing service ID", id) ||
        !agent_enable(exchange, &on))
        return;
    const struct entry *entry = agent_entry(exchange_owner(exchange), id);
    if (entry == NULL)
        exchange_text(exchange, 404, AGENT_UNKNOWN_SERVICE, id);
    else if (agent_may_operate(exchange, entry))
        agent_maintain(exchange, entry, on, exchange_query(exchange, "reason", 0));
}

/* --- The rows. */

static const struct route_parameter registering[] = {
    { "replace-existing-checks", "boolean",
      "Checks of the service that the body does not name are removed.", false },
    PARAMETER_NAMESPACE,
    { 0 },
};
static const struct route_parameter listing[] = {
    PARAMETER_FILTER,
    PARAMETER_NAMESPACE,
    { 0 },
};
static const struct route_parameter one[] = {
    { "hash", "string", "Wait until X-Consul-ContentHash is another one.", false },
    { "wait", "duration", "How long; at most 600s.", false },
    { 0 },
};
static const struct route_parameter maintaining[] = {
    { "enable", "boolean", "Begin or end.", true },
    { "reason", "string", "Why; shown with the check that stands for it.", false },
    { 0 },
};

const struct route consul_agent_service_routes[] = {
    { HTTP_PUT, "/v1/agent/service/register", RIGHT_REGISTER, AGENT_BODY_MAX,
      put_register, "Register an instance, or change it.", registering,
      "ConsulServiceDefinition", NULL, NULL },
    { HTTP_PUT, "/v1/agent/service/deregister/{id...}", RIGHT_REGISTER, 0, put_deregister,
      "Deregister an instance.", NULL, NULL, NULL, NULL },
    { HTTP_PUT, "/v1/agent/service/maintenance/{id...}", RIGHT_REGISTER, 0,
      put_maintenance, "Take an instance out of service, or back.", maintaining, NULL,
      NULL, NULL },
    { HTTP_GET, "/v1/agent/service/{id...}", RIGHT_READ, 0, get_service, "One instance.",
      one, NULL, "ConsulAgentService", NULL },
    { HTTP_GET, "/v1/agent/services", RIGHT_READ, 0, get_services,
      "All instances of this node, by id.", listing, NULL, "ConsulAgentServices", NULL },
    { 0 },
};
