/* /v1/agent/check, /v1/agent/checks: checks of this node and its instances. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "consul/agent.h"
#include "consul/annex.h"
#include "consul/body.h"
#include "consul/check_ids.h"
#include "consul/listing.h"
#include "consul/node_checks.h"
#include "consul/reading.h"
#include "consul/routes.h"
#include "consul/selectors.h"
#include "consul/shapes.h"
#include "proto/encode.h"
#include "registry/standing.h"

enum { OUTPUT_MAX = 4096 };

#define MAINTENANCE "_service_maintenance:"
#define UNKNOWN_CHECK                                                                    \
    "Unknown check ID \"%.255s\". Ensure that the check ID is passed, not the check "    \
    "name."

/* A ledger_done that answers; context is the exchange, deferred. */
static void on_kept(void *context, enum rollcall_status status, const struct reason *why)
{
    agent_done(context, status, NULL, why);
}

/* Who may change the checks of the node decides about all that run on it. */
static bool may_node(struct exchange *exchange)
{
    if (exchange_may_all(exchange, RIGHT_OPERATE))
        return true;
    exchange_forbid(exchange, RIGHT_OPERATE, NULL);
    return false;
}

/* --- GET /v1/agent/checks */

static void put_checks(struct exchange *exchange, const struct checks_shown *checks,
                       struct filter *filter)
{
    struct buffer *out = exchange_out(exchange);

    for (unsigned i = 0; i < checks->count; i++) {
        const struct check_shown *check = &checks->list[i];
        if (strcmp(check->id, "serfHealth") == 0 || !filter_matches(filter, check))
            continue;
        shape_next(out);
        encode_text(out, check->id);
        buffer_char(out, ':');
        shape_check(out, check);
    }
}

static void list_service(const struct reading *reading, const struct service *service,
                         struct filter *filter)
{
    struct service_shown shown;
    struct checks_shown checks;

    for (uint32_t i = 0; i < service->count; i++) {
        shown_service(reading->consul, service->entries[i], &shown);
        if (shown.annex.node.name == NULL) {
            checks_shown_init(&checks);
            shown_checks(&shown, &checks);
            put_checks(reading->exchange, &checks, filter);
        }
        shown_drop(&shown);
    }
}

static void get_checks(struct exchange *exchange)
{
    const struct reading reading = reading_plain(exchange);
    const struct service *service;
    struct checks_shown checks;
    struct filter *filter;
    size_t at = 0;

    if (reading_put_off(&reading) || !reading_filter(&reading, selectors_check, &filter))
        return;
    buffer_char(exchange_out(exchange), '{');
    checks_shown_init(&checks);
    shown_node_checks(reading.consul, &reading.consul->node, &checks);
    put_checks(exchange, &checks, filter);
    while ((service = listing_next_service(&reading, &at)) != NULL)
        list_service(&reading, service, filter);
    buffer_char(exchange_out(exchange), '}');
    if (reading_filtered(&reading, filter))
        exchange_reply(exchange, 200, HTTP_JSON);
}

/* --- PUT /v1/agent/check/register */

static void register_with_service(struct exchange *exchange, json_t *body,
                                  const char *service_id)
{
    struct instance *before = agent_latest(exchange_owner(exchange), service_id);
    struct definition *definition;
    struct reason why = REASON_NONE;

    if (before == NULL) {
        exchange_text(exchange, 404, "ServiceID \"%.255s\" does not exist", service_id);
        return;
    }
    definition = agent_definition(exchange);
    if (definition == NULL)
        return;
    enum rollcall_status status = definition_read_instance(definition, before, &why);
    if (status == ROLLCALL_OK)
        status = definition_add_check(definition, body, &why);
    if (status == ROLLCALL_OK) {
        agent_register(exchange, definition, before);
        return;
    }
    definition_destroy(definition);
    agent_refuse_body(exchange, status, &why);
}

static void register_with_node(struct exchange *exchange, json_t *body,
                               const struct definition_check *check)
{
    struct consul *consul = exchange_owner(exchange);
    struct reason why = REASON_NONE;
    unsigned index;

    if (!may_node(exchange) || !agent_check_id(exchange, check->id))
        return;
    const struct entry *entry = check_ids_find(consul->check_ids, check->id, &index);
    if (entry != NULL) {
        exchange_text(exchange, 400, "Check ID \"%.64s\" belongs to service ID \"%.64s\"",
                      check->id, entry->id);
        return;
    }
    exchange_defer(exchange);
    enum rollcall_status status =
        node_checks_put(consul, check->id, body, check->status, on_kept, exchange, &why);
    if (status != ROLLCALL_OK)
        agent_refuse(exchange, status, &why);
}

