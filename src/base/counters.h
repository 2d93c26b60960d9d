/* base/counters.h - named counters: one writer each, any reader.
 *
 * A room declares a struct of counters and one table of rows; whoever shows them
 * (stats, metrics) walks the groups and sums the blocks of all threads.
 * Threads: counter_add() by the owner of the block only; counter_read() by any.
 */
#ifndef BASE_COUNTERS_H
#define BASE_COUNTERS_H

#include <stdatomic.h>
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

struct counter_row {
    const char *name; /* "queries_udp"; NULL ends a table */
    const char *help; /* one sentence with the unit */
    size_t offset;    /* of the counter in its block */
};

/* One area's counters: `block_count` blocks (one per thread) of the same shape. */
struct counter_group {
    const char *area;               /* "dns", "registry", "store", "health" */
    const struct counter_row *rows; /* ends with an empty row */
    const void *const *blocks;      /* borrowed */
    size_t block_count;
};

/* The sum of one row over all blocks. */
uint64_t counter_sum(const struct counter_group *group, const struct counter_row *row);

#endif
