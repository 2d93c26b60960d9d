/* base/clock.h - monotonic and wall time; the only caller of the system clock.
 *
 * Engines take the time as a parameter; only loops, daemons and programs ask here.
 * Threads: any.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_us(void);
int64_t clock_monotonic_ns(void);

/* Milliseconds since 1970-01-01 UTC. May step; never used for intervals. */
int64_t clock_wall_ms(void);

#endif
