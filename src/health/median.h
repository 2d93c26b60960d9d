/* health/median.h - the moving median of a check's latency, in 8 octets.
 *
 * A frugal estimate: every value moves it one step towards itself, and the step grows
 * while the values stay on one side and shrinks when they change sides. One very slow
 * answer moves it as little as one that is a little slow.
 * Threads  plain values, one owner.
 */
#ifndef HEALTH_MEDIAN_H
#define HEALTH_MEDIAN_H

#include <stdbool.h>
#include <stdint.h>

enum {
    MEDIAN_NEEDED = 10,    /* values before it says anything */
    MEDIAN_NOISE_US = 5000 /* less than this above it is the machine, not the service */
};

struct median {
    uint32_t value;     /* us */
    uint8_t shift;      /* a step is value >> shift */
    uint8_t seen;       /* values so far, at most 255 */
    bool last_was_more; /* than the estimate then */
};

void median_add(struct median *median, int64_t us);
/* Is `us` more than `factor` thousandths of it? False until it knows enough. Pure. */
bool median_is_exceeded(const struct median *median, uint32_t factor, int64_t us);

#endif
