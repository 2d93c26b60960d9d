/* health/brake.h - at most a share of a service's instances may leave in a minute by
 * their checks; who would leave beyond that is held.
 *
 * Once somebody is held, nobody else leaves until nobody is held any more: they became
 * well again, an operator said that it is right (confirm) or wrong (refuse), or the
 * longest hold is over.
 * Times    monotonic milliseconds, given by the caller.
 * Threads  plain values, one owner.
 */
#ifndef HEALTH_BRAKE_H
#define HEALTH_BRAKE_H

#include <stdbool.h>
#include <stdint.h>

enum { BRAKE_WINDOW_MS = 60 * 1000, BRAKE_SLOTS = 60 };

struct brake_rule {
    uint32_t share;     /* thousandths of the instances; 1000 and more: no brake */
    uint32_t instances; /* a service with fewer is not braked */
    int64_t longest;    /* ms that one may be held; 0: until somebody decides */
};

struct brake {
    uint32_t left[BRAKE_SLOTS]; /* how many left in that second of the window */
    int64_t slot;               /* the last second that was written */
    uint32_t held;              /* now */
    int64_t held_since;         /* the first of them */
    bool refused;               /* nobody leaves until nobody is held */
    int64_t open_until;         /* confirmed: who fails until then leaves */
};

/* One of `instances` would leave. True: it may, and is counted; false: hold it. */
bool brake_take(struct brake *brake, const struct brake_rule *rule, uint32_t instances,
                int64_t now);
/* One that brake_take() refused is held, or is not any more. */
void brake_hold(struct brake *brake, int64_t now);
void brake_release(struct brake *brake);
/* It has failed again: has it been held for as long as it may, or was it confirmed? */
bool brake_is_over(const struct brake *brake, const struct brake_rule *rule, int64_t now);
void brake_confirm(struct brake *brake, int64_t now);
void brake_refuse(struct brake *brake);
/* How many left in the last minute. */
uint32_t brake_left(const struct brake *brake, int64_t now);
/* Is there anything to remember? */
bool brake_is_idle(const struct brake *brake, int64_t now);

#endif
