/* Instances whose check has been critical for longer than its deregister_after. They go
 * in a turn of their own: a result is told from inside the registry and from walks over
 * checks, where nothing may disappear. */
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "health/engine.h"

enum {
    AGAIN_MS = 1000, /* who is protected is looked at again */
    AT_ONCE = 256
};

struct reap {
    struct list node; /* in health->reaps */
    char *check;      /* inside `id`, behind it */
    char id[];
};

static void queue(struct health *health, const struct check *check)
{
    size_t id = strlen(check->entry->id) + 1;
    size_t name = strlen(check->spec->name) + 1;
    struct reap *reap = malloc(sizeof *reap + id + name);

    if (reap == NULL)
        return; /* the next failure comes */
    memcpy(reap->id, check->entry->id, id);
    reap->check = memcpy(reap->id + id, check->spec->name, name);
    list_append(&health->reaps, &reap->node);
}

/* A check that is run fails again before it counts. One that reports, or follows another
 * instance, says it once, so its time is waited for. */
static void wait_for_time(struct health *health, struct check *check, int64_t now)
{
    struct heap_node *node = &check->memory->reap;

    if (!check->kind->pushed && !check->kind->derived)
        return;
    if (check->memory->critical_since == INT64_MAX)
        heap_remove(&health->told, node);
    else if (!heap_node_waits(node)) /* no memory: the next failure comes */
        (void)heap_set(&health->told, node, now + check->spec->deregister_after_ms);
}

void reaper_look(struct health *health, struct check *check, int64_t now)
{
    if (check->spec->deregister_after_ms == 0)
        return;
    struct check_memory *memory = check_memory_of(check);
    if (memory == NULL)
        return;
    if (!check->verdict.known || check->verdict.health != ROLLCALL_CRITICAL)
        memory->critical_since = INT64_MAX;
    else if (memory->critical_since > now)
        memory->critical_since = now;
    else if (now - memory->critical_since >= check->spec->deregister_after_ms)
        queue(health, check);
    wait_for_time(health, check, now);
}

void reaper_forget(struct check *check)
{
    if (check->memory != NULL)
        heap_remove(&check->health->told, &check->memory->reap);
}

int64_t reaper_next_due(const struct health *health)
{
    const struct heap_node *first = heap_first(&health->told);

    return first == NULL ? INT64_MAX : first->due;
}

static void queue_due(struct health *health, int64_t now)
{
    struct heap_node *first;

    for (unsigned n = 0; n < AT_ONCE; n++) {
        first = heap_first(&health->told);
        if (first == NULL || first->due > now)
            return;
        (void)heap_set(&health->told, first, now + AGAIN_MS);
        queue(health, list_entry(first, struct check_memory, reap)->check);
    }
}

/* Who is held, frozen or declared up is so because its checks are not believed. */
static bool is_protected(const struct entry *entry)
{
    enum standing_reason reason = entry_standing(entry);

    return reason == STANDING_HELD || reason == STANDING_FROZEN ||
           reason == STANDING_OVERRIDDEN_UP;
}

static void reap(struct health *health, const struct reap *reap)
{
    struct entry *entry = registry_find(health->registry, reap->id);
    const struct check *check = entry == NULL ? NULL : checks_find(entry, reap->check);
    char after[32];

    if (check == NULL || check->verdict.health != ROLLCALL_CRITICAL ||
        is_protected(entry))
        return;
    units_print_duration(check->spec->deregister_after_ms, after, sizeof after);
    log_warning("health", "%s: deregistered: check %s has been critical for %s",
                entry->id, check->spec->name, after);
    counter_add(&health->counts.deregistered, 1);
    registry_expire(health->registry, entry, "critical too long");
}

void reaper_run(struct health *health, int64_t now)
{
    queue_due(health, now);
    while (!list_empty(&health->reaps)) {
        struct reap *next = list_entry(health->reaps.next, struct reap, node);
        list_remove(&next->node);
        reap(health, next);
        free(next);
    }
}

void reaper_deinit(struct health *health)
{
    while (!list_empty(&health->reaps)) {
        struct reap *next = list_entry(health->reaps.next, struct reap, node);
        list_remove(&next->node);
        free(next);
    }
    heap_deinit(&health->told);
}
