/* base/histogram.h - how often a value fell between fixed bounds: one writer, any reader.
 *
 * A histogram lies in a room's block of counters (counters.h), and a row of the room's
 * table says what it counts. A bucket holds values up to its bound, that one included,
 * as Prometheus has it; the last one holds the rest.
 *
 * Units    values are whole: microseconds, octets, rows; `per` turns them into what is
 *          shown (seconds).
 * Threads  histogram_add() by the owner of the block only; reading by any. A reader may
 *          see a value in its bucket and not yet in the sum.
 */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include "base/counters.h"

enum { HISTOGRAM_BOUNDS_MAX = 19 };

struct histogram_bounds {
    uint32_t per;   /* shown is a value divided by this; at least 1 */
    uint32_t count; /* of `upper`, ascending */
    uint64_t upper[HISTOGRAM_BOUNDS_MAX];
};

/* Zeroed memory is an empty one. */
struct histogram {
    counter sum;
    counter buckets[HISTOGRAM_BOUNDS_MAX + 1]; /* each for itself, not cumulative */
};

/* One or several histograms of a block: an array of `count`, told apart by a label. */
struct histogram_table {
    const char *metric; /* "dns_query_duration_seconds"; NULL ends a list */
    const char *help;
    const struct histogram_bounds *bounds;
    size_t offset;     /* of the array in its block */
    bool sparse;       /* what never saw a value is not shown */
    const char *label; /* NULL: there is one */
    const char *(*word)(unsigned index);
    unsigned count; /* 1 where there is one */
};

/* `times` values of that size were seen. */
void histogram_add(struct histogram *histogram, const struct histogram_bounds *bounds,
                   uint64_t value, uint64_t times);

/* As it was read, over all blocks. */
struct histogram_sum {
    const struct histogram_bounds *bounds;
    uint64_t count;
    uint64_t sum;
    uint64_t buckets[HISTOGRAM_BOUNDS_MAX + 1];
};

/* The `index`-th of a table. */
void histogram_collect(const struct counter_group *group,
                       const struct histogram_table *table, unsigned index,
                       struct histogram_sum *out);
/* That of this metric in any of the groups (ends with NULL), all its labels together.
 * False: there is none. */
bool histogram_find(const struct counter_group *const *groups, const char *metric,
                    struct histogram_sum *out);

/* The value, as shown (in seconds), that a share `q` (0 to 1) of all values did not
 * exceed, taken as evenly spread within a bucket; above the last bound it is that bound.
 * 0 when nothing was seen. */
double histogram_quantile(const struct histogram_sum *sum, double q);

#endif
