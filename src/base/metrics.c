#include "base/metrics.h"

#include <inttypes.h>
#include <math.h>

#include "base/metrics_writer.h"

static const char *type_word(enum metric_type type)
{
    static const char *const words[] = { [METRIC_COUNTER] = "counter",
                                         [METRIC_GAUGE] = "gauge",
                                         [METRIC_HISTOGRAM] = "histogram",
                                         [METRIC_SUMMARY] = "summary" };
    return words[type];
}

static void put_name(struct metrics *metrics)
{
    buffer_text(metrics->out, metrics->bare ? "" : "rollcall_");
    buffer_text(metrics->out, metrics->metric->name);
}

/* OpenMetrics names the family of a counter without its "_total". */
static void put_family_name(struct metrics *metrics)
{
    put_name(metrics);
    if (metrics->metric->type == METRIC_COUNTER && metrics->format != METRICS_OPENMETRICS)
        buffer_text(metrics->out, "_total");
}

static void put_escaped(struct buffer *out, const char *text, bool quotes)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            buffer_text(out, "\\n");
        else if (*text == '\\')
            buffer_text(out, "\\\\");
        else if (*text == '"' && quotes)
            buffer_text(out, "\\\"");
        else
            buffer_char(out, *text);
    }
}

static void put_page_row(struct metrics *metrics)
{
    const struct metric *metric = metrics->metric;

    buffer_text(metrics->out, "| `");
    put_family_name(metrics);
    buffer_format(metrics->out, "` | %s | %s | %s |\n", type_word(metric->type),
                  metric->labels == NULL ? "" : metric->labels, metric->help);
}

void metrics_family(struct metrics *metrics, const struct metric *metric)
{
    struct buffer *out = metrics->out;

    metrics->metric = metric;
    if (metrics->format == METRICS_PAGE) {
        put_page_row(metrics);
        return;
    }
    buffer_text(out, "# HELP ");
    put_family_name(metrics);
    buffer_char(out, ' ');
    put_escaped(out, metric->help, metrics->format == METRICS_OPENMETRICS);
    buffer_text(out, "\n# TYPE ");
    put_family_name(metrics);
    buffer_format(out, " %s\n", type_word(metric->type));
}

void metrics_sample(struct metrics *metrics, const char *suffix)
{
    put_name(metrics);
    if (suffix != NULL)
        buffer_text(metrics->out, suffix);
    else if (metrics->metric->type == METRIC_COUNTER)
        buffer_text(metrics->out, "_total");
    metrics->labelled = false;
}

void metrics_labels(struct metrics *metrics, const char *text)
{
    if (text == NULL)
        return;
    buffer_char(metrics->out, metrics->labelled ? ',' : '{');
    metrics->labelled = true;
    buffer_text(metrics->out, text);
}

void metrics_label(struct metrics *metrics, const char *name, const char *value)
{
    metrics_labels(metrics, name);
    buffer_text(metrics->out, "=\"");
    put_escaped(metrics->out, value, true);
    buffer_char(metrics->out, '"');
}

static void end_labels(struct metrics *metrics)
{
    buffer_text(metrics->out, metrics->labelled ? "} " : " ");
}

void metrics_number(struct metrics *metrics, uint64_t value)
{
    end_labels(metrics);
    buffer_format(metrics->out, "%" PRIu64 "\n", value);
}

/* As short as it can be and as long as it must: 0.1 is not 0.10000000000000001. */
void metrics_real(struct metrics *metrics, double value)
{
    end_labels(metrics);
    if (isinf(value))
        buffer_text(metrics->out, value < 0 ? "-Inf\n" : "+Inf\n");
    else
        buffer_format(metrics->out, "%.15g\n", value);
}

void metrics_single(struct metrics *metrics, const struct metric *metric, bool known,
                    double value)
{
    metrics_family(metrics, metric);
    if (!known)
        return;
    metrics_sample(metrics, NULL);
    metrics_real(metrics, value);
}
