/* base/metrics.h - groups of counters as Prometheus text and as OpenMetrics.
 *
 * Everything that is shown is in a group: rows, tables and histograms write themselves;
 * what is no counter of a block (states, memory, serials) is written by the group's
 * more() with the calls below. Every name begins with "rollcall_" but those of a group
 * whose area is "", which are written as they are ("process_...").
 *
 * Formats  Prometheus text 0.0.4; OpenMetrics 1.0.0. The same series in both.
 * Threads  pure functions over what may be read from any thread; more() wants control.
 */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include "base/buffer.h"
#include "base/counters.h"
#include "base/histogram.h"

#define METRICS_TYPE_TEXT "text/plain; version=0.0.4; charset=utf-8"
#define METRICS_TYPE_OPENMETRICS                                                         \
    "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* All groups (ends with NULL), with the "# EOF" of OpenMetrics. */
void metrics_write(struct buffer *out, const struct counter_group *const *groups,
                   bool openmetrics);
/* Which of the two an Accept header prefers (RFC 9110 §12.5.1); NULL: none was sent. */
bool metrics_accept(const char *accept);
/* The same names as a page in Markdown: type, labels, meaning. No block is read. */
void metrics_page(struct buffer *out, const struct counter_group *const *groups);

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM, METRIC_SUMMARY };

/* One family. */
struct metric {
    const char *name; /* no "rollcall_", no "_total" */
    const char *help; /* a sentence */
    enum metric_type type;
    const char *labels; /* names, "state" or "route, class"; NULL: none */
};

/* For more(): a family, then its samples:
 *   metrics_family(m, &metric);
 *   metrics_sample(m, NULL);                    a suffix: "_sum", "_count"; else NULL
 *   metrics_label(m, "state", "passing");       any number of times
 *   metrics_number(m, 12);                      or metrics_real()
 * With an owner of NULL it ends after the families. */
void metrics_family(struct metrics *metrics, const struct metric *metric);
void metrics_sample(struct metrics *metrics, const char *suffix);
void metrics_label(struct metrics *metrics, const char *name, const char *value);
void metrics_number(struct metrics *metrics, uint64_t value);
void metrics_real(struct metrics *metrics, double value);
/* A family with one sample without labels; `known` false: only the family. */
void metrics_single(struct metrics *metrics, const struct metric *metric, bool known,
                    double value);

#endif
