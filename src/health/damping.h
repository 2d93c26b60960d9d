/* health/damping.h - memory of an instance that comes and goes (RFC 2439 §4.4).
 *
 * Each time it leaves or comes back its penalty grows; with every half-life it halves.
 * Above the suppress threshold the instance is suppressed, also while it passes, until
 * the penalty has fallen to the reuse threshold, and no longer than max_suppress.
 * Penalties are in thousandths: leaving and coming back once costs 1000.
 * Times    milliseconds of any one clock that does not jump, given by the caller.
 * Threads  plain values, one owner.
 */
#ifndef HEALTH_DAMPING_H
#define HEALTH_DAMPING_H

#include <stdbool.h>
#include <stdint.h>

enum { DAMPING_STEP = 500 }; /* of one transition, in or out */

struct damping_rule {
    uint32_t suppress; /* 0: nothing is ever suppressed */
    uint32_t reuse;    /* below `suppress` */
    int64_t half_life; /* ms */
    int64_t max_suppress;
};

struct damping {
    uint32_t penalty; /* as of `at` */
    int64_t at;
    int64_t since; /* suppressed since then */
    bool suppressed;
};

/* What is left of the penalty. Pure. */
uint32_t damping_penalty(const struct damping *damping, const struct damping_rule *rule,
                         int64_t now);
/* It left or came back. Is it suppressed now? */
bool damping_add(struct damping *damping, const struct damping_rule *rule, int64_t now);
/* When it will be well again to use, as of its last transition; it must be suppressed. */
int64_t damping_until(const struct damping *damping, const struct damping_rule *rule);
/* Ends what is over at `now`. Is there still something to remember? */
bool damping_settle(struct damping *damping, const struct damping_rule *rule,
                    int64_t now);
/* As it must have been, to end at `until`: what a restart finds again. */
struct damping damping_restored(const struct damping_rule *rule, int64_t since,
                                int64_t until, int64_t now);

#endif
