#include "health/brake.h"

#include <string.h>

static int64_t slot_of(int64_t now)
{
    return now / (BRAKE_WINDOW_MS / BRAKE_SLOTS);
}

uint32_t brake_left(const struct brake *brake, int64_t now)
{
    int64_t age = slot_of(now) - brake->slot;
    uint32_t left = 0;

    for (int64_t i = 0; i + age < BRAKE_SLOTS && i <= brake->slot; i++)
        left += brake->left[(brake->slot - i) % BRAKE_SLOTS];
    return left;
}

static void count(struct brake *brake, int64_t now)
{
    int64_t slot = slot_of(now);

    if (slot - brake->slot >= BRAKE_SLOTS)
        memset(brake->left, 0, sizeof brake->left);
    else
        for (int64_t i = brake->slot + 1; i <= slot; i++)
            brake->left[i % BRAKE_SLOTS] = 0;
    if (slot > brake->slot)
        brake->slot = slot;
    brake->left[brake->slot % BRAKE_SLOTS]++;
}

/* One may always leave: a brake that never let go of a dead instance would be worse than
 * none. */
static uint32_t budget_of(const struct brake_rule *rule, uint32_t instances)
{
    uint64_t budget = (uint64_t)instances * rule->share / 1000;

    return budget == 0 ? 1 : (uint32_t)budget;
}

static bool may_leave(const struct brake *brake, const struct brake_rule *rule,
                      uint32_t instances, int64_t now)
{
    if (rule->share >= 1000 || instances < rule->instances || brake->open_until > now)
        return true;
    if (brake->held > 0 || brake->refused)
        return brake->held > 0 && brake_is_over(brake, rule, now) &&
               brake_left(brake, now) < budget_of(rule, instances);
    return brake_left(brake, now) < budget_of(rule, instances);
}

bool brake_take(struct brake *brake, const struct brake_rule *rule, uint32_t instances,
                int64_t now)
{
    if (!may_leave(brake, rule, instances, now))
        return false;
    count(brake, now);
    return true;
}

void brake_hold(struct brake *brake, int64_t now)
{
    if (brake->held++ == 0)
        brake->held_since = now;
}

void brake_release(struct brake *brake)
{
    if (brake->held > 0 && --brake->held == 0)
        brake->refused = false;
}

bool brake_is_over(const struct brake *brake, const struct brake_rule *rule, int64_t now)
{
    if (brake->open_until > now)
        return true;
    return !brake->refused && rule->longest > 0 &&
           now - brake->held_since >= rule->longest;
}

void brake_confirm(struct brake *brake, int64_t now)
{
    brake->refused = false;
    brake->open_until = now + BRAKE_WINDOW_MS;
}

void brake_refuse(struct brake *brake)
{
    brake->refused = brake->held > 0;
    brake->open_until = 0;
}

bool brake_is_idle(const struct brake *brake, int64_t now)
{
    return brake->held == 0 && brake->open_until <= now && brake_left(brake, now) == 0;
}
