#include "health/verdict.h"

void verdict_start(struct verdict *verdict, bool known, enum rollcall_health health)
{
    *verdict = (struct verdict){ .health = (uint8_t)health, .known = known };
}

void verdict_resume(struct verdict *verdict, bool known, enum rollcall_health health,
                    enum outcome_grade last)
{
    verdict_start(verdict, known, health);
    verdict->warned = health == ROLLCALL_WARNING && last == GRADE_FAIL;
}

static bool settle(struct verdict *verdict, enum rollcall_health health)
{
    bool news = !verdict->known || verdict->health != (uint8_t)health;

    verdict_start(verdict, true, health);
    return news;
}

/* Failing, and not for long enough to be critical. */
static bool warn(struct verdict *verdict, uint16_t warning_threshold)
{
    if (warning_threshold == 0 || verdict->in_a_row < warning_threshold)
        return false;
    bool news = verdict->health != ROLLCALL_WARNING;

    verdict->warned = true;
    verdict->health = ROLLCALL_WARNING;
    verdict->known = verdict->known || news;
    return news;
}

/* Under a warning that failures brought, a row of successes begins anew with a failure,
 * and the other way round. Everywhere else one of the two settles the verdict. */
static void turn_row(struct verdict *verdict, bool failed)
{
    if (!verdict->warned || verdict->recovering == !failed)
        return;
    verdict->recovering = !failed;
    verdict->in_a_row = 0;
}

bool verdict_would_fall(const struct verdict *verdict, const struct rollcall_check *spec)
{
    unsigned failures = verdict->recovering ? 0 : verdict->in_a_row;

    return failures + 1 >= spec->failure_threshold;
}

bool verdict_add(struct verdict *verdict, enum outcome_grade grade,
                 const struct rollcall_check *spec)
{
    if (grade == GRADE_NONE)
        return false;
    bool is_down = verdict->health == ROLLCALL_CRITICAL;
    bool failed = grade == GRADE_FAIL;
    if (is_down == failed && !verdict->warned)
        return settle(verdict, grade_health(grade));
    turn_row(verdict, failed);
    uint16_t needed = failed ? spec->failure_threshold : spec->success_threshold;
    if (verdict->in_a_row < UINT16_MAX)
        verdict->in_a_row++;
    if (verdict->in_a_row >= needed)
        return settle(verdict, grade_health(grade));
    return failed && warn(verdict, spec->warning_threshold);
}
