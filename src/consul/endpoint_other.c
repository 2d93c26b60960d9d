/* What Consul has and we have not: answered as a Consul does that has it switched off.
 * What has no row here is an unknown path. */
#include "consul/consul.h"
#include "consul/reading.h"
#include "consul/routes.h"
#include "http/exchange.h"
#include "proto/encode.h"

static void no_acl(struct exchange *exchange)
{
    exchange_text(exchange, 401, "ACL support disabled");
}

static void no_coordinates(struct exchange *exchange)
{
    struct reading reading;

    if (!reading_begin(exchange, &reading) ||
        reading_wait(&reading, &reading.consul->nodes, reading.consul->index.start))
        return;
    buffer_text(exchange_out(exchange), "[]");
    reading_reply(&reading, 200, reading.consul->index.start);
}

static void no_coordinates_of_node(struct exchange *exchange)
{
    exchange_text(exchange, 404, "no coordinates are kept");
}

static void coordinate_datacenters(struct exchange *exchange)
{
    const struct consul *consul = exchange_owner(exchange);
    struct buffer *out = exchange_out(exchange);

    buffer_text(out, "[{\"AreaID\":\"WAN\",\"Datacenter\":");
    encode_text(out, consul->config->datacenter);
    buffer_text(out, ",\"Coordinates\":[]}]");
    exchange_reply(exchange, 200, HTTP_JSON);
}

#define NO_ACL(method, path)                                                             \
    {                                                                                    \
        method, path, RIGHT_NONE, 0, no_acl, "Tokens are set in the configuration.",     \
            NULL, NULL, NULL, NULL                                                       \
    }

const struct route consul_other_routes[] = {
    NO_ACL(HTTP_GET, "/v1/acl/{rest...}"),
    NO_ACL(HTTP_PUT, "/v1/acl/{rest...}"),
    NO_ACL(HTTP_POST, "/v1/acl/{rest...}"),
    NO_ACL(HTTP_DELETE, "/v1/acl/{rest...}"),
    NO_ACL(HTTP_PUT, "/v1/agent/token/{rest...}"),
    { HTTP_GET, "/v1/coordinate/nodes", RIGHT_READ, 0, no_coordinates,
      "Nothing: no round trips are measured.", NULL, NULL, "Coordinates", NULL },
    { HTTP_GET, "/v1/coordinate/node/{node...}", RIGHT_READ, 0, no_coordinates_of_node,
      "404: no round trips are measured.", NULL, NULL, NULL, NULL },
    { HTTP_GET, "/v1/coordinate/datacenters", RIGHT_READ, 0, coordinate_datacenters,
      "The own datacenter, without coordinates.", NULL, NULL, "Coordinates", NULL },
    { .path = NULL },
};
