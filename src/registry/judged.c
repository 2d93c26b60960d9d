/* What the health room judged of an instance, and what of its standing ends by itself. */
#include "base/thread_role.h"
#include "registry/internal.h"

enum { LOOK_AGAIN_MS = 60 * 1000 /* the wall clock may have been set meanwhile */ };

struct standing_view standing_view_of(const struct entry *entry)
{
    return (struct standing_view){ .effective = entry_effective(entry),
                                   .reason = entry_standing(entry) };
}

uint64_t standing_update(struct registry *registry, struct entry *entry,
                         const struct standing_view *before, const char *cause)
{
    struct event event = { .kind = EVENT_STANDING,
                           .entry = entry,
                           .service = entry->service,
                           .health_before = entry->health,
                           .effective_before = before->effective,
                           .standing_before = before->reason,
                           .check = -1,
                           .cause = cause };

    counter_add(&registry->counts.standings, 1);
    registry_tell(registry, &event, 0);
    return event.revision;
}

/* --- What ends by itself: an override, a damping. */

static void sooner(int64_t *due, int64_t end)
{
    if (end != 0 && end < *due)
        *due = end;
}

void standing_watch(struct registry *registry, struct entry *entry)
{
    struct standing *standing = entry->standing;
    int64_t end = INT64_MAX;

    if (standing == NULL)
        return;
    sooner(&end, standing->override_until);
    sooner(&end, standing->damped_until);
    sooner(&end, standing->handed_until);
    if (end == INT64_MAX) {
        heap_remove(&registry->standings, &standing->due);
        return;
    }
    int64_t due = end - registry->wall_skew;
    if (due > registry->now + LOOK_AGAIN_MS)
        due = registry->now + LOOK_AGAIN_MS;
    if (heap_set(&registry->standings, &standing->due, due) != ROLLCALL_OK)
        log_limited(&registry->memory_log, registry->now, LOG_LEVEL_ERROR, "registry",
                    "out of memory: what was said about instance \"%s\" will not end by "
                    "itself; take it back by hand",
                    entry->id);
}

void standing_drop(struct registry *registry, struct entry *entry)
{
    if (entry->standing == NULL)
        return;
    heap_remove(&registry->standings, &entry->standing->due);
    standing_destroy(entry);
}

/* It says something else now: when to look again, or that it is needed no more. */
void standing_changed(struct registry *registry, struct entry *entry)
{
    standing_watch(registry, entry);
    if (entry->standing != NULL && !heap_node_waits(&entry->standing->due))
        standing_settle(entry);
}

static void end_override(struct registry *registry, struct entry *entry)
{
    const struct standing_view before = standing_view_of(entry);

    standing_clear(entry->standing, PART_OVERRIDE);
    standing_changed(registry, entry);
    counter_add(&registry->counts.overrides_expired, 1);
    log_info("registry", "the override of instance \"%s\" of %s has expired", entry->id,
             entry->service->name);
    standing_update(registry, entry, &before, "override expired");
    transition_moved(registry, entry, TRANSITION_OVERRIDE, before.effective,
                     "override expired", registry->now + registry->wall_skew);
    debt_add(registry, entry, debt_of_part(PART_OVERRIDE));
}

static void end_damping(struct registry *registry, struct entry *entry)
{
    const struct standing_view before = standing_view_of(entry);

    standing_clear(entry->standing, PART_DAMPED);
    standing_changed(registry, entry);
    standing_update(registry, entry, &before, "released");
    transition_moved(registry, entry, TRANSITION_DAMPED, before.effective, "released",
                     registry->now + registry->wall_skew);
    debt_add(registry, entry, debt_of_part(PART_DAMPED));
}

static bool is_over(int64_t until, int64_t wall)
{
    return until != 0 && until <= wall;
}

void standing_run_due(struct registry *registry, int64_t now)
{
    for (;;) {
        struct heap_node *first = heap_first(&registry->standings);
        if (first == NULL || first->due > now)
            return;
        struct standing *standing = list_entry(first, struct standing, due);
        struct entry *entry = standing->entry;
        int64_t wall = now + registry->wall_skew;
        heap_remove(&registry->standings, first);
        if (is_over(standing->override_until, wall))
            end_override(registry, entry);
        if (entry->standing != NULL && is_over(entry->standing->damped_until, wall))
            end_damping(registry, entry);
        if (entry->standing != NULL && is_over(entry->standing->handed_until, wall)) {
            entry->standing->handed_until = 0;
            standing_changed(registry, entry);
        }
        standing_watch(registry, entry);
    }
}

