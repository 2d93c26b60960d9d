/* daemon/tidy.h - memory that changes left behind goes back to the system.
 *
 * A registry that fills up instance by instance, or that loses many at once, leaves holes
 * all over the heap. Some time after many changes the whole pages among them are given
 * back; that takes less than a millisecond for 100,000 instances, and at most one such
 * step is made for all changes of that time.
 * Times    monotonic milliseconds.
 * Threads  control.
 */
#ifndef DAEMON_TIDY_H
#define DAEMON_TIDY_H

#include <stdbool.h>
#include <stdint.h>

enum {
    TIDY_CHANGES = 1000, /* fewer leave nothing that is worth it */
    TIDY_MS = 1000
};

struct tidy {
    uint64_t revision; /* of the registry, when it was done last */
    int64_t due;       /* INT64_MAX: nothing to do */
};

void tidy_init(struct tidy *tidy, uint64_t revision);
/* How far the registry has come. True: it is time to give memory back. */
bool tidy_step(struct tidy *tidy, uint64_t revision, int64_t now);

#endif