static void put_register(struct exchange *exchange)
{
    json_t *body = agent_body(exchange);
    struct definition_check check;
    struct reason why = REASON_NONE;

    if (body == NULL)
        return;
    enum rollcall_status status = definition_peek_check(body, &check, &why);
    if (status != ROLLCALL_OK)
        agent_refuse_body(exchange, status, &why);
    else if (check.service_id[0] != '\0')
        register_with_service(exchange, body, check.service_id);
    else
        register_with_node(exchange, body, &check);
    json_decref(body);
}

/* --- PUT /v1/agent/check/deregister/:id */

static void drop_check(struct exchange *exchange, const char *id)
{
    struct consul *consul = exchange_owner(exchange);
    unsigned index;
    const struct entry *entry = check_ids_find(consul->check_ids, id, &index);
    struct instance *latest = entry == NULL ? NULL : agent_latest(consul, entry->id);
    struct reason why = REASON_NONE;

    if (latest == NULL) {
        exchange_text(exchange, 404, UNKNOWN_CHECK, id);
        return;
    }
    struct definition *definition = agent_definition(exchange);
    if (definition == NULL)
        return;
    enum rollcall_status status = definition_read_instance(definition, latest, &why);
    if (status == ROLLCALL_OK && definition_drop_check(definition, id)) {
        agent_register(exchange, definition, latest);
        return;
    }
    definition_destroy(definition);
    if (status == ROLLCALL_OK)
        exchange_text(exchange, 404, UNKNOWN_CHECK, id);
    else
        agent_refuse(exchange, status, &why);
}

/* The check that stands for maintenance goes with it. False: it is none. */
static bool drop_maintenance(struct exchange *exchange, const char *id)
{
    const struct entry *entry;

    if (strncmp(id, MAINTENANCE, sizeof MAINTENANCE - 1) != 0)
        return false;
    entry = agent_entry(exchange_owner(exchange), id + sizeof MAINTENANCE - 1);
    if (entry == NULL || !agent_is_maintained(entry))
        return false;
    if (agent_may_operate(exchange, entry))
        agent_maintain(exchange, entry, false, NULL);
    return true;
}

static void put_deregister(struct exchange *exchange)
{
    struct consul *consul = exchange_owner(exchange);
    struct reason why = REASON_NONE;
    char id[AGENT_ID_SIZE];

    if (!agent_path(exchange, "id", "Missing check ID", id))
        return;
    if (drop_maintenance(exchange, id))
        return;
    if (!node_checks_has(consul->node_checks, id)) {
        drop_check(exchange, id);
        return;
    }
    if (!may_node(exchange))
        return;
    exchange_defer(exchange);
    enum rollcall_status status = node_checks_drop(consul, id, on_kept, exchange, &why);
    if (status != ROLLCALL_OK)
        agent_refuse(exchange, status, &why);
}

/* --- PUT /v1/agent/check/pass/:id and its kin */

static void report_node(struct exchange *exchange, const char *id,
                        enum rollcall_health health, const char *output)
{
    struct reason why = REASON_NONE;

    if (!may_node(exchange))
        return;
    exchange_defer(exchange);
    enum rollcall_status status = node_checks_report(exchange_owner(exchange), id, health,
                                                     output, on_kept, exchange, &why);
    if (status == ROLLCALL_E_INVALID)
        exchange_text(exchange, 500, "%s", why.text);
    else if (status != ROLLCALL_OK)
        agent_refuse(exchange, status, &why);
}

static void report_entry(struct exchange *exchange, struct entry *entry, unsigned index,
                         enum rollcall_health health, const char *output)
{
    struct consul *consul = exchange_owner(exchange);
    const struct requester who = exchange_requester(exchange);
    const struct renew_request asked = { .id = entry->id,
                                         .has_status = true,
                                         .status = health,
                                         .output = output,
                                         .check =
                                             entry->instance->is.checks[index].name };
    enum rollcall_health before = entry_effective(entry);
    struct reason why = REASON_NONE;
    uint64_t revision;
    int64_t expires_in;

    enum rollcall_status status =
        registry_renew(consul->registry, &asked, &who, clock_monotonic_ms(),
                       clock_wall_ms(), &expires_in, &revision, &why);
    if (status != ROLLCALL_OK)
        agent_refuse(exchange, status, &why);
    else if (entry_effective(entry) == before)
        exchange_reply(exchange, 200, NULL);
    else
        agent_reply_published(exchange);
}

