/* What memory knows and the store does not.
 *
 * Nobody waits for these, so they are saved when it suits: a removal or a verdict at once
 * if nothing of that id is under way, otherwise after it; a renewed lease with a batch
 * that is written anyway or after half its time; and all of them a second later when the
 * store refuses. While it does, one is tried at a time: a full disk must not be asked a
 * hundred thousand times a second. */
#include <stdlib.h>

#include "registry/internal.h"
#include "registry/states.h"

enum {
    RETRY_MS = 1000,
    /* Renewed leases that go with a registration. Enough to keep up with a thousand
     * instances, little enough not to slow the registration down. */
    RIDERS = 16
};

static void debt_done(struct change *change, const struct reason *why);

static void collect_by(struct registry *registry, int64_t at)
{
    if (at < registry->collect_at)
        registry->collect_at = at;
}

static void debt_list(struct registry *registry, struct entry *entry)
{
    if ((entry->debts & DEBT_LISTED) != 0)
        return;
    if (registry->debtor_count == registry->debtor_capacity) {
        size_t capacity =
            registry->debtor_capacity == 0 ? 64 : registry->debtor_capacity * 2;
        struct entry **debtors = realloc(registry->debtors, capacity * sizeof *debtors);
        if (debtors == NULL) {
            log_limited(&registry->memory_log, registry->now, LOG_LEVEL_ERROR, "registry",
                        "out of memory: instance \"%s\" is saved with its next change",
                        entry->id);
            return;
        }
        registry->debtors = debtors;
        registry->debtor_capacity = capacity;
    }
    registry->debtors[registry->debtor_count++] = entry;
    entry->debts |= DEBT_LISTED;
}

static struct entry *debtor_pop(struct registry *registry)
{
    struct entry *entry = registry->debtors[--registry->debtor_count];
    entry->debts &= (uint8_t)~DEBT_LISTED;
    return entry;
}

/* One thing that is owed. */
struct owed {
    enum change_kind kind;
    enum standing_part part; /* of STANDING */
};

static unsigned debt_of(const struct owed *owed)
{
    switch (owed->kind) {
    case CHANGE_REMOVE:
        return DEBT_REMOVAL;
    case CHANGE_HEALTH:
        return DEBT_HEALTH;
    case CHANGE_STANDING:
        return debt_of_part(owed->part);
    default:
        return DEBT_LEASE;
    }
}

/* What is most urgent of that which still makes sense; false: nothing. */
static bool next_debt(const struct entry *entry, struct owed *owed)
{
    static const struct owed of_living[] = {
        { CHANGE_STANDING, PART_DRAIN },  { CHANGE_STANDING, PART_OVERRIDE },
        { CHANGE_STANDING, PART_DAMPED }, { CHANGE_HEALTH, PART_DRAIN },
        { CHANGE_LEASE, PART_DRAIN },
    };

    *owed = (struct owed){ .kind = CHANGE_REMOVE };
    if (!entry_is_committed(entry))
        return (entry->debts & DEBT_REMOVAL) != 0;
    for (size_t i = 0; i < sizeof of_living / sizeof *of_living; i++) {
        *owed = of_living[i];
        if ((entry->debts & debt_of(owed)) != 0)
            return true;
    }
    return false;
}

/* False: no memory. */
static bool pack_owed(struct change *change, const struct entry *entry)
{
    if (change->kind == CHANGE_STANDING)
        return standing_pack(entry->standing, change->part, &change->standing,
                             &change->standing_length) == ROLLCALL_OK;
    if (change->kind != CHANGE_HEALTH)
        return true;
    change->health = states_pack(entry->checks, entry->instance->is.check_count,
                                 entry->own, entry->revision, &change->health_length);
    return change->health != NULL;
}

static struct change *debt_change(struct registry *registry, struct entry *entry,
                                  const struct owed *owed)
{
    struct change *change = change_create(owed->kind);
    if (change == NULL)
        return NULL;
    change->part = owed->part;
    if (!pack_owed(change, entry)) {
        change_destroy(change);
        return NULL;
    }
    change->id = entry->id;
    change->instance = entry->instance == NULL ? NULL : instance_ref(entry->instance);
    change->owner = entry->owner;
    change->created = entry->created;
    change->lease_end = lease_wall_end(registry, entry);
    change->done = debt_done;
    change->owner_of_done = registry;
    change->context = entry;
    return change;
}

