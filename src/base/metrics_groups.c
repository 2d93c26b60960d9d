/* Walks groups of counters: rows, tables, histograms, and what a room adds. */
#include <stdio.h>
#include <string.h>

#include "base/metrics.h"
#include "base/metrics_writer.h"

enum { NAME_MAX_OCTETS = 128, LABELS_MAX = 128 };

static bool is_page(const struct metrics *metrics)
{
    return metrics->format == METRICS_PAGE;
}

static void put_value(struct metrics *metrics, uint64_t value, uint32_t per)
{
    if (per > 1)
        metrics_real(metrics, (double)value / per);
    else
        metrics_number(metrics, value);
}

/* --- Rows. */

static enum metric_type type_of(enum counter_shape shape)
{
    return shape == COUNTER_GAUGE ? METRIC_GAUGE : METRIC_COUNTER;
}

static const char *family_help(const struct counter_group *group,
                               const struct counter_row *row)
{
    const struct counter_family *at = group->families;

    while (at != NULL && at->metric != NULL && strcmp(at->metric, row->metric) != 0)
        at++;
    return at != NULL && at->metric != NULL ? at->help : row->help;
}

static bool same_family(const struct counter_row *one, const struct counter_row *other)
{
    return one->shape != COUNTER_UNSHOWN && one->metric != NULL &&
           other->metric != NULL && strcmp(one->metric, other->metric) == 0;
}

static bool was_shown(const struct counter_group *group, const struct counter_row *row)
{
    for (const struct counter_row *at = group->rows; at < row; at++)
        if (same_family(at, row))
            return true;
    return false;
}

static void put_row(struct metrics *metrics, const struct counter_group *group,
                    const struct counter_row *row)
{
    metrics_sample(metrics, NULL);
    metrics_labels(metrics, row->labels);
    put_value(metrics, counter_sum(group, row), row->per);
}

/* `kind="ttl",outcome="expired"` to "kind, outcome". */
static const char *label_names(const char *labels, char *out, size_t size)
{
    size_t at = 0;
    bool quoted = false;

    if (labels == NULL)
        return NULL;
    for (; *labels != '\0' && at + 3 < size; labels++) {
        if (*labels == '"')
            quoted = !quoted;
        else if (!quoted && *labels == ',')
            at += (size_t)snprintf(out + at, size - at, ", ");
        else if (!quoted && *labels != '=')
            out[at++] = *labels;
    }
    out[at] = '\0';
    return out;
}

static void put_family(struct metrics *metrics, const struct counter_group *group,
                       const struct counter_row *first)
{
    char name[NAME_MAX_OCTETS];
    char labels[LABELS_MAX];
    struct metric metric = { .name = first->metric, .type = type_of(first->shape) };

    metric.help = first->metric == NULL ? first->help : family_help(group, first);
    if (first->metric == NULL) {
        snprintf(name, sizeof name, "%s_%s", group->area, first->name);
        metric.name = name;
    }
    metric.labels = label_names(first->labels, labels, sizeof labels);
    metrics_family(metrics, &metric);
    if (is_page(metrics))
        return;
    put_row(metrics, group, first);
    for (const struct counter_row *at = first + 1; at->name != NULL; at++)
        if (same_family(at, first))
            put_row(metrics, group, at);
}

static void put_rows(struct metrics *metrics, const struct counter_group *group)
{
    for (const struct counter_row *row = group->rows; row->name != NULL; row++)
        if (row->shape != COUNTER_UNSHOWN && !was_shown(group, row))
            put_family(metrics, group, row);
}

/* --- Tables. */

static void put_place(struct metrics *metrics, const struct counter_group *group,
                      const struct counter_table *table, unsigned first, unsigned second)
{
    uint64_t value = counter_table_sum(group, table, first, second);

    if (table->sparse && value == 0)
        return;
    metrics_sample(metrics, NULL);
    metrics_label(metrics, table->labels[0], table->words[0](first));
    if (table->labels[1] != NULL)
        metrics_label(metrics, table->labels[1], table->words[1](second));
    metrics_number(metrics, value);
}

