/* /v1/agent/health: how an instance is, as a status of HTTP. */
#include <stdio.h>
#include <string.h>

#include "consul/agent.h"
#include "consul/names.h"
#include "consul/reading.h"
#include "consul/routes.h"
#include "consul/shapes.h"

/* Worst last. */
enum state { PASSING, WARNING, CRITICAL, MAINTENANCE, UNKNOWN };

static const struct {
    const char *word;
    unsigned status;
} states[] = {
    [PASSING] = { "passing", 200 },   [WARNING] = { "warning", 429 },
    [CRITICAL] = { "critical", 503 }, [MAINTENANCE] = { "maintenance", 503 },
    [UNKNOWN] = { "critical", 404 },
};

static enum state state_of_check(const struct check_shown *check)
{
    if (strcmp(check->id, "_node_maintenance") == 0 ||
        strncmp(check->id, "_service_maintenance:", 21) == 0)
        return MAINTENANCE;
    if (check->health == ROLLCALL_CRITICAL)
        return CRITICAL;
    return check->health == ROLLCALL_WARNING ? WARNING : PASSING;
}

/* The checks of the instance and those of the node, but for the one that every node has;
 * `out` NULL: only how it is. */
static enum state put_checks(const struct checks_shown *checks, struct buffer *out)
{
    enum state worst = PASSING;

    for (unsigned i = 0; i < checks->count; i++) {
        const struct check_shown *check = &checks->list[i];
        enum state state = state_of_check(check);
        if (strcmp(check->id, "serfHealth") == 0)
            continue;
        worst = state > worst ? state : worst;
        if (out == NULL)
            continue;
        shape_next(out);
        shape_check(out, check);
    }
    return worst;
}

static enum state put_instance(struct exchange *exchange, const struct entry *entry)
{
    const struct consul *consul = exchange_owner(exchange);
    struct buffer *out = exchange_out(exchange);
    struct service_shown shown;
    struct checks_shown checks;

    shown_service(consul, entry, &shown);
    checks_shown_init(&checks);
    shown_checks(&shown, &checks);
    shown_node_checks(consul, &consul->node, &checks);
    enum state state = put_checks(&checks, NULL);
    shape_next(out);
    buffer_format(out, "{\"AggregatedStatus\":\"%s\",\"Service\":", states[state].word);
    shape_agent_service(out, &shown, NULL);
    buffer_text(out, ",\"Checks\":[");
    (void)put_checks(&checks, out);
    buffer_text(out, "]}");
    shown_drop(&shown);
    return state;
}

static bool wants_text(const struct exchange *exchange)
{
    const char *format = exchange_query(exchange, "format", 0);
    const char *accept = exchange_header(exchange, "Accept");

    if (format != NULL)
        return strcmp(format, "text") == 0;
    return accept != NULL && strstr(accept, "text/plain") != NULL &&
           strstr(accept, "application/json") == NULL;
}

static void answer(struct exchange *exchange, enum state state)
{
    if (state != UNKNOWN)
        exchange_set_header(exchange, "X-Consul-Reason", states[state].word);
    if (wants_text(exchange))
        exchange_text(exchange, states[state].status, "%s", states[state].word);
    else
        exchange_reply(exchange, states[state].status, HTTP_JSON);
}

static void get_by_id(struct exchange *exchange)
{
    char id[AGENT_ID_SIZE];

    if (!agent_path(exchange, "id", "Missing serviceID", id))
        return;
    const struct entry *entry = agent_entry(exchange_owner(exchange), id);
    if (entry != NULL) {
        if (agent_may(exchange, RIGHT_READ, &entry->instance->is))
            answer(exchange, put_instance(exchange, entry));
        return;
    }
    if (wants_text(exchange)) {
        exchange_text(exchange, 404, "ServiceId %s not found", id);
        return;
    }
    buffer_text(exchange_out(exchange),
                "{\"AggregatedStatus\":\"critical\",\"Checks\":null,\"Service\":null}");
    answer(exchange, UNKNOWN);
}

/* Instances on other nodes are not this agent's. */
static enum state put_service(struct exchange *exchange, const struct service *service)
{
    const struct consul *consul = exchange_owner(exchange);
    enum state worst = UNKNOWN;

    for (uint32_t i = 0; i < service->count; i++) {
        const struct entry *entry = agent_entry(consul, service->entries[i]->id);
        if (entry == NULL)
            continue;
        enum state state = put_instance(exchange, entry);
        if (worst == UNKNOWN || state > worst)
            worst = state;
    }
    return worst;
}

static void get_by_name(struct exchange *exchange)
{
    const struct consul *consul = exchange_owner(exchange);
    const char *namespace_name = reading_namespace(exchange);
    char name[AGENT_ID_SIZE], label[NAMES_LABEL_SIZE];
    enum state state = UNKNOWN;

    if (!agent_path(exchange, "name", "Missing service Name", name))
        return;
    name_to_label(name, label);
    if (!reading_may_see(exchange, namespace_name, label))
        return;
    const struct service *service =
        registry_service(consul->registry, namespace_name, label);
    buffer_char(exchange_out(exchange), '[');
    if (service != NULL)
        state = put_service(exchange, service);
    buffer_char(exchange_out(exchange), ']');
    if (state == UNKNOWN && wants_text(exchange))
        exchange_text(exchange, 404, "ServiceName %s Not Found", name);
    else
        answer(exchange, state);
}

static const struct route_parameter common[] = {
    { "format", "string", "\"text\": the word alone.", false },
    PARAMETER_NAMESPACE,
    { 0 },
};

const struct route consul_agent_health_routes[] = {
    { HTTP_GET, "/v1/agent/health/service/id/{id...}", RIGHT_READ, 0, get_by_id,
      "How an instance is: 200 passing, 429 warning, 503 critical.", common, NULL,
      "ConsulAgentHealth", NULL },
    { HTTP_GET, "/v1/agent/health/service/name/{name...}", RIGHT_READ, 0, get_by_name,
      "How the instances of a service are: as the worst of them.", common, NULL,
      "ConsulAgentHealths", NULL },
    { 0 },
};
