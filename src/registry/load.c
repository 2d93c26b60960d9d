/* Reading the store at start, and what became of the leases while nobody watched. */
#include <stdlib.h>
#include <string.h>

#include "base/thread_role.h"
#include "registry/internal.h"
#include "registry/states.h"

/* Revisions of verdicts are told before they are saved, and those told last before a
 * crash never were. A watcher that saw them must not see them again for something else,
 * so a start leaves out more numbers than could be lost: sixteen million is minutes of
 * the wildest flapping under a store that refuses. With it, 2^53 (what JSON numbers hold)
 * lasts for 500 million starts. An empty store has told nobody anything. */
static const uint64_t revision_gap = 1u << 24;

struct loading {
    struct registry *registry;
    uint64_t high;
    void (*on_serial)(void *owner, const char *zone, uint32_t serial);
    void *owner; /* borrowed: for on_serial */
};

static enum rollcall_status take_label(struct registry *registry, struct entry *entry,
                                       struct service *service,
                                       const struct stored_instance *stored)
{
    char chosen[64];
    const char *text = stored->label;

    if (text == NULL || text[0] == '\0') {
        labels_choose(&registry->labels, service, &stored->instance->is,
                      registry->settings.node, NULL, NULL, chosen);
        text = chosen;
    }
    char *label = strdup(text);
    if (label == NULL ||
        labels_hold(&registry->labels, service, stored->instance->is.datacenter, text) !=
            ROLLCALL_OK) {
        free(label);
        return ROLLCALL_E_NOMEM;
    }
    label_adopt(entry, label);
    return ROLLCALL_OK;
}

static enum rollcall_status take_states(struct entry *entry,
                                        const struct stored_instance *stored)
{
    const struct rollcall_instance *is = &stored->instance->is;
    struct check_state *states = NULL;
    enum rollcall_health own = is->status;

    if (states_carry(is, NULL, NULL, &states) != ROLLCALL_OK)
        return ROLLCALL_E_NOMEM;
    (void)states_unpack(stored->health, stored->health_length, stored->revision, states,
                        is->check_count, &own);
    entry->own = own;
    entry->checks = states;
    return ROLLCALL_OK;
}

/* What ended while nobody watched is not taken; its row is set right afterwards. */
static enum rollcall_status take_standing(struct entry *entry,
                                          const struct stored_instance *stored,
                                          int64_t wall)
{
    struct standing *standing = NULL;

    for (unsigned part = 0; part < STANDING_PARTS; part++) {
        const struct stored_part *at = &stored->standing[part];
        if (at->bytes == NULL)
            continue;
        standing = standing_of(entry);
        if (standing == NULL)
            return ROLLCALL_E_NOMEM;
        if (!standing_unpack(standing, part, at->bytes, at->length))
            log_warning("registry",
                        "what was said about instance \"%s\" cannot be read and is "
                        "forgotten; see \"rollcall show\"",
                        entry->id);
    }
    if (standing == NULL)
        return ROLLCALL_OK;
    if (standing->override_until != 0 && standing->override_until <= wall) {
        standing_clear(standing, PART_OVERRIDE);
        entry->debts |= (uint8_t)debt_of_part(PART_OVERRIDE);
    }
    if (standing->damped_until != 0 && standing->damped_until <= wall) {
        standing_clear(standing, PART_DAMPED);
        entry->debts |= (uint8_t)debt_of_part(PART_DAMPED);
    }
    return ROLLCALL_OK;
}

static enum rollcall_status take_entry(struct registry *registry, struct entry *entry,
                                       const struct stored_instance *stored)
{
    const struct rollcall_instance *is = &stored->instance->is;
    struct service *service =
        catalogue_service_for(&registry->catalogue, is->namespace_name, is->service, 1);
    if (service == NULL || take_label(registry, entry, service, stored) != ROLLCALL_OK)
        return ROLLCALL_E_NOMEM;
    if (take_states(entry, stored) != ROLLCALL_OK) {
        labels_drop(&registry->labels, service, is->datacenter, entry->label);
        return ROLLCALL_E_NOMEM;
    }
    if (take_standing(entry, stored, registry->now + registry->wall_skew) != ROLLCALL_OK)
        return ROLLCALL_E_NOMEM;
    entry->instance = instance_ref(stored->instance);
    entry->revision = stored->revision;
    entry->owner = stored->owner;
    entry->created = stored->created;
    labels_count_tags(&registry->labels, service, is);
    lifecycle_move(&entry->state, STARTING);
    catalogue_append(&registry->catalogue, service, entry);
    (void)health_settle(entry);
    return ROLLCALL_OK;
}

