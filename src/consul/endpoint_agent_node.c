/* /v1/agent/maintenance, /host, /metrics: the machine and its daemon. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <uv.h>

#include "base/clock.h"
#include "base/metrics.h"
#include "consul/agent.h"
#include "consul/node_checks.h"
#include "consul/routes.h"
#include "consul/shapes.h"
#include "proto/encode.h"

/* --- PUT /v1/agent/maintenance */

static void on_kept(void *context, enum rollcall_status status, const struct reason *why)
{
    agent_done(context, status, NULL, why);
}

static void put_maintenance(struct exchange *exchange)
{
    const char *reason = exchange_query(exchange, "reason", 0);
    struct reason why = REASON_NONE;
    bool on = false;

    if (!agent_enable(exchange, &on))
        return;
    if (!exchange_may_all(exchange, RIGHT_OPERATE)) {
        exchange_forbid(exchange, RIGHT_OPERATE, NULL);
        return;
    }
    exchange_defer(exchange);
    enum rollcall_status status =
        node_checks_maintain(exchange_owner(exchange), on, reason == NULL ? "" : reason,
                             on_kept, exchange, &why);
    if (status != ROLLCALL_OK)
        agent_refuse(exchange, status, &why);
}

/* --- GET /v1/agent/host */

static void put_share(struct buffer *out, uint64_t used, uint64_t total)
{
    buffer_format(out, "\"total\":%" PRIu64 ",\"used\":%" PRIu64 ",\"usedPercent\":%.2f",
                  total, used, total == 0 ? 0.0 : 100.0 * (double)used / (double)total);
}

static void put_memory(struct buffer *out)
{
    uint64_t total = uv_get_total_memory(), free_now = uv_get_free_memory();

    buffer_format(out, "\"Memory\":{\"available\":%" PRIu64 ",", free_now);
    put_share(out, total - (free_now < total ? free_now : total), total);
    buffer_char(out, '}');
}

static void put_processors(struct buffer *out)
{
    uv_cpu_info_t *all = NULL;
    int count = 0;

    buffer_text(out, ",\"CPU\":[");
    if (uv_cpu_info(&all, &count) == 0) {
        for (int i = 0; i < count; i++) {
            buffer_format(out, "%s{\"cpu\":%d", i > 0 ? "," : "", i);
            member_text(out, "modelName", all[i].model);
            buffer_format(out, ",\"mhz\":%d}", all[i].speed);
        }
        uv_free_cpu_info(all, count);
    }
    buffer_char(out, ']');
}

static void put_system(struct buffer *out, const struct consul *consul)
{
    uv_utsname_t name;
    double uptime = 0;

    if (uv_os_uname(&name) != 0)
        memset(&name, 0, sizeof name);
    (void)uv_uptime(&uptime);
    buffer_text(out, ",\"Host\":{\"hostname\":");
    encode_text(out, consul->node.name);
    member_text(out, "os", name.sysname);
    member_text(out, "kernelVersion", name.release);
    member_text(out, "kernelArch", name.machine);
    member_number(out, "uptime", (uint64_t)uptime);
    buffer_char(out, '}');
}

/* The one that the registry is saved on. */
static void put_disk(struct buffer *out, const struct consul *consul)
{
    const char *path = consul->config->registry.database;
    struct statvfs is;

    buffer_text(out, ",\"Disk\":{\"path\":");
    encode_text(out, path);
    if (statvfs(path, &is) == 0) {
        uint64_t block = is.f_frsize;
        buffer_format(out, ",\"free\":%" PRIu64 ",", (uint64_t)is.f_bavail * block);
        put_share(out, (uint64_t)(is.f_blocks - is.f_bfree) * block,
                  (uint64_t)is.f_blocks * block);
    }
    buffer_char(out, '}');
}

static void get_host(struct exchange *exchange)
{
    const struct consul *consul = exchange_owner(exchange);
    struct buffer *out = exchange_out(exchange);

    buffer_char(out, '{');
    put_memory(out);
    put_processors(out);
    put_system(out, consul);
    put_disk(out, consul);
    buffer_format(out, ",\"CollectionTime\":%" PRId64 ",\"Errors\":null}",
                  clock_wall_ms() * 1000000);
    exchange_reply(exchange, 200, HTTP_JSON);
}

/* --- GET /v1/agent/metrics */

static void put_timestamp(struct buffer *out)
{
    time_t now = (time_t)(clock_wall_ms() / 1000);
    struct tm parts;
    char text[40] = "";

    if (gmtime_r(&now, &parts) != NULL)
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S +0000 UTC", &parts);
    buffer_format(out, "{\"Timestamp\":\"%s\"", text);
}

static void put_row(struct buffer *out, const struct counter_group *group,
                    const struct counter_row *row)
{
    uint64_t value = counter_sum(group, row);

    shape_next(out);
    buffer_format(out, "{\"Name\":\"rollcall.%s.%s\",", group->area, row->name);
    if (row->shape != COUNTER_TOTAL)
        buffer_format(out, "\"Value\":%" PRIu64, value);
    else
        buffer_format(out,
                      "\"Count\":1,\"Rate\":0,\"Sum\":%" PRIu64 ",\"Min\":%" PRIu64
                      ",\"Max\":%" PRIu64 ",\"Mean\":%" PRIu64 ",\"Stddev\":0",
                      value, value, value, value);
    buffer_text(out, ",\"Labels\":{}}");
}

static void put_rows(struct buffer *out, const struct counter_group *const *groups,
                     bool gauges)
{
    for (; groups != NULL && *groups != NULL; groups++)
        for (const struct counter_row *row = (*groups)->rows;
             row != NULL && row->name != NULL; row++)
            if ((row->shape != COUNTER_TOTAL) == gauges)
                put_row(out, *groups, row);
}

static void get_metrics(struct exchange *exchange)
{
    const struct consul *consul = exchange_owner(exchange);
    struct buffer *out = exchange_out(exchange);
    const char *format = exchange_query(exchange, "format", 0);

    if (format != NULL && strcmp(format, "prometheus") == 0) {
        metrics_write(out, consul->counters, false);
        exchange_reply(exchange, 200, METRICS_TYPE_TEXT);
        return;
    }
    put_timestamp(out);
    buffer_text(out, ",\"Gauges\":[");
    put_rows(out, consul->counters, true);
    buffer_text(out, "],\"Points\":[],\"Counters\":[");
    put_rows(out, consul->counters, false);
    buffer_text(out, "],\"Samples\":[]}");
    exchange_reply(exchange, 200, HTTP_JSON);
}

/* --- The rows. */

static const struct route_parameter maintaining[] = {
    { "enable", "boolean", "Begin or end.", true },
    { "reason", "string", "Why; shown with the check that stands for it.", false },
    { 0 },
};
static const struct route_parameter formats[] = {
    { "format", "string", "\"prometheus\": as Prometheus text; see /metrics.", false },
    { 0 },
};

const struct route consul_agent_node_routes[] = {
    { HTTP_PUT, "/v1/agent/maintenance", RIGHT_OPERATE, 0, put_maintenance,
      "Take every instance of this node out of service, or back.", maintaining, NULL,
      NULL, NULL },
    { HTTP_GET, "/v1/agent/host", RIGHT_READ, 0, get_host, "The machine.", NULL, NULL,
      "ConsulHost", NULL },
    { HTTP_GET, "/v1/agent/metrics", RIGHT_READ, 0, get_metrics,
      "Counters as Consul shows them.", formats, NULL, "ConsulMetrics", NULL },
    { .path = NULL },
};
