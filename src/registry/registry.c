/* The registry as a thing: made, ended, read; and what its operations share. */
#include "registry/registry.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread_role.h"
#include "registry/internal.h"
#include "registry/states.h"

enum { IDLE_LOOKS = 64 /* empty services looked at in one turn */ };

#define ROW(member, ...) COUNTER(struct registry_counts, member, __VA_ARGS__)
#define OUTCOME(word)    IS_OF("registrations", "outcome=\"" word "\"")
#define REASON(word)     IS_OF("registry_requests_refused", "reason=\"" word "\"")

static const struct counter_row count_rows[] = {
    ROW(registrations, "New instances that were saved.", OUTCOME("created")),
    ROW(changes, "Instances whose definition was changed.", OUTCOME("changed")),
    ROW(unchanged, "Registrations that said what was known already.",
        OUTCOME("unchanged")),
    ROW(deregistrations, "Instances removed on request."),
    ROW(renewals, "Renewals."),
    ROW(expired_ttl, "Instances gone because nobody renewed them.", IS_UNSHOWN),
    ROW(expired_connection, "Instances gone with their connection.", IS_UNSHOWN),
    ROW(expired_pid, "Instances gone with their process.", IS_UNSHOWN),
    ROW(refused, "Changes that the store could not save."),
    ROW(conflicts, "Requests refused because the instance was not as they expected.",
        REASON("conflict")),
    ROW(unauthorized, "Requests refused because somebody else owns the instance.",
        REASON("unauthorized")),
    ROW(limits, "Registrations refused because there are too many instances.",
        OUTCOME("limit")),
    ROW(health_changes, "Times that the health of an instance changed."),
    ROW(standings, "Times that something but its health took an instance in or out."),
    ROW(drains, "Instances that were drained."),
    ROW(overrides, "Instances that somebody said to be up or down."),
    ROW(overrides_expired, "Overrides that ended at their time."),
    ROW(transitions, "Transitions kept in the history."),
    ROW(transitions_dropped, "Transitions that the history could not keep."),
    ROW(instances, "Instances registered now.", IS_UNSHOWN),
    ROW(services, "Services known now.", IS_UNSHOWN),
    COUNTER_END,
};

const struct counter_group registry_counter_group = { .area = "registry",
                                                      .rows = count_rows,
                                                      .families = registry_families,
                                                      .tables = registry_tables,
                                                      .more = registry_gauges };

struct registry *registry_create(const struct registry_settings *settings,
                                 struct store *store)
{
    struct registry *registry = calloc(1, sizeof *registry);
    if (registry == NULL)
        return NULL;
    registry->settings = *settings;
    registry->store = store;
    registry->last_listener = &registry->listeners;
    registry->collect_at = INT64_MAX;
    list_init(&registry->grouped);
    catalogue_init(&registry->catalogue);
    labels_init(&registry->labels);
    registry->labels.home = settings->datacenter;
    heap_init(&registry->leases);
    heap_init(&registry->standings);
    registry->blocks[0] = &registry->counts;
    registry->group = registry_counter_group;
    registry->group.blocks = registry->blocks;
    registry->group.block_count = 1;
    registry->group.owner = registry;
    return registry;
}

void registry_destroy(struct registry *registry)
{
    if (registry == NULL)
        return;
    heap_deinit(&registry->leases);
    heap_deinit(&registry->standings);
    labels_deinit(&registry->labels);
    catalogue_deinit(&registry->catalogue);
    free(registry->debtors);
    free(registry->idle);
    free(registry);
}

void registry_heard(struct registry *registry, int64_t now)
{
    thread_role_assert(ROLE_CONTROL);
    if (now > registry->now)
        registry->now = now;
}

void registry_set_time(struct registry *registry, int64_t now, int64_t wall)
{
    registry_heard(registry, now);
    registry->wall_skew = wall - now;
}

bool entry_is_committed(const struct entry *entry)
{
    return entry->instance != NULL && entry->state != GONE;
}

void registry_count_members(struct registry *registry)
{
    counter_set(&registry->counts.instances, registry->catalogue.instances);
    counter_set(&registry->counts.services, registry->catalogue.services);
}

void registry_settle_entry(struct registry *registry, struct entry *entry)
{
    if (entry->pending > 0 || entry->latest != NULL || entry->instance != NULL ||
        (entry->debts & (DEBT_REMOVAL | DEBT_LISTED)) != 0)
        return;
    lease_stop(registry, entry);
    catalogue_entry_drop(&registry->catalogue, entry);
}

static bool service_is_needed(const struct service *service)
{
    return service_is_visible(service) || service->announced > 0;
}

void registry_settle_service(struct registry *registry, struct service *service)
{
    if (service_is_needed(service) || service->idle)
        return;
    if (registry->idle_count == registry->idle_capacity) {
        size_t capacity = registry->idle_capacity == 0 ? 16 : registry->idle_capacity * 2;
        struct service **idle = realloc(registry->idle, capacity * sizeof *idle);
        if (idle == NULL)
            return; /* it stays, empty; its next removal tries again */
        registry->idle = idle;
        registry->idle_capacity = capacity;
    }
    registry->idle[registry->idle_count++] = service;
    service->idle = true;
}

