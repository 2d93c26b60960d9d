/* /v1/status: who leads. There is one server, and it is this one. */
#include "base/address.h"
#include "consul/consul.h"
#include "consul/reading.h"
#include "consul/routes.h"
#include "http/exchange.h"
#include "proto/encode.h"

/* "10.1.2.3:8300", as a text of JSON. */
static void put_server(const struct consul *consul, struct buffer *out)
{
    struct rollcall_address ip;
    struct address address;
    char text[ADDRESS_TEXT] = "";

    if (address_parse_ip(consul->node.address, &ip)) {
        address_from_ip(&ip, NODE_RPC_PORT, &address);
        address_print(&address, text, sizeof text);
    }
    encode_text(out, text);
}

static void get_leader(struct exchange *exchange)
{
    struct consul *consul = exchange_owner(exchange);

    if (!reading_datacenter(exchange))
        return;
    put_server(consul, exchange_out(exchange));
    exchange_reply(exchange, 200, HTTP_JSON);
}

static void get_peers(struct exchange *exchange)
{
    struct consul *consul = exchange_owner(exchange);
    struct buffer *out = exchange_out(exchange);

    if (!reading_datacenter(exchange))
        return;
    buffer_char(out, '[');
    put_server(consul, out);
    buffer_char(out, ']');
    exchange_reply(exchange, 200, HTTP_JSON);
}

const struct route consul_status_routes[] = {
    { HTTP_GET, "/v1/status/leader", RIGHT_NONE, 0, get_leader,
      "The address of the leader: this server.", NULL, NULL, "String", NULL },
    { HTTP_GET, "/v1/status/peers", RIGHT_NONE, 0, get_peers,
      "The addresses of all servers: this one.", NULL, NULL, "Strings", NULL },
    { .path = NULL },
};
