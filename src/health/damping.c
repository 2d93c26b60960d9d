#include "health/damping.h"

/* Between two halvings the curve is a straight line: at most 6 % off, and no
 * floating point. */
static uint32_t decayed(uint32_t penalty, int64_t passed, int64_t half_life)
{
    int64_t halvings = passed / half_life;
    int64_t rest = passed % half_life;

    if (halvings > 31)
        return 0;
    penalty >>= halvings;
    return penalty - (uint32_t)((int64_t)penalty * rest / (2 * half_life));
}

/* How long until `penalty` has decayed to `target`. */
static int64_t time_to(uint32_t penalty, uint32_t target, int64_t half_life)
{
    int64_t time = 0;

    if (target == 0)
        target = 1;
    for (; penalty / 2 >= target; penalty /= 2)
        time += half_life;
    if (penalty <= target)
        return time;
    return time + 2 * half_life * (penalty - target) / penalty;
}

/* A penalty above this would take longer than max_suppress to be forgiven. */
static uint32_t ceiling_of(const struct damping_rule *rule)
{
    int64_t halvings = rule->max_suppress / rule->half_life;
    uint64_t ceiling = rule->reuse;

    for (; halvings > 0 && ceiling < UINT32_MAX / 4; halvings--)
        ceiling *= 2;
    ceiling += ceiling / 2;
    return ceiling > rule->suppress ? (uint32_t)ceiling
                                    : rule->suppress + 2 * DAMPING_STEP;
}

uint32_t damping_penalty(const struct damping *damping, const struct damping_rule *rule,
                         int64_t now)
{
    int64_t passed = now > damping->at ? now - damping->at : 0;

    return decayed(damping->penalty, passed, rule->half_life);
}

bool damping_add(struct damping *damping, const struct damping_rule *rule, int64_t now)
{
    uint32_t ceiling = ceiling_of(rule);

    damping_settle(damping, rule, now);
    damping->penalty = damping_penalty(damping, rule, now) + DAMPING_STEP;
    if (damping->penalty > ceiling)
        damping->penalty = ceiling;
    damping->at = now;
    if (rule->suppress == 0 || damping->penalty < rule->suppress)
        return damping->suppressed;
    if (!damping->suppressed)
        damping->since = now;
    damping->suppressed = true;
    return true;
}

int64_t damping_until(const struct damping *damping, const struct damping_rule *rule)
{
    int64_t calm = damping->at + time_to(damping->penalty, rule->reuse, rule->half_life);
    int64_t longest = damping->since + rule->max_suppress;

    return calm < longest ? calm : longest;
}

bool damping_settle(struct damping *damping, const struct damping_rule *rule, int64_t now)
{
    if (damping->suppressed && damping_until(damping, rule) <= now) {
        /* Let go by max_suppress: it begins again where others are let go. */
        if (damping_penalty(damping, rule, now) > rule->reuse)
            *damping = (struct damping){ .penalty = rule->reuse, .at = now };
        damping->suppressed = false;
    }
    return damping->suppressed || damping_penalty(damping, rule, now) >= DAMPING_STEP / 4;
}

struct damping damping_restored(const struct damping_rule *rule, int64_t since,
                                int64_t until, int64_t now)
{
    struct damping damping = { .at = now, .since = since, .suppressed = true };
    int64_t left = until > now ? until - now : 0;
    uint32_t ceiling = ceiling_of(rule);
    uint64_t penalty = rule->reuse;

    for (; left >= rule->half_life && penalty < ceiling; left -= rule->half_life)
        penalty *= 2;
    /* The inverse of the straight line: p (1 - left / 2h) = what it is then. */
    if (left > 0 && left < rule->half_life)
        penalty = penalty * 2 * (uint64_t)rule->half_life /
                  (uint64_t)(2 * rule->half_life - left);
    damping.penalty = penalty < ceiling ? (uint32_t)penalty : ceiling;
    return damping;
}