/* Free what nobody needs, a few in each turn, each in its turn. */
static void drop_idle_services(struct registry *registry)
{
    size_t looks = registry->idle_count < IDLE_LOOKS ? registry->idle_count : IDLE_LOOKS;

    for (; looks > 0; looks--) {
        if (registry->idle_at == 0 || registry->idle_at > registry->idle_count)
            registry->idle_at = registry->idle_count;
        size_t i = --registry->idle_at;
        struct service *service = registry->idle[i];
        bool needed = service_is_needed(service);
        if (!needed && (service->answer_mark != NULL || !list_empty(&service->changed)))
            continue;
        registry->idle[i] = registry->idle[--registry->idle_count];
        service->idle = false;
        if (!needed)
            catalogue_service_drop(&registry->catalogue, service);
    }
}

int64_t registry_run_due(struct registry *registry, int64_t now)
{
    registry_heard(registry, now);
    lease_run_due(registry, now);
    standing_run_due(registry, now);
    debts_collect(registry, now);
    drop_idle_services(registry);
    return registry_next_due(registry);
}

int64_t registry_next_due(const struct registry *registry)
{
    const struct heap_node *lease = heap_first(&registry->leases);
    const struct heap_node *standing = heap_first(&registry->standings);
    int64_t due = registry->collect_at;

    if (lease != NULL && lease->due < due)
        due = lease->due;
    return standing != NULL && standing->due < due ? standing->due : due;
}

enum rollcall_status registry_authorize(struct registry *registry, const char *id,
                                        uid_t owner, const struct requester *who,
                                        struct reason *why)
{
    if (who->privileged || who->uid == owner)
        return ROLLCALL_OK;
    counter_add(&registry->counts.unauthorized, 1);
    reason_field(why, "id",
                 "instance \"%.255s\" belongs to uid %u; uid %u may not change it, only "
                 "its owner, root and the user of the daemon may",
                 id, (unsigned)owner, (unsigned)who->uid);
    return ROLLCALL_E_UNAUTHORIZED;
}

enum rollcall_status registry_not_found(const char *id, struct reason *why)
{
    reason_field(why, "id", "no instance has the id \"%.255s\"", id);
    return ROLLCALL_E_NOTFOUND;
}

uint64_t registry_remove_entry(struct registry *registry, struct entry *entry,
                               uint64_t revision, const char *cause)
{
    assert(entry_is_committed(entry));
    struct service *service = entry->service;
    struct event event = { .kind = EVENT_REMOVED,
                           .entry = entry,
                           .service = service,
                           .check = -1,
                           .cause = cause };

    labels_forget_tags(&registry->labels, service, &entry->instance->is);
    labels_drop(&registry->labels, service, entry->instance->is.datacenter, entry->label);
    lease_stop(registry, entry);
    catalogue_take(&registry->catalogue, entry);
    registry_count_members(registry);
    lifecycle_move(&entry->state, GONE);
    registry_tell(registry, &event, revision);

    standing_drop(registry, entry);
    states_destroy(entry);
    label_clear(entry);
    instance_unref(entry->instance);
    entry->instance = NULL;
    entry->service = NULL;
    entry->revision = 0;
    entry->debts &= DEBT_REMOVAL | DEBT_LISTED;
    registry_settle_service(registry, service);
    return event.revision;
}

struct entry *registry_find(const struct registry *registry, const char *id)
{
    struct entry *entry = catalogue_entry(&registry->catalogue, id);
    return entry != NULL && entry_is_committed(entry) ? entry : NULL;
}

const struct instance *registry_latest(const struct registry *registry, const char *id)
{
    const struct entry *entry = catalogue_entry(&registry->catalogue, id);
    return entry == NULL ? NULL : operation_staged(registry, entry).instance;
}

struct service *registry_service(const struct registry *registry,
                                 const char *namespace_name, const char *name)
{
    return catalogue_service(&registry->catalogue, namespace_name, name);
}

struct service *registry_next_service(const struct registry *registry, size_t *at)
{
    struct service *service;

    do {
        service = table_next(&registry->catalogue.by_key, at);
    } while (service != NULL && !service_is_visible(service));
    return service;
}

enum rollcall_status registry_declare(struct registry *registry,
                                      const char *namespace_name, const char *name)
{
    struct service *service =
        catalogue_service_for(&registry->catalogue, namespace_name, name, 0);
    if (service == NULL)
        return ROLLCALL_E_NOMEM;
    registry->catalogue.services += !service_is_visible(service);
    service->declared = true;
    registry_count_members(registry);
    return ROLLCALL_OK;
}

uint64_t registry_revision(const struct registry *registry)
{
    return registry->told;
}

uint64_t registry_take_revision(struct registry *registry)
{
    thread_role_assert(ROLE_CONTROL);
    /* Whoever takes it tells it: an event of an earlier change that is still at the store
     * must come with a later number, or who waits for one would miss it. */
    registry->told = ++registry->revision;
    return registry->told;
}

uint64_t registry_gone_revision(const struct registry *registry)
{
    return registry->gone;
}

size_t registry_instance_count(const struct registry *registry)
{
    return registry->catalogue.instances;
}

const struct counter_group *registry_counters(const struct registry *registry)
{
    return &registry->group;
}

void registry_on_pushed(struct registry *registry, registry_pushed take, void *owner)
{
    registry->take_pushed = take;
    registry->take_owner = owner;
}
