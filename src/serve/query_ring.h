/* serve/query_ring.h - what a ring of the query log is made of.
 * Threads  head and what decides whether to note: the worker; tail: the log's thread.
 */
#ifndef SERVE_QUERY_RING_H
#define SERVE_QUERY_RING_H

#include <stdatomic.h>

#include "serve/query_log.h"

enum { QUERY_RING_RECORDS = 4096, QUERY_WINDOW_MS = 1000 };

struct query_ring {
    _Atomic uint32_t head; /* records ever noted */
    uint32_t sample;       /* every nth is noted */
    uint32_t seen;         /* since the last one that was due */
    uint32_t rate;         /* records a second at most */
    uint32_t in_window;
    uint64_t window;                    /* its start, monotonic ms */
    _Alignas(64) _Atomic uint32_t tail; /* records ever taken */
    struct query_record records[QUERY_RING_RECORDS];
};

#endif
