/* Requests by route, as metrics: only routes that somebody asked for, so their number is
 * bounded by the tables and not by what clients make up. */
#include "base/metrics.h"
#include "http/internal.h"

static const struct metric answered = { "http_requests",
                                        "Requests answered, by route, method and class "
                                        "of status; route \"none\": no such path.",
                                        METRIC_COUNTER, "route, method, class" };
static const struct metric took = {
    "http_request_duration_seconds",
    "Time spent on requests, by route and method, without what they waited for.",
    METRIC_SUMMARY, "route, method"
};

static const char *const classes[] = { NULL, "1xx", "2xx", "3xx", "4xx", "5xx" };

/* What one route has to show; NULL counts: nothing. */
struct shown {
    const char *path;
    const char *method;
    const struct http_route_counts *counts;
};

static uint64_t answers(const struct http_route_counts *counts)
{
    uint64_t sum = 0;

    for (unsigned i = 1; i < 6; i++)
        sum += counter_read(&counts->by_class[i]);
    return sum;
}

static void put_labels(struct metrics *metrics, const struct shown *shown)
{
    metrics_label(metrics, "route", shown->path);
    metrics_label(metrics, "method", shown->method);
}

static void put_answered(struct metrics *metrics, const struct shown *shown)
{
    for (unsigned i = 1; i < 6; i++) {
        uint64_t count = counter_read(&shown->counts->by_class[i]);
        if (count == 0)
            continue;
        metrics_sample(metrics, NULL);
        put_labels(metrics, shown);
        metrics_label(metrics, "class", classes[i]);
        metrics_number(metrics, count);
    }
}

static void put_took(struct metrics *metrics, const struct shown *shown)
{
    uint64_t count = answers(shown->counts);

    if (count == 0)
        return;
    metrics_sample(metrics, "_sum");
    put_labels(metrics, shown);
    metrics_real(metrics, (double)counter_read(&shown->counts->microseconds) / 1e6);
    metrics_sample(metrics, "_count");
    put_labels(metrics, shown);
    metrics_number(metrics, count);
}

static void put_all(struct metrics *metrics, const struct http *http,
                    void (*put)(struct metrics *metrics, const struct shown *shown))
{
    struct shown shown = { "none", "any", &http->lost_counts };
    const struct http_table *table;

    put(metrics, &shown);
    for (size_t i = 0; (table = http_tables(http, i)) != NULL; i++)
        for (size_t at = 0; table->routes[at].path != NULL; at++) {
            shown.path = table->routes[at].path;
            shown.method = http_method_word(table->routes[at].method);
            shown.counts = http_route_counts(http, table, at);
            if (shown.counts != NULL)
                put(metrics, &shown);
        }
}

void routes_shown(void *owner, struct metrics *metrics)
{
    metrics_family(metrics, &answered);
    if (owner != NULL)
        put_all(metrics, owner, put_answered);
    metrics_family(metrics, &took);
    if (owner != NULL)
        put_all(metrics, owner, put_took);
}
