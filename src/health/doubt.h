/* health/doubt.h - when to believe that it is we who are cut off, and not the services.
 *
 * Unrelated services fail together, and our own canaries fail too: then no check moves
 * anything until the canaries are well again, twice in a row. A failure that would take
 * an instance out, and may be of our own making, waits until the canaries were well
 * after its run began; while they fail, no longer than the period. Canaries that fail for
 * long while the checks go well say nothing about this machine (a gateway that answers no
 * more), so they have a say for DOUBT_CREDIBLE_MS only, unless the doubt has begun.
 * Times    monotonic milliseconds, given by the caller.
 * Threads  plain values, one owner.
 */
#ifndef HEALTH_DOUBT_H
#define HEALTH_DOUBT_H

#include <stdbool.h>
#include <stdint.h>

enum { DOUBT_CREDIBLE_MS = 10 * 60 * 1000 };

struct doubt_rule {
    uint32_t services; /* that fail together, or all that are checked; 0: never doubts */
    int64_t period;    /* ms in which they must */
};

struct doubt {
    bool sure;             /* we are cut off: transitions are frozen */
    bool failing;          /* the canaries failed when they were asked last */
    uint8_t calm;          /* rounds that went well since then */
    int64_t well_at;       /* when a round of canaries went well last; -1: none has */
    int64_t since;         /* `sure` since then */
    int64_t failing_since; /* `failing` since then */
};

enum doubt_advice {
    DOUBT_GO,   /* it is as the check says */
    DOUBT_WAIT, /* ask the canaries first */
    DOUBT_DROP  /* it says nothing */
};

void doubt_init(struct doubt *doubt);
/* How one round of the canaries went. `together` of `watched` services failed within the
 * period. True: `sure` changed. */
bool doubt_round(struct doubt *doubt, const struct doubt_rule *rule, bool well,
                 uint32_t together, uint32_t watched, int64_t now);
/* Another service failed. True: now it is sure. */
bool doubt_consider(struct doubt *doubt, const struct doubt_rule *rule, uint32_t together,
                    uint32_t watched, int64_t now);
/* May a failure count whose run began at `started` and that waits since `waits`? Pure. */
enum doubt_advice doubt_ask(const struct doubt *doubt, const struct doubt_rule *rule,
                            int64_t started, int64_t waits, int64_t now);

#endif
