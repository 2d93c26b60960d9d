/* A change is saved: it becomes true in the catalogue, and whoever listens hears of it.
 * Everything that could fail was done before it was sent. */
#include <stdlib.h>
#include <string.h>

#include "registry/internal.h"
#include "registry/states.h"

enum rollcall_health commit_own_status(const struct entry *entry,
                                       const struct rollcall_instance *is)
{
    if (!entry_is_committed(entry) || entry->instance->is.status != is->status)
        return is->status;
    /* New checks at the same place begin from what the old ones said: a definition that
     * was pushed to all instances must not take all of them out before one has run. */
    return is->check_count > 0 && entry->instance->is.check_count > 0 &&
                   instance_same_place(&entry->instance->is, is)
               ? entry->health
               : entry->own;
}

/* Adopt what the operation brought; true when the instance is new to the catalogue. */
static bool take_definition(struct operation *operation)
{
    struct registry *registry = operation->registry;
    struct entry *entry = operation->entry;
    struct change *change = operation->change;
    const struct rollcall_instance *is = &change->instance->is;
    bool fresh = !entry_is_committed(entry);
    struct instance *before = fresh ? NULL : entry->instance;
    enum rollcall_health own = commit_own_status(entry, is);

    states_move(is, operation->checks, fresh ? NULL : &before->is, entry->checks);
    if (!fresh) {
        labels_forget_tags(&registry->labels, entry->service, &before->is);
        labels_drop(&registry->labels, entry->service, before->is.datacenter,
                    entry->label);
        states_destroy(entry);
    }
    entry->instance = instance_ref(change->instance);
    instance_unref(before);
    entry->checks = operation->checks;
    operation->checks = NULL;
    entry->own = own;
    label_adopt(entry, operation->label);
    operation->label = NULL;
    entry->revision = change->revision;
    entry->owner = change->owner;
    entry->created = change->created;
    labels_count_tags(&registry->labels, operation->service, is);
    operation->service->announced--;
    if (fresh)
        catalogue_put(&registry->catalogue, operation->service, entry);
    return fresh;
}

/* Verdicts may have come while the change was under way. */
static void save_newer_states(struct operation *operation)
{
    struct entry *entry = operation->entry;
    const struct change *change = operation->change;
    unsigned count = entry->instance->is.check_count;
    uint32_t length = 0;

    if (change->health == NULL && !states_say_something(entry->checks, count, entry->own,
                                                        entry->instance->is.status))
        return;
    uint8_t *bytes =
        states_pack(entry->checks, count, entry->own, entry->revision, &length);
    bool same = bytes != NULL && change->health != NULL &&
                length == change->health_length &&
                memcmp(bytes, change->health, length) == 0;
    free(bytes);
    if (!same)
        entry->debts |= DEBT_HEALTH; /* settled when the operation is over */
    if (!same)
        transition_quiet(operation->registry, entry);
}

uint64_t commit_registration(struct operation *operation)
{
    struct registry *registry = operation->registry;
    struct entry *entry = operation->entry;
    struct instance *before =
        entry_is_committed(entry) ? instance_ref(entry->instance) : NULL;
    int64_t caches = before == NULL ? 0 : asked_caches_ms(registry, entry);
    bool fresh = take_definition(operation);

    asked_remember(registry, entry, caches);
    entry->debts &= (uint8_t)~DEBT_HEALTH;
    if (fresh) {
        entry->state = ANNOUNCED; /* a new life, whatever was before */
        lifecycle_move(&entry->state, STARTING);
        if (operation->change->known) /* it ended meanwhile, and so did its standing */
            entry->debts |=
                (uint8_t)(debt_of_part(PART_DRAIN) | debt_of_part(PART_OVERRIDE) |
                          debt_of_part(PART_DAMPED));
    }
    save_newer_states(operation);
    struct event event = { .kind = fresh ? EVENT_ADDED : EVENT_CHANGED,
                           .entry = entry,
                           .service = entry->service,
                           .before = before,
                           .health_before = entry->health,
                           .check = -1,
                           .cause = "request" };
    (void)health_settle(entry);
    counter_add(fresh ? &registry->counts.registrations : &registry->counts.changes, 1);
    registry_count_members(registry);
    registry_tell(registry, &event, operation->change->revision);
    instance_unref(before);
    lease_count(registry, entry, LEASE_GRANTED);
    lease_start(registry, entry, operation->holder, registry->now); /* it may end here */
    return operation->change->revision;
}

uint64_t commit_removal(struct operation *operation)
{
    struct registry *registry = operation->registry;
    uint64_t revision = operation->change->revision;

    counter_add(&registry->counts.deregistrations, 1);
    if (!entry_is_committed(operation->entry))
        return revision; /* its lease ended meanwhile */
    return registry_remove_entry(registry, operation->entry, revision, "request");
}