static void put_table(struct metrics *metrics, const struct counter_group *group,
                      const struct counter_table *table)
{
    char labels[LABELS_MAX];
    const struct metric metric = { table->metric, table->help, type_of(table->shape),
                                   labels };

    snprintf(labels, sizeof labels, "%s%s%s", table->labels[0],
             table->labels[1] == NULL ? "" : ", ",
             table->labels[1] == NULL ? "" : table->labels[1]);
    metrics_family(metrics, &metric);
    for (unsigned first = 0; !is_page(metrics) && first < table->counts[0]; first++)
        for (unsigned second = 0; second < table->counts[1]; second++)
            put_place(metrics, group, table, first, second);
}

/* --- Histograms. */

/* OpenMetrics wants "1.0", and a series has one name in both formats. */
static void put_bound(struct metrics *metrics, double bound)
{
    char text[32];

    snprintf(text, sizeof text, "%.15g", bound);
    if (strpbrk(text, ".e") == NULL)
        strcat(text, ".0");
    metrics_label(metrics, "le", text);
}

static void begin_part(struct metrics *metrics, const struct histogram_table *table,
                       unsigned index, const char *suffix)
{
    metrics_sample(metrics, suffix);
    if (table->label != NULL)
        metrics_label(metrics, table->label, table->word(index));
}

static void put_histogram(struct metrics *metrics, const struct counter_group *group,
                          const struct histogram_table *table, unsigned index)
{
    const struct histogram_bounds *bounds = table->bounds;
    struct histogram_sum sum;
    uint64_t below = 0;

    histogram_collect(group, table, index, &sum);
    if (table->sparse && sum.count == 0)
        return;
    for (uint32_t i = 0; i < bounds->count; i++) {
        below += sum.buckets[i];
        begin_part(metrics, table, index, "_bucket");
        put_bound(metrics, (double)bounds->upper[i] / bounds->per);
        metrics_number(metrics, below);
    }
    begin_part(metrics, table, index, "_bucket");
    metrics_label(metrics, "le", "+Inf");
    metrics_number(metrics, sum.count);
    begin_part(metrics, table, index, "_sum");
    put_value(metrics, sum.sum, bounds->per);
    begin_part(metrics, table, index, "_count");
    metrics_number(metrics, sum.count);
}

static void put_histograms(struct metrics *metrics, const struct counter_group *group,
                           const struct histogram_table *table)
{
    const struct metric metric = { table->metric, table->help, METRIC_HISTOGRAM,
                                   table->label };

    metrics_family(metrics, &metric);
    for (unsigned i = 0; !is_page(metrics) && i < table->count; i++)
        put_histogram(metrics, group, table, i);
}

/* --- All of it. */

static void put_group(struct metrics *metrics, const struct counter_group *group)
{
    const struct counter_table *table = group->tables;
    const struct histogram_table *histogram = group->histograms;

    metrics->bare = group->area[0] == '\0';
    if (group->rows != NULL)
        put_rows(metrics, group);
    for (; table != NULL && table->metric != NULL; table++)
        put_table(metrics, group, table);
    for (; histogram != NULL && histogram->metric != NULL; histogram++)
        put_histograms(metrics, group, histogram);
    if (group->more != NULL)
        group->more(is_page(metrics) ? NULL : group->owner, metrics);
}

void metrics_write(struct buffer *out, const struct counter_group *const *groups,
                   bool openmetrics)
{
    struct metrics metrics = { .out = out,
                               .format =
                                   openmetrics ? METRICS_OPENMETRICS : METRICS_TEXT };

    for (; *groups != NULL; groups++)
        put_group(&metrics, *groups);
    if (openmetrics)
        buffer_text(out, "# EOF\n");
}

void metrics_page(struct buffer *out, const struct counter_group *const *groups)
{
    struct metrics metrics = { .out = out, .format = METRICS_PAGE };

    for (; *groups != NULL; groups++) {
        const char *area = (*groups)->area;
        buffer_format(out, "\n## %s\n\n", area[0] == '\0' ? "process" : area);
        buffer_text(out,
                    "| Metric | Type | Labels | Meaning |\n| --- | --- | --- | --- |\n");
        put_group(&metrics, *groups);
    }
}