/* Send the most urgent debt. False: nothing was sent. The entry may be gone after true.
 */
static bool debt_pay(struct registry *registry, struct entry *entry)
{
    struct owed owed;

    if (entry->pending > 0 || !next_debt(entry, &owed))
        return false;
    struct change *change = debt_change(registry, entry, &owed);
    if (change == NULL) {
        debt_list(registry, entry);
        collect_by(registry, registry->now + RETRY_MS);
        return false;
    }
    change->revision = ++registry->revision;
    entry->debts &= (uint8_t)~debt_of(&owed);
    entry->pending++;
    registry->store->submit(registry->store, change);
    return true;
}

static void debt_done(struct change *change, const struct reason *why)
{
    struct registry *registry = change->owner_of_done;
    struct entry *entry = change->context;
    const struct owed owed = { change->kind, change->part };

    entry->pending--;
    if (change->status == ROLLCALL_OK) {
        debts_taken(registry);
    } else {
        entry->debts |= (uint8_t)debt_of(&owed);
        debts_refused(registry, change, why);
    }
    change_destroy(change);
    debts_settle(registry, entry);
}

void debt_add(struct registry *registry, struct entry *entry, unsigned debts)
{
    entry->debts |= (uint8_t)debts;
    debts_settle(registry, entry);
}

void debt_later(struct registry *registry, struct entry *entry, int64_t at)
{
    if ((entry->debts & DEBT_LEASE) != 0)
        return;
    entry->debts |= DEBT_LEASE;
    debt_list(registry, entry);
    collect_by(registry, at);
}

void debts_settle(struct registry *registry, struct entry *entry)
{
    struct owed owed;

    if (entry->pending == 0 && next_debt(entry, &owed)) {
        bool listed = (entry->debts & DEBT_LISTED) != 0;
        if (owed.kind != CHANGE_LEASE && !registry->refusing && debt_pay(registry, entry))
            return;
        debt_list(registry, entry);
        if (!listed ||
            owed.kind != CHANGE_LEASE) /* a listed lease has its time already */
            collect_by(registry, registry->now + RETRY_MS);
    }
    registry_settle_entry(registry, entry);
}

void debts_ride_along(struct registry *registry)
{
    if (registry->refusing)
        return;
    for (int i = 0; i < RIDERS && registry->debtor_count > 0; i++) {
        struct entry *entry = debtor_pop(registry);
        if (!debt_pay(registry, entry))
            registry_settle_entry(registry, entry);
    }
}

/* All of them, or as long as the store refuses the first that has something to send.
 * Whoever is sent and refused comes back to the end of the list, behind `left`. */
void debts_collect(struct registry *registry, int64_t now)
{
    if (now < registry->collect_at)
        return;
    registry->collect_at = registry->refusing ? now + RETRY_MS : INT64_MAX;
    for (size_t left = registry->debtor_count; left > 0; left--) {
        if (registry->debtor_count == 0)
            return;
        struct entry *entry = debtor_pop(registry);
        bool trial = registry->refusing;
        bool sent = debt_pay(registry, entry);
        if (!sent)
            registry_settle_entry(registry, entry);
        else if (trial)
            return;
    }
}

void debts_refused(struct registry *registry, const struct change *change,
                   const struct reason *why)
{
    if (change->revision > registry->doomed)
        registry->doomed = registry->revision;
    registry->refusing = true;
    counter_add(&registry->counts.refused, 1);
    if (registry->debtor_count > 0)
        collect_by(registry, registry->now + RETRY_MS);
    log_limited(&registry->refused_log, registry->now, LOG_LEVEL_WARNING, "registry",
                "a change was not saved: %s", reason_text(why, "the store refused it"));
}

void debts_taken(struct registry *registry)
{
    if (!registry->refusing)
        return;
    registry->refusing = false;
    if (registry->debtor_count > 0)
        collect_by(registry, registry->now);
}
