/* Renewals: more time for a lease, and a status that the instance reports itself. */
#include "base/thread_role.h"
#include "registry/internal.h"

static void take_own_status(struct registry *registry, struct entry *entry,
                            enum rollcall_health status)
{
    enum rollcall_health before = entry->health;

    if (entry->own == status)
        return;
    entry->own = status;
    (void)health_update(registry, entry, -1, "renew");
    transition_moved(registry, entry, TRANSITION_HEALTH, before, "renew",
                     registry->now + registry->wall_skew);
    debt_add(registry, entry, DEBT_HEALTH);
}

static enum rollcall_status take_status(struct registry *registry, struct entry *entry,
                                        const struct renew_request *request, int64_t now,
                                        struct reason *why)
{
    if (entry->instance->is.check_count == 0 && request->check == NULL) {
        if (request->has_status)
            take_own_status(registry, entry, request->status);
        return ROLLCALL_OK;
    }
    if (registry->take_pushed != NULL)
        return registry->take_pushed(registry->take_owner, entry, request, now, why);
    if (!request->has_status && request->check == NULL)
        return ROLLCALL_OK;
    reason_field(why, "status",
                 "instance \"%.255s\" has no check that takes a reported status",
                 entry->id);
    return ROLLCALL_E_INVALID;
}

/* A renewal within the grace takes the place of the connection that was lost. */
static void extend_lease(struct registry *registry, struct entry *entry,
                         const struct requester *who, int64_t now)
{
    const struct rollcall_lease *lease = &entry->instance->is.lease;

    if (lease->kind == ROLLCALL_LEASE_TTL) {
        lease_start(registry, entry, NULL, now);
        debt_later(registry, entry, now + (int64_t)(lease->ms / 2));
    } else if (lease->kind == ROLLCALL_LEASE_CONNECTION && entry->holder == NULL &&
               who->holder != NULL) {
        lease_start(registry, entry, who->holder, now);
    }
}

enum rollcall_status registry_renew(struct registry *registry,
                                    const struct renew_request *request,
                                    const struct requester *who, int64_t now,
                                    int64_t wall, int64_t *expires_in, uint64_t *revision,
                                    struct reason *why)
{
    registry_heard(registry, now);
    registry->wall_skew = wall - now;
    struct entry *entry = registry_find(registry, request->id);
    if (entry == NULL)
        return registry_not_found(request->id, why);
    enum rollcall_status status =
        registry_authorize(registry, entry->id, entry->owner, who, why);
    if (status == ROLLCALL_OK)
        status = take_status(registry, entry, request, now, why);
    if (status != ROLLCALL_OK)
        return status;

    extend_lease(registry, entry, who, now);
    counter_add(&registry->counts.renewals, 1);
    lease_count(registry, entry, LEASE_RENEWED);
    const struct rollcall_lease *lease = &entry->instance->is.lease;
    *expires_in = lease->kind == ROLLCALL_LEASE_TTL ? (int64_t)lease->ms : -1;
    *revision = registry->told;
    return ROLLCALL_OK;
}
