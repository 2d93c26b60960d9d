/* PUT /v1/catalog/register, /v1/catalog/deregister: nodes that are not ours, with
 * services and checks that nobody here runs. */
#include <stdio.h>
#include <strings.h>

#include "consul/agent.h"
#include "consul/catalog_body.h"
#include "consul/catalog_write.h"
#include "consul/check_ids.h"
#include "consul/externals.h"
#include "consul/node_checks.h"
#include "consul/routes.h"
#include "http/exchange.h"

enum { ID_SIZE = 512 };

static bool is_ours(const struct consul *consul, const char *node)
{
    return strcasecmp(node, consul->node.name) == 0;
}

static bool is_here(struct exchange *exchange, const char *datacenter)
{
    const struct consul *consul = exchange_owner(exchange);

    if (datacenter[0] == '\0' || strcasecmp(datacenter, consul->config->datacenter) == 0)
        return true;
    exchange_text(exchange, 500, "No path to datacenter");
    return false;
}

/* Our node answers for itself: what it has is registered with the agent. */
static bool is_elsewhere(struct exchange *exchange, const char *node)
{
    if (!is_ours(exchange_owner(exchange), node))
        return true;
    exchange_text(exchange, 400,
                  "Node %.64s is this agent: use /v1/agent/service/register", node);
    return false;
}

static bool may_node(struct exchange *exchange, const struct catalog_registration *body)
{
    if (body->service != NULL || exchange_may_all(exchange, RIGHT_REGISTER))
        return true;
    exchange_forbid(exchange, RIGHT_REGISTER, NULL);
    return false;
}

static void put_register(struct exchange *exchange)
{
    struct catalog_registration body;
    struct reason why = REASON_NONE;
    json_t *object = agent_body(exchange);

    if (object == NULL)
        return;
    if (!catalog_body_register(object, &body, &why)) {
        exchange_text(exchange, 400, "%s", why.text);
    } else if (is_here(exchange, body.datacenter) && is_elsewhere(exchange, body.node) &&
               may_node(exchange, &body)) {
        struct writing *writing = writing_begin(exchange);
        if (writing != NULL) {
            writing_put(writing, &body);
            writing_end(writing);
        }
    }
    json_decref(object);
}

/* --- Deregistering. */

static void remove_service(struct writing *writing, const struct consul *consul,
                           const struct catalog_removal *body)
{
    const struct external *node = externals_latest(consul, body->node);
    char id[ID_SIZE];

    if (is_ours(consul, body->node))
        snprintf(id, sizeof id, "%.255s", body->service_id);
    else
        snprintf(id, sizeof id, "%.200s/%.255s",
                 node == NULL ? body->node : node->view.name, body->service_id);
    writing_remove_service(writing, id);
}

static void remove_check(struct writing *writing, const struct consul *consul,
                         const struct catalog_removal *body)
{
    struct catalog_registration without;

    if (externals_latest(consul, body->node) == NULL)
        return;
    catalog_body_drops(body->node, &without);
    without.drops[without.drop_count++] = body->check_id;
    writing_put(writing, &without);
}

/* Unknown things are gone already; our own node stays. */
static void write_removal(struct writing *writing, const struct consul *consul,
                          const struct catalog_removal *body)
{
    if (body->service_id[0] != '\0')
        remove_service(writing, consul, body);
    else if (body->check_id[0] == '\0')
        writing_remove_node(writing, body->node);
    else
        remove_check(writing, consul, body);
}

/* Of our node services go; a check would come back, and "true" would be no answer. What
 * is not there is gone already. True: answered. */
static bool stays(struct exchange *exchange, const struct catalog_removal *body)
{
    const struct consul *consul = exchange_owner(exchange);
    bool check = body->check_id[0] != '\0';
    unsigned index;

    if (!is_ours(consul, body->node) || body->service_id[0] != '\0')
        return false;
    if (check && check_ids_find(consul->check_ids, body->check_id, &index) == NULL &&
        !node_checks_has(consul->node_checks, body->check_id))
        return false;
    exchange_text(exchange, 400, "Node %.64s is this agent: %s", body->node,
                  check ? "use /v1/agent/check/deregister"
                        : "it stays; name one of its services");
    return true;
}

static void put_deregister(struct exchange *exchange)
{
    struct catalog_removal body;
    struct reason why = REASON_NONE;
    json_t *object = agent_body(exchange);

    if (object == NULL)
        return;
    if (!catalog_body_deregister(object, &body, &why)) {
        exchange_text(exchange, 400, "%s", why.text);
    } else if (is_here(exchange, body.datacenter) && !stays(exchange, &body)) {
        struct writing *writing = writing_begin(exchange);
        if (writing != NULL) {
            write_removal(writing, exchange_owner(exchange), &body);
            writing_end(writing);
        }
    }
    json_decref(object);
}

/* --- */

const struct route consul_catalog_write_routes[] = {
    { HTTP_PUT, "/v1/catalog/register", RIGHT_REGISTER, AGENT_BODY_MAX, put_register,
      "Write a node that is not ours, with a service and checks that nobody runs.", NULL,
      "CatalogRegistration", "Boolean", NULL },
    { HTTP_PUT, "/v1/catalog/deregister", RIGHT_REGISTER, AGENT_BODY_MAX, put_deregister,
      "Remove such a node, one of its services or checks.", NULL, "CatalogDeregistration",
      "Boolean", NULL },
    { .path = NULL },
};
