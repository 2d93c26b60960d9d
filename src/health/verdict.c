#include "health/verdict.h"

void verdict_start(struct verdict *verdict, bool known, enum rollcall_health health)
{
    *verdict = (struct verdict){ .health = (uint8_t)health, .known = known };
}

static bool settle(struct verdict *verdict, enum rollcall_health health)
{
    bool news = !verdict->known || verdict->health != (uint8_t)health;

    verdict_start(verdict, true, health);
    return news;
}

static enum rollcall_health health_of(enum outcome_grade grade)
{
    switch (grade) {
    case GRADE_PASS:
        return ROLLCALL_PASSING;
    case GRADE_WARNING:
        return ROLLCALL_WARNING;
    case GRADE_FAIL:
    case GRADE_NONE:
        break;
    }
    return ROLLCALL_CRITICAL;
}

bool verdict_add(struct verdict *verdict, enum outcome_grade grade,
                 uint16_t success_threshold, uint16_t failure_threshold)
{
    if (grade == GRADE_NONE)
        return false;
    bool is_down = verdict->health == ROLLCALL_CRITICAL;
    bool failed = grade == GRADE_FAIL;
    if (is_down == failed)
        return settle(verdict, health_of(grade));
    uint16_t needed = failed ? failure_threshold : success_threshold;
    if (verdict->in_a_row < UINT16_MAX)
        verdict->in_a_row++;
    return verdict->in_a_row >= needed && settle(verdict, health_of(grade));
}
