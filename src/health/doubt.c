#include "health/doubt.h"

enum { CALM_ROUNDS = 2 };

void doubt_init(struct doubt *doubt)
{
    *doubt = (struct doubt){ .well_at = -1 };
}

/* They fail, and have not done so for so long that it is their own trouble. */
static bool is_credible(const struct doubt *doubt, int64_t now)
{
    return doubt->failing && now - doubt->failing_since < DOUBT_CREDIBLE_MS;
}

bool doubt_consider(struct doubt *doubt, const struct doubt_rule *rule, uint32_t together,
                    uint32_t watched, int64_t now)
{
    uint32_t needed = rule->services < watched ? rule->services : watched;

    if (doubt->sure || !is_credible(doubt, now) || rule->services == 0 || together == 0 ||
        together < needed)
        return false;
    doubt->sure = true;
    doubt->since = now;
    return true;
}

bool doubt_round(struct doubt *doubt, const struct doubt_rule *rule, bool well,
                 uint32_t together, uint32_t watched, int64_t now)
{
    if (!doubt->failing)
        doubt->failing_since = now;
    doubt->failing = !well;
    if (!well) {
        doubt->calm = 0;
        return doubt_consider(doubt, rule, together, watched, now);
    }
    if (doubt->calm < CALM_ROUNDS)
        doubt->calm++;
    if (doubt->sure && doubt->calm < CALM_ROUNDS)
        return false;
    doubt->well_at = now;
    bool was = doubt->sure;
    doubt->sure = false;
    return was;
}

enum doubt_advice doubt_ask(const struct doubt *doubt, const struct doubt_rule *rule,
                            int64_t started, int64_t waits, int64_t now)
{
    if (doubt->sure)
        return DOUBT_DROP;
    if (rule->services == 0 || doubt->well_at >= started ||
        (doubt->failing && !is_credible(doubt, now)))
        return DOUBT_GO;
    return now - waits >= rule->period ? DOUBT_GO : DOUBT_WAIT;
}
