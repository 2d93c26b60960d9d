/* consul/blocking.h - blocking queries: answer when an index has moved.
 *
 * The client says the index it has seen; the handler compares it with that of what it
 * would list, and waits at a topic when it is not newer. Woken, it runs again from the
 * start: there is one way to make an answer.
 * Times    ms; `now` monotonic.
 * Threads  control.
 */
#ifndef CONSUL_BLOCKING_H
#define CONSUL_BLOCKING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"
#include "http/exchange.h"

enum {
    BLOCKING_DEFAULT_MS = 300 * 1000,
    BLOCKING_LONGEST_MS = 600 * 1000,
    BLOCKING_SHARE = 16 /* up to a 16th of the wait comes on top of it, never more */
};

struct blocking {
    uint64_t index; /* that the client has seen; 0: answer now */
    uint32_t wait;  /* ms, capped, without the random share */
};

/* `index` and `wait` are the texts of the query, NULL where absent. "-1" is no index.
 * False: `*error` is the text of a 400. */
bool blocking_parse(const char *index, const char *wait, struct blocking *out,
                    const char **error);

/* Must it wait? `newest` is the last number that was given to anything: an index beyond
 * it is from another life of the server and is answered at once. Pure. */
bool blocking_is_old(const struct blocking *blocking, uint64_t index, uint64_t newest);

/* When such a wait ends. */
int64_t blocking_due(const struct blocking *blocking, struct random_state *random,
                     int64_t now);

/* Wait at the topic, or go on waiting; false: the time is over, answer with what there
 * is. A NULL topic (no memory for one) does not wait. For what has another order than
 * numbers (event/list); the rest use reading_wait(). */
bool blocking_wait(const struct blocking *blocking, struct random_state *random,
                   struct exchange *exchange, struct topic *topic, int64_t now);

#endif
