/* base/counters.h - named counters: one writer each, any reader.
 *
 * A room declares a struct of counters and one table of rows; whoever shows them
 * (stats, metrics) walks the groups and sums the blocks of all threads. A row says how it
 * is shown as a metric, too: a new counter needs its row and nothing else.
 *
 * Names of metrics have no "rollcall_" and no "_total" here: whoever writes them adds
 * both (base/metrics.h).
 * Threads: counter_add() by the owner of the block only; counter_read() by any.
 */
#ifndef BASE_COUNTERS_H
#define BASE_COUNTERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef _Atomic uint64_t counter;

/* No locked instruction: there is one writer, readers see some recent value. */
static inline void counter_add(counter *c, uint64_t n)
{
    uint64_t value = atomic_load_explicit(c, memory_order_relaxed);
    atomic_store_explicit(c, value + n, memory_order_relaxed);
}

static inline void counter_set(counter *c, uint64_t n)
{
    atomic_store_explicit(c, n, memory_order_relaxed);
}

static inline uint64_t counter_read(const counter *c)
{
    return atomic_load_explicit(c, memory_order_relaxed);
}

enum counter_shape {
    COUNTER_TOTAL,  /* only grows */
    COUNTER_GAUGE,  /* may fall */
    COUNTER_UNSHOWN /* no metric: another one says the same */
};

struct counter_row {
    const char *name; /* "queries_udp"; NULL ends a table */
    const char *help; /* one sentence with the unit */
    size_t offset;    /* of the counter in its block */
    enum counter_shape shape;
    uint32_t per;       /* the metric is the counter divided by this; 0: as it is */
    const char *metric; /* "dns_responses"; NULL: area and name, "dns_queries_udp" */
    const char *labels; /* that tell it from the other rows of this metric,
                         * "rcode=\"NOERROR\""; NULL: it is the only one */
};

/* A row of a table, and what may follow: COUNTER(struct x, member, "Help.", ...). */
#define COUNTER(block, member, text, ...)                                                \
    {                                                                                    \
        .name = #member, .help = text, .offset = offsetof(block, member), __VA_ARGS__    \
    }
#define COUNTER_END                                                                      \
    {                                                                                    \
        .name = NULL                                                                     \
    }
#define IS_GAUGE         .shape = COUNTER_GAUGE
#define IS_UNSHOWN       .shape = COUNTER_UNSHOWN
#define IS_OF(name, set) .metric = (name), .labels = (set)

/* What several rows have in common. */
struct counter_family {
    const char *metric; /* NULL ends a table */
    const char *help;   /* a sentence */
};

/* An array of counters in each block, [counts[0]][counts[1]], with a label for each
 * dimension. Shown as a metric only. */
struct counter_table {
    const char *metric; /* NULL ends a list of tables */
    const char *help;
    enum counter_shape shape;
    bool sparse;           /* what was never counted is not shown */
    const char *labels[2]; /* the second may be NULL: one dimension */
    const char *(*words[2])(unsigned index);
    unsigned counts[2]; /* the second is 1 for one dimension */
    size_t offset;      /* of the array in its block */
};

struct histogram_table; /* base/histogram.h */
struct metrics;         /* base/metrics.h */

/* One area's counters: `block_count` blocks (one per thread) of the same shape. */
struct counter_group {
    const char *area;               /* "dns", "registry", "store", "health" */
    const struct counter_row *rows; /* ends with an empty row */
    const void *const *blocks;      /* borrowed */
    size_t block_count;
    const struct counter_family *families;    /* may be NULL */
    const struct counter_table *tables;       /* may be NULL */
    const struct histogram_table *histograms; /* may be NULL */
    /* What is no counter of a block; may be NULL. `owner` NULL: only say which metrics
     * there are (base/metrics.h). On the thread that shows them: control. */
    void (*more)(void *owner, struct metrics *metrics);
    void *owner; /* borrowed */
};

/* The sum of one row over all blocks. */
uint64_t counter_sum(const struct counter_group *group, const struct counter_row *row);
/* The sum of one place of a table over all blocks. */
uint64_t counter_table_sum(const struct counter_group *group,
                           const struct counter_table *table, unsigned first,
                           unsigned second);

#endif
