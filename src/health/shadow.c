/* A shadow check decides nothing, and says what it would have decided. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "health/engine.h"
#include "model/validate.h"
#include "registry/states.h"

/* What the instance would be if the shadow counted as the others do. */
static enum rollcall_health with(const struct check *check)
{
    const struct entry *entry = check->entry;
    struct rollcall_check checks[MODEL_CHECKS_MAX];
    struct rollcall_instance is = entry->instance->is;

    memcpy(checks, is.checks, is.check_count * sizeof checks[0]);
    checks[check->index].shadow = false;
    is.checks = checks;
    return states_combined(&is, entry->checks, entry->own);
}

static void announce(struct health *health, const struct check *check, bool on,
                     enum rollcall_health would, const char *output)
{
    const struct rollcall_instance *is = &check->entry->instance->is;
    char words[480];
    const struct notice notice = { .kind = NOTICE_SHADOW,
                                   .on = on,
                                   .namespace_name = is->namespace_name,
                                   .service = is->service,
                                   .id = is->id,
                                   .words = words };

    snprintf(words, sizeof words,
             on ? "shadow check %s would make it %s%s%.320s; it is %s"
                : "shadow check %s agrees again that it is %s%s%.320s",
             check->spec->name, health_word(would), output != NULL ? ": " : "",
             output != NULL ? output : "", health_word(check->entry->health));
    log_info("health", "%s: %s", is->id, words);
    registry_notice(health->registry, &notice);
}

void shadow_judge(struct health *health, struct check *check,
                  const struct check_result *result, const char *output)
{
    struct check_memory *memory = check_memory_of(check);

    if (verdict_add(&check->verdict, outcome_grade(result->outcome), check->spec))
        registry_set_check(health->registry, check->entry, check->index,
                           check->verdict.health, (uint8_t)result->outcome, output,
                           clock_wall_ms());
    if (memory == NULL || !check->verdict.known)
        return;
    enum rollcall_health would = with(check);
    bool differs = would != check->entry->health;
    if (differs == memory->differs)
        return;
    memory->differs = differs;
    if (differs)
        counter_add(&health->counts.shadow_differs, 1);
    announce(health, check, differs, would, output);
}
