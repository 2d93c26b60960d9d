/* daemon/process.h - the process itself, as metrics: its time, its memory, its files.
 *
 * Read when somebody asks: from /proc/self, getrusage() and the allocator.
 * Threads  control.
 */
#ifndef DAEMON_PROCESS_H
#define DAEMON_PROCESS_H

#include <stdint.h>

#include "base/counters.h"

/* Names that Prometheus gives to every process ("process_..."), and ours about memory and
 * the build. Both without an owner, for the reference pages. */
extern const struct counter_group process_counter_group;
extern const struct counter_group build_counter_group;

/* The owner of both. */
struct process {
    int64_t started_wall;              /* ms since 1970 */
    uint64_t malloc_used, malloc_free; /* octets, as of the last look */
    int64_t malloc_due;                /* monotonic us: not to look again before */
    struct counter_group process;
    struct counter_group build;
};
void process_init(struct process *process, int64_t started_wall);

#endif
