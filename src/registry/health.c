/* Verdicts and pushed statuses: what they make of an instance. */
#include <assert.h>

#include "base/thread_role.h"
#include "registry/internal.h"
#include "registry/states.h"

/* STARTING lasts until the first pass or the first verdict of a failure. */
static enum lifecycle state_for(const struct entry *entry)
{
    const struct rollcall_instance *is = &entry->instance->is;

    if (entry->health != ROLLCALL_CRITICAL)
        return SERVING;
    if (entry->state != STARTING || instance_live_checks(is) == 0 ||
        states_failed(is, entry->checks))
        return FAILING;
    return STARTING;
}

bool health_settle(struct entry *entry)
{
    enum rollcall_health before = entry->health;

    entry->health = states_combined(&entry->instance->is, entry->checks, entry->own);
    lifecycle_move(&entry->state, state_for(entry));
    return entry->health != before;
}

bool health_update(struct registry *registry, struct entry *entry, int check,
                   const char *cause)
{
    struct event event = { .kind = EVENT_HEALTH,
                           .entry = entry,
                           .service = entry->service,
                           .health_before = entry->health,
                           .effective_before = entry_effective(entry),
                           .standing_before = entry_standing(entry),
                           .check = check,
                           .cause = cause };

    if (!health_settle(entry))
        return false;
    counter_add(&registry->counts.health_changes, 1);
    registry_tell(registry, &event, 0);
    return true;
}

/* It says something else than before, and the instance is what it was. */
static void tell_check(struct registry *registry, struct entry *entry, unsigned index,
                       bool output_only)
{
    struct event event = { .kind = EVENT_CHECK,
                           .entry = entry,
                           .service = entry->service,
                           .health_before = entry->health,
                           .effective_before = entry_effective(entry),
                           .standing_before = entry_standing(entry),
                           .check = (int)index,
                           .output_only = output_only,
                           .cause = "check" };

    if (output_only)
        registry_tell_quietly(registry, &event);
    else
        registry_tell(registry, &event, 0);
}

void registry_note_check(struct registry *registry, struct entry *entry, unsigned index,
                         const char *output)
{
    thread_role_assert(ROLE_CONTROL);
    if (!entry_is_committed(entry) || index >= entry->instance->is.check_count ||
        entry->checks[index].known)
        return;
    if (state_set_output(&entry->checks[index], output, CHECK_OUTPUT_SHORT))
        tell_check(registry, entry, index, true);
}

void registry_set_check(struct registry *registry, struct entry *entry, unsigned index,
                        enum rollcall_health health, uint8_t outcome, const char *output,
                        int64_t wall)
{
    thread_role_assert(ROLE_CONTROL);
    if (!entry_is_committed(entry) || index >= entry->instance->is.check_count)
        return;
    struct check_state *state = &entry->checks[index];
    bool moved = !state->known || state->health != health;
    unsigned before = state->known ? (unsigned)state->health : TRANSITION_NONE;

    if (moved)
        state->since = wall;
    state->known = true;
    state->health = health;
    state->outcome = outcome;
    bool reworded = state_set_output(state, output,
                                     entry->instance->is.checks[index].keep_output
                                         ? CHECK_OUTPUT_MAX
                                         : CHECK_OUTPUT_SHORT);
    if (!moved) {
        if (reworded)
            tell_check(registry, entry, index, true);
        return;
    }
    if (!health_update(registry, entry, (int)index, "check"))
        tell_check(registry, entry, index, false);
    transition_checked(registry, entry, index, before, wall);
    debt_add(registry, entry, DEBT_HEALTH);
}
