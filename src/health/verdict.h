/* health/verdict.h - from single outcomes to the health of a check.
 *
 *   critical          -> passing, warning   after success_threshold non-failures in a row
 *   passing, warning  -> critical           after failure_threshold failures in a row
 *   passing           -> warning            after warning_threshold failures in a row
 *   and from there    -> passing, warning   after success_threshold non-failures in a row
 *   passing          <-> warning            else at once, by what a run says
 *
 * A verdict starts from what the registry believes, known or presumed. A presumed one
 * becomes known with the first outcome that agrees with it or moves it.
 * Threads  plain values, one owner.
 */
#ifndef HEALTH_VERDICT_H
#define HEALTH_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "health/outcome.h"
#include "rollcall/service.h"

struct verdict {
    uint8_t health; /* enum rollcall_health */
    bool known : 1;
    bool warned : 1;     /* WARNING because of failures, not by what a run said */
    bool recovering : 1; /* while warned: the row is one of successes */
    uint16_t in_a_row;   /* outcomes that speak against `health`, without a break */
};

void verdict_start(struct verdict *verdict, bool known, enum rollcall_health health);

/* The same, after a restart: `last` is what the outcome that brought `health` says. */
void verdict_resume(struct verdict *verdict, bool known, enum rollcall_health health,
                    enum outcome_grade last);

/* Take one outcome. True when the health changed or became known: only then is there
 * anything to tell. Thresholds of 0 count as 1; a warning threshold of 0 is none. */
bool verdict_add(struct verdict *verdict, enum outcome_grade grade,
                 const struct rollcall_check *spec);

/* Would one more failure take it down? */
bool verdict_would_fall(const struct verdict *verdict, const struct rollcall_check *spec);

#endif
