#include "consul/routes.h"

#include <stdlib.h>
#include <string.h>

#include "http/exchange.h"

static const struct route *const tables[] = {
    consul_agent_check_routes,   consul_agent_health_routes,
    consul_agent_node_routes,    consul_agent_routes,
    consul_agent_service_routes, consul_catalog_routes,
    consul_catalog_write_routes, consul_event_routes,
    consul_health_routes,        consul_kv_routes,
    consul_other_routes,         consul_query_routes,
    consul_session_routes,       consul_status_routes,
    consul_txn_routes,
};
enum { TABLES = sizeof tables / sizeof tables[0] };

static size_t table_length(const struct route *table)
{
    size_t length = 0;

    while (table[length].path != NULL)
        length++;
    return length;
}

struct route *routes_join(void)
{
    size_t count = 1; /* the row that ends them */

    for (size_t i = 0; i < TABLES; i++)
        count += table_length(tables[i]);
    struct route *all = calloc(count, sizeof *all);
    if (all == NULL)
        return NULL;
    size_t at = 0;
    for (size_t i = 0; i < TABLES; i++) {
        size_t length = table_length(tables[i]);
        memcpy(all + at, tables[i], length * sizeof *all);
        at += length;
    }
    return all;
}

void routes_not_found(struct exchange *exchange)
{
    if (strncmp(exchange_uri(exchange), "/v1/rollcall", 12) == 0)
        exchange_text(
            exchange, 404,
            "Invalid URL path: /v1/rollcall/openapi.json lists those there are\n");
    else if (strstr(exchange_uri(exchange), "/v1/") != NULL)
        exchange_text(exchange, 404,
                      "Invalid URL path: not a recognized HTTP API endpoint\n");
    else
        exchange_text(exchange, 404,
                      "Invalid URL path: if attempting to use the HTTP API, ensure the "
                      "path starts with '/v1/'\n");
}