static void report(struct exchange *exchange, const char *id, enum rollcall_health health,
                   const char *output)
{
    struct consul *consul = exchange_owner(exchange);
    unsigned index = 0;

    if (node_checks_has(consul->node_checks, id)) {
        report_node(exchange, id, health, output);
        return;
    }
    struct entry *entry = check_ids_find(consul->check_ids, id, &index);
    if (entry == NULL)
        exchange_text(exchange, 404, UNKNOWN_CHECK, id);
    else if (strcmp(entry->instance->is.checks[index].kind, "ttl") != 0)
        exchange_text(exchange, 500, "CheckID \"%.255s\" does not have associated TTL",
                      id);
    else if (agent_may(exchange, RIGHT_REGISTER, &entry->instance->is))
        report_entry(exchange, entry, index, health, output);
}

/* pass, warn, fail: the row says which. */
static void put_status(struct exchange *exchange)
{
    const enum rollcall_health *health = exchange_route(exchange)->with;
    const char *note = exchange_query(exchange, "note", 0);
    char id[AGENT_ID_SIZE];

    if (!agent_answered(exchange) && agent_path(exchange, "id", "Missing check ID", id))
        report(exchange, id, *health, note == NULL ? "" : note);
}

/* The first part, and how much there was. Not in the middle of a character. */
static void cut_output(const char *text, char out[OUTPUT_MAX + 64])
{
    size_t length = strlen(text), kept = length;

    if (length > OUTPUT_MAX)
        for (kept = OUTPUT_MAX; kept > 0 && ((unsigned char)text[kept] & 0xc0) == 0x80;)
            kept--;
    memcpy(out, text, kept);
    out[kept] = '\0';
    if (kept < length)
        snprintf(out + kept, 64, " ... (captured %zu of %zu bytes)", kept, length);
}

static void update(struct exchange *exchange, const char *id, const json_t *body)
{
    struct reason why = REASON_NONE;
    struct body_reader reader = { .object = body, .why = &why };
    const char *word = "", *output = "";
    char text[OUTPUT_MAX + 64];
    enum rollcall_health health;

    (void)body_text(&reader, "Status", &word);
    (void)body_text(&reader, "Output", &output);
    if (reader.failed) {
        exchange_text(exchange, 400, "%s", why.text);
    } else if (!health_parse(word, &health)) {
        exchange_text(exchange, 400, "Invalid check status: '%.40s'", word);
    } else {
        cut_output(output, text);
        report(exchange, id, health, text);
    }
}

static void put_update(struct exchange *exchange)
{
    char id[AGENT_ID_SIZE];

    if (agent_answered(exchange) || !agent_path(exchange, "id", "Missing check ID", id))
        return;
    json_t *body = agent_body(exchange);
    if (body != NULL)
        update(exchange, id, body);
    json_decref(body);
}

/* --- The rows. */

static const enum rollcall_health passing = ROLLCALL_PASSING, warning = ROLLCALL_WARNING,
                                  critical = ROLLCALL_CRITICAL;

static const struct route_parameter noting[] = {
    { "note", "string", "What the check says.", false },
    { 0 },
};
static const struct route_parameter listing[] = {
    PARAMETER_FILTER,
    PARAMETER_NAMESPACE,
    { 0 },
};

const struct route consul_agent_check_routes[] = {
    { HTTP_GET, "/v1/agent/checks", RIGHT_READ, 0, get_checks,
      "All checks of this node and its instances, by id.", listing, NULL,
      "ConsulAgentChecks", NULL },
    { HTTP_PUT, "/v1/agent/check/register", RIGHT_REGISTER, AGENT_BODY_MAX, put_register,
      "Add a check to an instance, or to the node.", NULL, "ConsulCheckDefinition", NULL,
      NULL },
    { HTTP_PUT, "/v1/agent/check/deregister/{id...}", RIGHT_REGISTER, 0, put_deregister,
      "Remove a check.", NULL, NULL, NULL, NULL },
    { HTTP_PUT, "/v1/agent/check/pass/{id...}", RIGHT_REGISTER, 0, put_status,
      "A TTL check passes.", noting, NULL, NULL, &passing },
    { HTTP_PUT, "/v1/agent/check/warn/{id...}", RIGHT_REGISTER, 0, put_status,
      "A TTL check warns.", noting, NULL, NULL, &warning },
    { HTTP_PUT, "/v1/agent/check/fail/{id...}", RIGHT_REGISTER, 0, put_status,
      "A TTL check fails.", noting, NULL, NULL, &critical },
    { HTTP_PUT, "/v1/agent/check/update/{id...}", RIGHT_REGISTER, AGENT_BODY_MAX,
      put_update, "A TTL check says how it is.", NULL, "ConsulCheckUpdate", NULL, NULL },
    { 0 },
};
