/* /v1/agent/self and its kin: what this server is. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "config/reload.h"
#include "consul/agent.h"
#include "consul/reading.h"
#include "consul/routes.h"
#include "consul/shapes.h"
#include "proto/encode.h"
#include "proto/encode_text.h"
#include "rollcall/version.h"

/* A build that can be made again has no time of its own. */
#define BUILD_DATE "1970-01-01T00:00:00Z"

enum { SERF_PORT = 8301, STATUS_ALIVE = 1, TAGS = 7 };

/* §5.7 */
struct member {
    const char *name;
    const char *address;
    int64_t port;
    int64_t status;
    struct rollcall_pair tags[TAGS];
};

static void member_of(const struct consul *consul, struct member *out)
{
    *out = (struct member){
        .name = consul->node.name,
        .address = consul->node.address,
        .port = SERF_PORT,
        .status = STATUS_ALIVE,
        .tags = { { "role", "consul" },
                  { "dc", consul->node.datacenter },
                  { "build", NODE_CONSUL_VERSION ":" },
                  { "port", "8300" },
                  { "id", consul->node.id },
                  { "vsn", "2" },
                  { "expect", "1" } },
    };
}

static void put_member(struct buffer *out, const struct member *member)
{
    buffer_text(out, "{\"Name\":");
    encode_text(out, member->name);
    member_text(out, "Addr", member->address);
    member_number(out, "Port", (uint64_t)member->port);
    buffer_text(out, ",\"Tags\":{");
    for (size_t i = 0; i < TAGS; i++) {
        encode_name(out, member->tags[i].key);
        encode_text(out, member->tags[i].value);
    }
    buffer_format(out,
                  "},\"Status\":%" PRId64 ",\"ProtocolMin\":1,\"ProtocolMax\":5,"
                  "\"ProtocolCur\":2,\"DelegateMin\":2,\"DelegateMax\":5,"
                  "\"DelegateCur\":4}",
                  member->status);
}

/* --- GET /v1/agent/members */

static bool member_word(const struct selector *self, const void *object, size_t index,
                        struct filter_value *out)
{
    const char *text;

    (void)index;
    memcpy(&text, (const char *)object + self->with, sizeof text);
    return filter_text(out, text, strlen(text));
}

static bool member_figure(const struct selector *self, const void *object, size_t index,
                          struct filter_value *out)
{
    (void)index;
    memcpy(&out->number, (const char *)object + self->with, sizeof out->number);
    return true;
}

static bool member_tag(const struct selector *self, const void *object, size_t index,
                       struct filter_value *out)
{
    const struct member *member = object;

    (void)self;
    if (index >= TAGS)
        return false;
    out->key = member->tags[index].key;
    out->key_length = strlen(out->key);
    return filter_text(out, member->tags[index].value, strlen(member->tags[index].value));
}

static const struct selector selectors_member[] = {
    { "Name", FILTER_TEXT, member_word, NULL, offsetof(struct member, name) },
    { "Addr", FILTER_TEXT, member_word, NULL, offsetof(struct member, address) },
    { "Port", FILTER_NUMBER, member_figure, NULL, offsetof(struct member, port) },
    { "Status", FILTER_NUMBER, member_figure, NULL, offsetof(struct member, status) },
    { "Tags", FILTER_MAP, member_tag, NULL, 0 },
    { .name = NULL },
};

static void get_members(struct exchange *exchange)
{
    const struct reading reading = reading_plain(exchange);
    struct buffer *out = exchange_out(exchange);
    struct filter *filter;
    struct member member;

    if (!reading_filter(&reading, selectors_member, &filter))
        return;
    member_of(reading.consul, &member);
    buffer_char(out, '[');
    if (filter_matches(filter, &member))
        put_member(out, &member);
    buffer_char(out, ']');
    if (reading_filtered(&reading, filter))
        exchange_reply(exchange, 200, HTTP_JSON);
}

/* --- GET /v1/agent/self */

static void put_config(struct buffer *out, const struct consul *consul)
{
    buffer_text(out, "{\"Datacenter\":");
    encode_text(out, consul->node.datacenter);
    member_text(out, "PrimaryDatacenter", consul->node.datacenter);
    member_text(out, "NodeName", consul->node.name);
    member_text(out, "NodeID", consul->node.id);
    member_text(out, "Revision", "rollcall-" ROLLCALL_VERSION);
    member_bool(out, "Server", true);
    member_text(out, "Version", NODE_CONSUL_VERSION);
    member_text(out, "BuildDate", BUILD_DATE);
    buffer_char(out, '}');
}

static void put_debug_config(struct buffer *out, const struct consul *consul)
{
    const struct config_dns *dns = &consul->config->dns;

    buffer_text(out, "{\"Datacenter\":");
    encode_text(out, consul->node.datacenter);
    member_text(out, "NodeName", consul->node.name);
    buffer_text(out, ",\"ServerMode\":true,\"ConnectEnabled\":false,\"ACLsEnabled\":"
                     "false,\"GRPCPort\":-1,\"GRPCTLSPort\":-1");
    member_number(out, "DNSPort",
                  dns->listen_count > 0 ? address_port(&dns->listen[0]) : 0);
    buffer_text(out, ",\"DNSAddrs\":[");
    for (uint32_t i = 0; i < dns->listen_count; i++) {
        char text[ADDRESS_TEXT];
        address_print(&dns->listen[i], text, sizeof text);
        buffer_format(out, "%s\"tcp://%s\",\"udp://%s\"", i > 0 ? "," : "", text, text);
    }
    buffer_text(out, "],\"EnableDebug\":false}");
}

