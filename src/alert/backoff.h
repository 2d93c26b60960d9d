/* alert/backoff.h - when a message that was not taken is tried again.
 *
 * Exponential with jitter: 1 s doubled with each failure up to 5 minutes, of which a
 * random half is left out, so that receivers that come back are not met by all at once.
 * What the receiver itself asked for (Retry-After, RFC 9110 §10.2.3) is the least, up to
 * an hour.
 * Times    milliseconds.
 * Threads  pure but for the random state.
 */
#ifndef ALERT_BACKOFF_H
#define ALERT_BACKOFF_H

#include <stdint.h>

#include "base/random.h"

enum {
    BACKOFF_FIRST_MS = 1000,
    BACKOFF_MOST_MS = 5 * 60 * 1000,
    BACKOFF_ASKED_MOST_MS = 60 * 60 * 1000
};

/* After failure number `failures` (from 1). `asked` 0: nothing was asked for. */
int64_t backoff_wait(struct random_state *random, unsigned failures, int64_t asked);

/* The value of Retry-After, seconds or a date, in ms from `wall`; 0: neither, or past. */
int64_t backoff_asked(const char *value, int64_t wall);

#endif