/* --- The whole node. */

static void turn(struct registry *registry, struct entry *entry, bool down)
{
    const struct standing_view before =
        entry_is_committed(entry) ? standing_view_of(entry)
                                  : (struct standing_view){ .reason = STANDING_NONE };

    entry->node_down = down;
    if (entry_is_committed(entry))
        standing_update(registry, entry, &before, down ? "node down" : "node up");
}

static void turn_all(struct registry *registry, int64_t since)
{
    struct entry *entry;

    registry->node_since = since;
    for (size_t at = 0; (entry = table_next(&registry->catalogue.by_id, &at)) != NULL;)
        turn(registry, entry, since != 0);
}

void registry_set_node(struct registry *registry, bool down, int64_t wall)
{
    thread_role_assert(ROLE_CONTROL);
    if (down == (registry->node_since != 0))
        return;
    log_info("registry", "the node is %s",
             down ? "down: all of its instances are out" : "up again");
    turn_all(registry, down ? wall : 0);
    transition_node(registry, false);
}

void registry_restore_node(struct registry *registry, int64_t wall)
{
    turn_all(registry, wall);
}

int64_t registry_node_since(const struct registry *registry)
{
    return registry->node_since;
}

/* --- What the health room says. */

static bool may_judge(const struct entry *entry)
{
    thread_role_assert(ROLE_CONTROL);
    return entry_is_committed(entry);
}

enum rollcall_status registry_set_damped(struct registry *registry, struct entry *entry,
                                         uint32_t penalty, int64_t until, int64_t wall)
{
    if (!may_judge(entry) || (until == 0 && entry->standing == NULL))
        return ROLLCALL_OK;
    const struct standing_view before = standing_view_of(entry);
    struct standing *standing = standing_of(entry);
    if (standing == NULL)
        return ROLLCALL_E_NOMEM;
    bool was = standing->damped_until != 0;

    if (!was)
        standing->damped_since = wall;
    standing->damped_until = until;
    standing->penalty = penalty;
    standing_changed(registry, entry);
    if (was != (until != 0)) {
        standing_update(registry, entry, &before, until != 0 ? "damped" : "released");
        transition_moved(registry, entry, TRANSITION_DAMPED, before.effective,
                         until != 0 ? "damped" : "released", wall);
    }
    if (was || until != 0)
        debt_add(registry, entry, debt_of_part(PART_DAMPED));
    return ROLLCALL_OK;
}

/* What it was served as is kept from the first of the two to the end of the last. */
static void keep_served(struct entry *entry, bool *flag, bool on)
{
    struct standing *standing = entry->standing;

    if (on && !standing->held && !standing->frozen)
        standing->served = (uint8_t)entry_judged(entry);
    *flag = on;
}

enum rollcall_status registry_set_held(struct registry *registry, struct entry *entry,
                                       bool held, int64_t wall)
{
    if (!may_judge(entry))
        return ROLLCALL_OK;
    const struct standing_view before = standing_view_of(entry);
    bool was = entry->standing != NULL && entry->standing->held;
    if (was == held)
        return ROLLCALL_OK;
    struct standing *standing = standing_of(entry);
    if (standing == NULL)
        return ROLLCALL_E_NOMEM;
    keep_served(entry, &standing->held, held);
    standing->held_since = wall;
    standing_changed(registry, entry);
    standing_update(registry, entry, &before, held ? "held" : "released");
    transition_moved(registry, entry, TRANSITION_JUDGED, before.effective,
                     held ? "held" : "released", wall);
    return ROLLCALL_OK;
}

enum rollcall_status registry_set_frozen(struct registry *registry, struct entry *entry,
                                         bool frozen, int64_t wall)
{
    if (!may_judge(entry))
        return ROLLCALL_OK;
    const struct standing_view before = standing_view_of(entry);
    bool was = entry->standing != NULL && entry->standing->frozen;
    if (was == frozen)
        return ROLLCALL_OK;
    struct standing *standing = standing_of(entry);
    if (standing == NULL)
        return ROLLCALL_E_NOMEM;
    keep_served(entry, &standing->frozen, frozen);
    standing->frozen_since = wall;
    standing_changed(registry, entry);
    standing_update(registry, entry, &before, frozen ? "frozen" : "released");
    transition_moved(registry, entry, TRANSITION_JUDGED, before.effective,
                     frozen ? "frozen" : "released", wall);
    return ROLLCALL_OK;
}
