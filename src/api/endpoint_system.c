/* api/endpoint_system.c - /api/v1/system/: what a monitor asks about the whole. */
#include <string.h>

#include "api/own.h"
#include "api/routes.h"
#include "base/clock.h"
#include "base/histogram.h"
#include "proto/encode.h"
#include "proto/encode_text.h"

enum { LISTEN_TEXT = 256, MICROSECONDS = 1000000 };

static uint64_t sum_of(const struct api *api, const char *area, const char *name)
{
    const struct counter_group *const *group = api->settings.counters;

    for (; *group != NULL; group++) {
        if (strcmp((*group)->area, area) != 0)
            continue;
        for (const struct counter_row *row = (*group)->rows; row->name != NULL; row++)
            if (strcmp(row->name, name) == 0)
                return counter_sum(*group, row);
    }
    return 0;
}

/* --- discovery-stats */

static void write_rows(struct buffer *out, const struct api *api, const char *name,
                       const char *const *rows)
{
    encode_name(out, name);
    buffer_char(out, '{');
    for (; *rows != NULL; rows++)
        member_number(out, *rows, sum_of(api, "dns", *rows));
    buffer_char(out, '}');
}

static void write_latency(struct buffer *out, const struct api *api)
{
    struct histogram_sum sum = { 0 };
    bool found =
        histogram_find(api->settings.counters, "dns_query_duration_seconds", &sum);

    buffer_text(out, ",\"latency\":{");
    member_number(out, "count", sum.count);
    if (found && sum.count > 0) {
        double median = histogram_quantile(&sum, 0.5) * MICROSECONDS;
        double most = histogram_quantile(&sum, 0.99) * MICROSECONDS;
        member_number(out, "p50_us", (uint64_t)(median + 0.5));
        member_number(out, "p99_us", (uint64_t)(most + 0.5));
    }
    buffer_char(out, '}');
}

static void write_registered(struct buffer *out, const struct api *api)
{
    struct registry *registry = api->settings.registry;
    const struct service *service;
    uint64_t services = 0;
    uint64_t instances = 0;
    uint64_t healthy = 0;
    size_t at = 0;

    while ((service = registry_next_service(registry, &at)) != NULL) {
        services++;
        instances += service->count;
        for (uint32_t i = 0; i < service->count; i++)
            healthy += entry_effective(service->entries[i]) != ROLLCALL_CRITICAL;
    }
    member_number(out, PROTO_SERVICES, services);
    member_number(out, PROTO_INSTANCES, instances);
    member_number(out, PROTO_HEALTHY, healthy);
    member_number(out, PROTO_REVISION, registry_revision(registry));
}

static void get_discovery_stats(struct exchange *exchange)
{
    static const char *const queries[] = { "udp_queries", "tcp_queries", "dropped",
                                           NULL };
    static const char *const answers[] = { "noerror", "nxdomain",  "refused",
                                           "formerr", "servfail",  "notimp",
                                           "other",   "truncated", NULL };
    const struct api *api = exchange_owner(exchange);
    struct buffer *out = exchange_out(exchange);
    int64_t uptime = clock_wall_ms() - api->settings.started_wall;

    buffer_char(out, '{');
    member_duration(out, PROTO_UPTIME, uptime > 0 ? (uint64_t)uptime : 0);
    write_rows(out, api, "queries", queries);
    write_rows(out, api, "answers", answers);
    write_latency(out, api);
    write_registered(out, api);
    buffer_text(out, "}\n");
    exchange_reply(exchange, 200, HTTP_JSON);
}

/* --- consul/status */

static void write_listen(struct buffer *out, const struct api *api)
{
    char text[LISTEN_TEXT];

    encode_name(out, "listen");
    buffer_char(out, '[');
    for (size_t i = 0; http_listens(api->http, i, text, sizeof text); i++) {
        buffer_text(out, i > 0 ? "," : "");
        encode_text(out, text);
    }
    buffer_char(out, ']');
}

/* Secondaries that we tell of changes: the only ones that hang on this daemon. */
static void write_secondaries(struct buffer *out, const struct config *config)
{
    char text[ADDRESS_TEXT];
    bool first = true;

    encode_name(out, "secondaries");
    buffer_char(out, '[');
    for (uint32_t i = 0; i < config->zone_count; i++) {
        const struct config_zone *zone = &config->zones[i];
        for (uint32_t at = 0; at < zone->notify_count; at++) {
            address_print(&zone->notify[at], text, sizeof text);
            buffer_text(out, first ? "{" : ",{");
            first = false;
            member_text(out, PROTO_ZONE, zone->apex);
            member_text(out, PROTO_ADDRESS, text);
            buffer_char(out, '}');
        }
    }
    buffer_char(out, ']');
}

static void get_consul_status(struct exchange *exchange)
{
    const struct api *api = exchange_owner(exchange);
    const struct http_now now = http_now(api->http);
    struct buffer *out = exchange_out(exchange);

    buffer_char(out, '{');
    member_text(out, "api", "listening");
    write_listen(out, api);
    member_number(out, "connections", now.connections);
    member_number(out, "waiting", now.waiting);
    member_number(out, "streams", now.streams);
    member_number(out, "requests", sum_of(api, "http", "requests"));
    member_number(out, "index", registry_revision(api->settings.registry));
    member_text(out, PROTO_NODE, api->settings.config->node);
    member_text(out, PROTO_DATACENTER, api->settings.config->datacenter);
    member_text(out, "upstream", "none"); /* rollcall is the server; it needs no other */
    write_secondaries(out, api->settings.config);
    buffer_text(out, "}\n");
    exchange_reply(exchange, 200, HTTP_JSON);
}

/* --- services/{service}/instances */

static const struct own instances = {
    .op = PROTO_GET, .scope = OWN_SERVICE, .all = true, .lists = true
};

static const struct route_parameter instances_parameters[] = {
    { "namespace", "string", "Of that namespace; \"default\" unless said.", false },
    { "tag", "string", "Only instances with that tag.", false },
    { "healthy", "boolean", "true: only those that DNS hands out.", false },
    { "limit", "integer", "At most so many.", false },
    { 0 },
};

const struct route api_system_routes[] = {
    { .method = HTTP_GET,
      .path = "/api/v1/system/discovery-stats",
      .right = RIGHT_READ,
      .run = get_discovery_stats,
      .help = "Queries, answers and their latency; what is registered.",
      .returns = "DiscoveryStats" },
    { .method = HTTP_GET,
      .path = "/api/v1/system/services/{service}/instances",
      .right = RIGHT_READ,
      .run = own_run,
      .help = "All instances of a service with their states and checks, healthy or not.",
      .parameters = instances_parameters,
      .returns = "Instances",
      .with = &instances },
    { .method = HTTP_GET,
      .path = "/api/v1/system/consul/status",
      .right = RIGHT_READ,
      .run = get_consul_status,
      .help = "The HTTP API: where it listens, how many are connected and wait, and what "
              "it depends on.",
      .returns = "ApiStatus" },
    { .path = NULL },
};
