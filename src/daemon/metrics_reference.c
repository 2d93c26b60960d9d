/* docs/metrics.md, printed from the groups of all rooms. */
#include <stdio.h>
#include <stdlib.h>

#include "alert/alert.h"
#include "answer/answer.h"
#include "api/api.h"
#include "base/metrics.h"
#include "consul/keep.h"
#include "daemon/arguments.h"
#include "daemon/process.h"
#include "daemon/reload.h"
#include "daemon/turn.h"
#include "health/health.h"
#include "http/server.h"
#include "intake/intake.h"
#include "registry/registry.h"
#include "serve/pipeline_counters.h"
#include "serve/query_log.h"
#include "serve/socket_counters.h"
#include "serve/transfers.h"
#include "store/writer.h"

static const char opening[] =
    "# Metrics\n"
    "\n"
    "Printed by `rollcalld --metrics-reference`; do not edit.\n"
    "\n"
    "`GET /metrics` on the HTTP port (`api.listen`, default 127.0.0.1:8500) gives\n"
    "all of them, as Prometheus text 0.0.4, or as OpenMetrics 1.0 to a scraper whose\n"
    "`Accept` prefers it. It needs the right `read` where tokens are configured. The\n"
    "same comes from `/v1/agent/metrics?format=prometheus`, for tools that know\n"
    "Consul.\n"
    "\n"
    "```yaml\n"
    "scrape_configs:\n"
    "  - job_name: rollcall\n"
    "    static_configs:\n"
    "      - targets: [\"127.0.0.1:8500\"]\n"
    "```\n"
    "\n"
    "`tools/grafana-dashboard.json` shows them, `tools/prometheus-rules.yaml` has "
    "alerts\n"
    "to begin with.\n"
    "\n"
    "## Names\n"
    "\n"
    "`rollcall_<what>_<unit>`: seconds and octets, never milliseconds or kilobytes. "
    "What\n"
    "only grows ends in `_total` and begins at 0 with the process; use `rate()`. What "
    "has\n"
    "no `_total` is a value of now. `process_*` are the names that every process has.\n"
    "\n"
    "Labels have few values, all known beforehand: types, rcodes, states, kinds, "
    "outcomes,\n"
    "zones of the configuration, routes that somebody asked for. No service and no\n"
    "instance is a label, however many there are; what one service does is in\n"
    "`/v1/health/service/NAME` and in `rollcall history`.\n"
    "\n"
    "## What a DNS query took\n"
    "\n"
    "Reading a clock twice takes some 50 ns, and making the reply to a query is no more\n"
    "than 760 instructions, so batches are measured: from the moment a worker has\n"
    "received up to `dns.batch` queries with one system call to the moment the last\n"
    "reply was given to the kernel. That time counts for every query of the batch. A\n"
    "query alone is a batch of one, and its figure is exact; under load it is an upper\n"
    "bound, because the first reply of a batch waits for the last. What a query waited\n"
    "in the socket before is not in it. Over TCP it is the time from a readable\n"
    "connection to its replies in the socket.\n"
    "\n"
    "Counters are written by the thread that counts, without a lock, and read as they\n"
    "are: a scrape is not one moment, and sums of two metrics may differ by what came\n"
    "between. A scrape costs the control thread half a millisecond, and 7 ms more for\n"
    "every 100,000 instances, which are counted by state; DNS is not held up by it.\n";

void arguments_metrics(FILE *out)
{
    const struct counter_group *const groups[] = {
        &pipeline_counter_group, &socket_counter_group,    &answer_counter_group,
        &registry_counter_group, &health_counter_group,    &writer_counter_group,
        &intake_counter_group,   &http_counter_group,      &api_counter_group,
        &keep_counter_group,     &transfers_counter_group, &query_log_counter_group,
        &alert_counter_group,    &turn_counter_group,      &build_counter_group,
        &process_counter_group,  &reload_counter_group,    NULL,
    };
    struct buffer text;

    buffer_init(&text, 1024 * 1024);
    buffer_text(&text, opening);
    metrics_page(&text, groups);
    fputs(text.data == NULL ? "" : text.data, out);
    buffer_deinit(&text);
}