/* Its connection did not outlive the daemon, and nobody waits for it to come back. */
static bool ended_with_us(const struct rollcall_lease *lease)
{
    return lease->kind == ROLLCALL_LEASE_CONNECTION && lease->ms == 0;
}

static enum rollcall_status add_loaded(struct registry *registry, const char *id,
                                       const struct stored_instance *stored)
{
    struct entry *entry = catalogue_entry_add(&registry->catalogue, id);
    if (entry == NULL)
        return ROLLCALL_E_NOMEM;
    if (!ended_with_us(&stored->instance->is.lease))
        return take_entry(registry, entry, stored);
    entry->debts |= DEBT_REMOVAL;
    return ROLLCALL_OK;
}

static enum rollcall_status on_instance(void *owner, const struct stored_instance *stored,
                                        struct reason *why)
{
    struct loading *loading = owner;
    struct registry *registry = loading->registry;
    const char *id = stored->instance->is.id;
    enum rollcall_status status = ROLLCALL_OK;

    if (stored->revision > loading->high)
        loading->high = stored->revision;
    if (catalogue_entry(&registry->catalogue, id) != NULL) {
        reason_set(why, "instance \"%.255s\" is stored twice", id);
        status = ROLLCALL_E_IO;
    } else {
        status = add_loaded(registry, id, stored);
        if (status != ROLLCALL_OK)
            reason_set(why, "out of memory while loading instance \"%.255s\"", id);
    }
    instance_unref(stored->instance);
    return status;
}

static void on_serial(void *owner, const char *zone, uint32_t serial)
{
    struct loading *loading = owner;
    if (loading->on_serial != NULL)
        loading->on_serial(loading->owner, zone, serial);
}

static void on_revision(void *owner, uint64_t high_water)
{
    struct loading *loading = owner;
    if (high_water > loading->high)
        loading->high = high_water;
}

/* A ttl lease gets what remains or one full TTL, whichever is longer: as a lease never
 * has more than its TTL left, that is a full TTL. */
static void start_service(struct registry *registry, struct service *service, int64_t now)
{
    for (uint32_t i = 0; i < service->count; i++) {
        struct entry *entry = service->entries[i];
        struct event event = { .kind = EVENT_ADDED,
                               .entry = entry,
                               .service = service,
                               .health_before = entry->health,
                               .check = -1,
                               .cause = "load" };
        lease_start(registry, entry, NULL, now);
        standing_changed(registry, entry);
        registry_tell_loaded(registry, &event);
    }
}

/* What ended with the last daemon is still on disk. */
static void remove_ended(struct registry *registry)
{
    struct entry *entry;
    size_t count = 0;

    for (size_t at = 0; (entry = table_next(&registry->catalogue.by_id, &at)) != NULL;) {
        if (entry_is_committed(entry)) {
            if (entry->debts != 0)
                debts_settle(registry, entry);
            continue;
        }
        counter_add(&registry->counts.expired_connection, 1);
        count++;
        debts_settle(registry, entry);
    }
    if (count > 0)
        log_info("registry", "%zu instances ended with their connections", count);
}

enum rollcall_status registry_load(struct registry *registry, int64_t now, int64_t wall,
                                   void (*take_serial)(void *owner, const char *zone,
                                                       uint32_t serial),
                                   void *owner, struct reason *why)
{
    struct loading loading = { .registry = registry,
                               .on_serial = take_serial,
                               .owner = owner };
    struct store_reader reader = { .on_instance = on_instance,
                                   .on_serial = on_serial,
                                   .on_revision = on_revision,
                                   .owner = &loading };
    struct service *service;

    registry_heard(registry, now);
    registry->wall_skew = wall - now;
    enum rollcall_status status = registry->store->load(registry->store, &reader, why);
    if (status != ROLLCALL_OK)
        return status;
    registry->told = loading.high == 0 ? 0 : loading.high + revision_gap;
    registry->revision = registry->doomed = registry->gone = registry->told;
    catalogue_sort(&registry->catalogue);
    registry_count_members(registry);
    for (size_t at = 0; (service = table_next(&registry->catalogue.by_key, &at)) != NULL;)
        start_service(registry, service, now);
    remove_ended(registry);
    return ROLLCALL_OK;
}