static uint64_t count_checks(const struct consul *consul)
{
    const struct service *service;
    uint64_t count = 0;
    size_t at = 0;

    while ((service = registry_next_service(consul->registry, &at)) != NULL)
        for (uint32_t i = 0; i < service->count; i++)
            count += service->entries[i]->instance->is.check_count;
    return count;
}

static void put_stats(struct buffer *out, const struct consul *consul)
{
    buffer_format(out,
                  "{\"agent\":{\"check_monitors\":\"0\",\"checks\":\"%" PRIu64
                  "\",\"services\":\"%zu\"},\"build\":{\"version\":\"%s\"},\"consul\":{"
                  "\"leader\":\"true\",\"server\":\"true\"}}",
                  count_checks(consul), registry_instance_count(consul->registry),
                  NODE_CONSUL_VERSION);
}

static void put_meta(struct buffer *out, const struct consul *consul)
{
    buffer_char(out, '{');
    for (unsigned i = 0; i < consul->node.meta_count; i++) {
        encode_name(out, consul->node.meta[i].key);
        encode_text(out, consul->node.meta[i].value);
    }
    buffer_char(out, '}');
}

/* Every member is an object: Go decodes it as a map of maps. */
static void get_self(struct exchange *exchange)
{
    const struct consul *consul = exchange_owner(exchange);
    struct buffer *out = exchange_out(exchange);
    struct member member;

    buffer_text(out, "{\"Config\":");
    put_config(out, consul);
    buffer_text(out, ",\"DebugConfig\":");
    put_debug_config(out, consul);
    buffer_text(out, ",\"Coord\":{\"Adjustment\":0,\"Error\":1.5,\"Height\":0.00001,"
                     "\"Vec\":[0,0,0,0,0,0,0,0]},\"Member\":");
    member_of(consul, &member);
    put_member(out, &member);
    buffer_text(out, ",\"Stats\":");
    put_stats(out, consul);
    buffer_text(out, ",\"Meta\":");
    put_meta(out, consul);
    buffer_char(out, '}');
    exchange_reply(exchange, 200, HTTP_JSON);
}

static void get_version(struct exchange *exchange)
{
    buffer_text(exchange_out(exchange),
                "{\"SHA\":\"rollcall-" ROLLCALL_VERSION "\",\"BuildDate\":\"" BUILD_DATE
                "\",\"HumanVersion\":\"" NODE_CONSUL_VERSION "\",\"FIPS\":\"\"}");
    exchange_reply(exchange, 200, HTTP_JSON);
}

/* --- The configuration. */

/* Clients of Consul look at the status only; what was taken is in the log. */
static void put_reload(struct exchange *exchange)
{
    const struct consul *consul = exchange_owner(exchange);
    struct config_report report;
    struct reason why = REASON_NONE;
    char asker[160];

    if (!exchange_may_all(exchange, RIGHT_OPERATE)) {
        exchange_forbid(exchange, RIGHT_OPERATE, NULL);
        return;
    }
    snprintf(asker, sizeof asker, "asked over HTTP from %s, token %s",
             exchange_peer(exchange), exchange_token_name(exchange));
    if (consul->reloader->run(consul->reloader->owner, asker, &report, &why) !=
        ROLLCALL_OK) {
        exchange_text(exchange, 500, "%s", reason_text(&why, "the reload failed"));
        return;
    }
    config_report_deinit(&report);
    exchange_reply(exchange, 200, NULL);
}

/* --- What one server alone has not. */

static void put_leave(struct exchange *exchange)
{
    exchange_text(exchange, 501, "This server is alone; stop rollcalld itself");
}

static void put_join(struct exchange *exchange)
{
    exchange_text(exchange, 501, "This server is alone: there is nobody to join");
}

/* Nobody else is in, so whoever it is has left. */
static void put_force_leave(struct exchange *exchange)
{
    exchange_reply(exchange, 200, NULL);
}

static const struct route_parameter filtering[] = {
    PARAMETER_FILTER,
    { 0 },
};

const struct route consul_agent_routes[] = {
    { HTTP_GET, "/v1/agent/self", RIGHT_READ, 0, get_self, "What this server is.", NULL,
      NULL, "ConsulSelf", NULL },
    { HTTP_GET, "/v1/agent/members", RIGHT_READ, 0, get_members,
      "The servers of the cluster: this one.", filtering, NULL, "ConsulMembers", NULL },
    { HTTP_GET, "/v1/agent/version", RIGHT_READ, 0, get_version,
      "The version of Consul that it is like.", NULL, NULL, "ConsulVersion", NULL },
    { HTTP_PUT, "/v1/agent/reload", RIGHT_OPERATE, 0, put_reload,
      "Read the configuration again: tokens, certificates, the log level; see "
      "/v1/rollcall/reload.",
      NULL, NULL, NULL, NULL },
    { HTTP_PUT, "/v1/agent/leave", RIGHT_OPERATE, 0, put_leave,
      "501: there is no cluster to leave.", NULL, NULL, NULL, NULL },
    { HTTP_PUT, "/v1/agent/join/{address...}", RIGHT_OPERATE, 0, put_join,
      "501: there is no cluster to join.", NULL, NULL, NULL, NULL },
    { HTTP_PUT, "/v1/agent/force-leave/{node...}", RIGHT_OPERATE, 0, put_force_leave,
      "Nothing: no other server is in the cluster.", NULL, NULL, NULL, NULL },
    { .path = NULL },
};
