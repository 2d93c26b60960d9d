#include "base/histogram.h"

#include <string.h>

void histogram_add(struct histogram *histogram, const struct histogram_bounds *bounds,
                   uint64_t value, uint64_t times)
{
    uint32_t at = 0;

    while (at < bounds->count && value > bounds->upper[at])
        at++;
    counter_add(&histogram->buckets[at], times);
    counter_add(&histogram->sum, value * times);
}

static void add_one(struct histogram_sum *out, const struct histogram *histogram)
{
    for (uint32_t i = 0; i <= out->bounds->count; i++) {
        uint64_t seen = counter_read(&histogram->buckets[i]);
        out->buckets[i] += seen;
        out->count += seen;
    }
    out->sum += counter_read(&histogram->sum);
}

static void add_all(struct histogram_sum *out, const struct counter_group *group,
                    const struct histogram_table *table, unsigned index)
{
    size_t offset = table->offset + index * sizeof(struct histogram);

    for (size_t i = 0; i < group->block_count; i++) {
        const char *block = group->blocks[i];
        add_one(out, (const struct histogram *)(const void *)(block + offset));
    }
}

void histogram_collect(const struct counter_group *group,
                       const struct histogram_table *table, unsigned index,
                       struct histogram_sum *out)
{
    *out = (struct histogram_sum){ .bounds = table->bounds };
    add_all(out, group, table, index);
}

static const struct histogram_table *find_in(const struct counter_group *group,
                                             const char *metric)
{
    const struct histogram_table *table = group->histograms;

    while (table != NULL && table->metric != NULL && strcmp(table->metric, metric) != 0)
        table++;
    return table != NULL && table->metric != NULL ? table : NULL;
}

bool histogram_find(const struct counter_group *const *groups, const char *metric,
                    struct histogram_sum *out)
{
    for (; *groups != NULL; groups++) {
        const struct histogram_table *table = find_in(*groups, metric);
        if (table == NULL)
            continue;
        *out = (struct histogram_sum){ .bounds = table->bounds };
        for (unsigned i = 0; i < table->count; i++)
            add_all(out, *groups, table, i);
        return true;
    }
    return false;
}

double histogram_quantile(const struct histogram_sum *sum, double q)
{
    const struct histogram_bounds *bounds = sum->bounds;
    double rank = q * (double)sum->count;
    double below = 0; /* values in the buckets before */

    if (sum->count == 0)
        return 0;
    for (uint32_t i = 0; i < bounds->count; i++) {
        double here = (double)sum->buckets[i];
        double low = i == 0 ? 0 : (double)bounds->upper[i - 1];
        double high = (double)bounds->upper[i];
        if (here > 0 && below + here >= rank)
            return (low + (high - low) * ((rank - below) / here)) / bounds->per;
        below += here;
    }
    return (double)bounds->upper[bounds->count - 1] / bounds->per;
}
