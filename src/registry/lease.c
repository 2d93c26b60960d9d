/* What an instance lives on: a time, a connection, a process, or nothing. */
#include "registry/internal.h"

#include "base/thread_role.h"

enum { POSTPONE_MS = 100 };

static struct entry *entry_of_lease(struct heap_node *node)
{
    return list_entry(node, struct entry, lease);
}

/* Zeroed memory is a holder of nothing. */
static void holder_prepare(struct holder *holder)
{
    if (holder->entries.next == NULL)
        list_init(&holder->entries);
    if (holder->pending.next == NULL)
        list_init(&holder->pending);
}

static void entry_detach(struct entry *entry)
{
    list_remove(&entry->held);
    entry->holder = NULL;
}

static void holder_attach(struct holder *holder, struct entry *entry)
{
    holder_prepare(holder);
    list_remove(&entry->held);
    list_append(&holder->entries, &entry->held);
    entry->holder = holder;
}

void holder_await(struct holder *holder, struct operation *operation)
{
    holder_prepare(holder);
    operation->holder = holder;
    list_append(&holder->pending, &operation->held);
}

static void lease_set(struct registry *registry, struct entry *entry, int64_t due)
{
    /* Its place was reserved with the registration, so this is a move. */
    if (heap_set(&registry->leases, &entry->lease, due) != ROLLCALL_OK)
        log_limited(&registry->memory_log, registry->now, LOG_LEVEL_ERROR, "registry",
                    "out of memory: the lease of instance \"%s\" will not end by itself",
                    entry->id);
}

enum rollcall_status lease_reserve(struct registry *registry, struct entry *entry,
                                   const struct rollcall_lease *lease)
{
    if (lease->kind != ROLLCALL_LEASE_TTL || heap_node_waits(&entry->lease))
        return ROLLCALL_OK;
    return heap_set(&registry->leases, &entry->lease, INT64_MAX);
}

static void start_grace(struct registry *registry, struct entry *entry, int64_t now)
{
    uint64_t grace = entry->instance->is.lease.ms;

    if (grace == 0 && !operation_may_register(registry, entry))
        registry_expire(registry, entry, "connection closed");
    else
        lease_set(registry, entry, now + (int64_t)grace);
}

void lease_start(struct registry *registry, struct entry *entry, struct holder *holder,
                 int64_t now)
{
    const struct rollcall_lease *lease = &entry->instance->is.lease;

    if (lease->kind == ROLLCALL_LEASE_TTL) {
        entry_detach(entry);
        lease_set(registry, entry, now + (int64_t)lease->ms);
        return;
    }
    lease_stop(registry, entry);
    if (lease->kind != ROLLCALL_LEASE_CONNECTION)
        return;
    if (holder != NULL)
        holder_attach(holder, entry);
    else
        start_grace(registry, entry, now);
}

void lease_stop(struct registry *registry, struct entry *entry)
{
    heap_remove(&registry->leases, &entry->lease);
    entry_detach(entry);
}

int64_t lease_wall_end(const struct registry *registry, const struct entry *entry)
{
    if (!entry_is_committed(entry) ||
        entry->instance->is.lease.kind != ROLLCALL_LEASE_TTL ||
        !heap_node_waits(&entry->lease))
        return 0;
    return entry->lease.due + registry->wall_skew;
}

static void count_expired(struct registry *registry, const struct entry *entry)
{
    counter *const counts[] = {
        [ROLLCALL_LEASE_NONE] = NULL,
        [ROLLCALL_LEASE_TTL] = &registry->counts.expired_ttl,
        [ROLLCALL_LEASE_CONNECTION] = &registry->counts.expired_connection,
        [ROLLCALL_LEASE_PID] = &registry->counts.expired_pid,
    };
    counter *count = counts[entry->instance->is.lease.kind];
    if (count != NULL)
        counter_add(count, 1);
    lease_count(registry, entry, LEASE_EXPIRED);
}

void registry_expire(struct registry *registry, struct entry *entry, const char *cause)
{
    thread_role_assert(ROLE_CONTROL);
    if (!entry_is_committed(entry))
        return;
    /* Limited: a host that dies takes a thousand with it, and lines cost time now. */
    log_limited(&registry->expired_log, registry->now, LOG_LEVEL_INFO, "registry",
                "instance \"%s\" of %s is gone: %s", entry->id, entry->service->name,
                cause);
    count_expired(registry, entry);
    transition_gone(registry, entry, cause);
    registry_remove_entry(registry, entry, 0, cause);
    debt_add(registry, entry, DEBT_REMOVAL);
}

void lease_run_due(struct registry *registry, int64_t now)
{
    for (;;) {
        struct heap_node *first = heap_first(&registry->leases);
        if (first == NULL || first->due > now)
            return;
        struct entry *entry = entry_of_lease(first);
        heap_remove(&registry->leases, first);
        if (!entry_is_committed(entry))
            continue;
        /* It was registered again in time, and only the disk is not done yet. */
        if (operation_may_register(registry, entry)) {
            lease_set(registry, entry, now + POSTPONE_MS);
            continue;
        }
        bool grace = entry->instance->is.lease.kind == ROLLCALL_LEASE_CONNECTION;
        registry_expire(registry, entry, grace ? "connection closed" : "lease expired");
    }
}

static void holder_leave_pending(struct holder *holder)
{
    holder_prepare(holder);
    list_for_each_safe (node, next, &holder->pending) {
        list_entry(node, struct operation, held)->holder = NULL;
        list_remove(node);
    }
}

void registry_holder_closed(struct registry *registry, struct holder *holder, int64_t now)
{
    registry_heard(registry, now);
    holder_leave_pending(holder);
    list_for_each_safe (node, next, &holder->entries) {
        struct entry *entry = list_entry(node, struct entry, held);
        entry_detach(entry);
        start_grace(registry, entry, now);
    }
}

void registry_holder_detach(struct registry *registry, struct holder *holder)
{
    registry_heard(registry, registry->now);
    holder_leave_pending(holder);
    list_for_each_safe (node, next, &holder->entries) {
        entry_detach(list_entry(node, struct entry, held));
    }
}
