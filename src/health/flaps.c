/* Which instances leave DNS and come back too often: the memory of their damping. */
#include <stdio.h>
#include <stdlib.h>

#include "base/units.h"
#include "health/engine.h"

struct flap {
    struct entry *entry; /* borrowed: the key */
    struct damping damping;
};

static struct flap *find(const struct health *health, const struct entry *entry)
{
    return table_get(&health->flaps, &entry, sizeof entry);
}

static struct flap *find_or_make(struct health *health, struct entry *entry)
{
    struct flap *flap = find(health, entry);

    if (flap != NULL)
        return flap;
    flap = calloc(1, sizeof *flap);
    if (flap == NULL)
        return NULL;
    flap->entry = entry;
    if (table_set(&health->flaps, &flap->entry, sizeof flap->entry, flap) == ROLLCALL_OK)
        return flap;
    free(flap);
    return NULL;
}

static bool is_damped(const struct entry *entry)
{
    return entry->standing != NULL && entry->standing->damped_until != 0;
}

/* Where more than half of a service flap, it is not its instances that do. */
static bool may_damp(const struct entry *entry)
{
    const struct service *service = entry->service;
    uint32_t damped = 1;

    for (uint32_t i = 0; i < service->count; i++)
        damped += is_damped(service->entries[i]) && service->entries[i] != entry;
    return damped <= service->count / 2;
}

static void damp(struct health *health, struct flap *flap, int64_t now, int64_t wall)
{
    const struct damping_rule *rule = &health->settings.damping;
    struct entry *entry = flap->entry;
    int64_t until = damping_until(&flap->damping, rule);
    bool was = is_damped(entry);
    char lasts[32];

    if (!was && !may_damp(entry)) {
        flap->damping.suppressed = false;
        return;
    }
    if (registry_set_damped(health->registry, entry, flap->damping.penalty,
                            wall + (until - now), wall) != ROLLCALL_OK ||
        was)
        return;
    counter_add(&health->counts.damped, 1);
    units_print_duration((uint64_t)(until - now + 999) / 1000 * 1000, lasts,
                         sizeof lasts);
    log_warning("health",
                "%s: damped for %s: it left and came back too often (penalty %u of %u)",
                entry->id, lasts, flap->damping.penalty, rule->suppress);
}

void flaps_count(struct health *health, struct entry *entry, int64_t now, int64_t wall)
{
    const struct damping_rule *rule = &health->settings.damping;
    struct flap *flap = rule->suppress == 0 ? NULL : find_or_make(health, entry);

    if (flap != NULL && damping_add(&flap->damping, rule, now))
        damp(health, flap, now, wall);
}

void flaps_load(struct health *health, struct entry *entry, int64_t now, int64_t wall)
{
    const struct damping_rule *rule = &health->settings.damping;

    if (rule->suppress == 0 || !is_damped(entry))
        return;
    struct flap *flap = find_or_make(health, entry);
    if (flap != NULL)
        flap->damping = damping_restored(
            rule, now, now + (entry->standing->damped_until - wall), now);
}

void flaps_forget(struct health *health, struct entry *entry)
{
    free(table_remove(&health->flaps, &entry, sizeof entry));
}

/* The registry ends a damping by the wall clock, which is what outlives a restart; where
 * that was set back meanwhile, ours is over long before. */
static void release_late(struct health *health, const struct flap *flap, int64_t wall)
{
    if (!flap->damping.suppressed && is_damped(flap->entry))
        registry_set_damped(health->registry, flap->entry, flap->damping.penalty, 0,
                            wall);
}

void flaps_tidy(struct health *health, int64_t now, int64_t wall)
{
    struct flap *flap;
    size_t at = 0;

    while ((flap = table_next(&health->flaps, &at)) != NULL) {
        bool remembered = damping_settle(&flap->damping, &health->settings.damping, now);
        release_late(health, flap, wall);
        if (!remembered)
            flaps_forget(health, flap->entry);
    }
}

void flaps_deinit(struct health *health)
{
    struct flap *flap;
    size_t at = 0;

    while ((flap = table_next(&health->flaps, &at)) != NULL)
        flaps_forget(health, flap->entry);
    table_deinit(&health->flaps);
}
