/* api/endpoint_metrics.c - GET /metrics: everything that is counted, for Prometheus. */
#include "api/internal.h"
#include "api/routes.h"
#include "base/metrics.h"
#include "http/exchange.h"

static void get_metrics(struct exchange *exchange)
{
    const struct api *api = exchange_owner(exchange);
    bool openmetrics = metrics_accept(exchange_header(exchange, "Accept"));

    metrics_write(exchange_out(exchange), api->settings.counters, openmetrics);
    exchange_set_header(exchange, "Cache-Control", "no-store");
    exchange_set_header(exchange, "Vary", "Accept");
    exchange_reply(exchange, 200,
                   openmetrics ? METRICS_TYPE_OPENMETRICS : METRICS_TYPE_TEXT);
}

const struct route api_metrics_routes[] = {
    { .method = HTTP_GET,
      .path = "/metrics",
      .right = RIGHT_READ,
      .run = get_metrics,
      .help = "All counters, as Prometheus text or, where the Accept header prefers it, "
              "as OpenMetrics. Names: docs/metrics.md." },
    { .path = NULL },
};
