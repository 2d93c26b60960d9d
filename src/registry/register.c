/* Registering and removing: judged by the state as of the last submitted operation of
 * that id, prepared so that nothing can fail later, saved, and then made true. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread_role.h"
#include "registry/internal.h"
#include "registry/states.h"

static enum rollcall_status conflict(struct registry *registry, const char *field,
                                     struct reason *why, const char *text)
{
    counter_add(&registry->counts.conflicts, 1);
    reason_field(why, field, "%s", text);
    return ROLLCALL_E_CONFLICT;
}

static enum rollcall_status judge_revision(struct registry *registry,
                                           const struct register_request *request,
                                           const struct staged *staged,
                                           struct reason *why)
{
    const char *id = request->instance->is.id;
    unsigned long long wanted = request->if_revision, current = staged->revision;
    char text[400];

    if (!request->has_if_revision || wanted == current)
        return ROLLCALL_OK;
    if (current == 0)
        snprintf(text, sizeof text,
                 "instance \"%.200s\" does not exist, so it is not at revision %llu "
                 "(if_revision 0 means that it must not exist)",
                 id, wanted);
    else if (wanted == 0)
        snprintf(text, sizeof text,
                 "instance \"%.200s\" exists already, at revision %llu", id, current);
    else
        snprintf(text, sizeof text, "instance \"%.200s\" is at revision %llu, not %llu",
                 id, current, wanted);
    return conflict(registry, "if_revision", why, text);
}

static bool same_service(const struct rollcall_instance *a,
                         const struct rollcall_instance *b)
{
    return strcmp(a->service, b->service) == 0 &&
           strcmp(a->namespace_name, b->namespace_name) == 0 &&
           strcmp(a->datacenter, b->datacenter) == 0;
}

static enum rollcall_status judge_existing(struct registry *registry,
                                           const struct rollcall_instance *is,
                                           const struct staged *staged,
                                           const struct requester *who,
                                           struct reason *why)
{
    char text[400];

    enum rollcall_status status =
        registry_authorize(registry, is->id, staged->owner, who, why);
    if (status != ROLLCALL_OK || same_service(is, &staged->instance->is))
        return status;
    if (strcmp(is->service, staged->instance->is.service) == 0 &&
        strcmp(is->namespace_name, staged->instance->is.namespace_name) == 0) {
        snprintf(text, sizeof text,
                 "id \"%.200s\" belongs to another datacenter; deregister it there, or "
                 "give another id",
                 is->id);
        return conflict(registry, "id", why, text);
    }
    snprintf(text, sizeof text,
             "id \"%.200s\" belongs to service %s; deregister it there, or give another "
             "id for %s",
             is->id, staged->instance->is.service, is->service);
    return conflict(registry, "id", why, text);
}

static enum rollcall_status judge_new(struct registry *registry, struct reason *why)
{
    uint64_t max = registry->settings.max_instances;

    if (registry->catalogue.instances + registry->creating < max)
        return ROLLCALL_OK;
    counter_add(&registry->counts.limits, 1);
    reason_set(why,
               "there are %llu instances, which is all that registry.max_instances "
               "allows; deregister some or raise it",
               (unsigned long long)max);
    return ROLLCALL_E_LIMIT;
}

static enum rollcall_status judge(struct registry *registry,
                                  const struct register_request *request,
                                  const struct staged *staged,
                                  const struct requester *who, struct reason *why)
{
    const struct rollcall_instance *is = &request->instance->is;

    if (is->lease.kind == ROLLCALL_LEASE_CONNECTION && who->holder == NULL) {
        reason_field(why, "lease.connection",
                     "a connection lease needs a connection that stays open; register "
                     "over the registration socket, or use a ttl lease");
        return ROLLCALL_E_INVALID;
    }
    enum rollcall_status status = staged->instance == NULL
                                      ? judge_new(registry, why)
                                      : judge_existing(registry, is, staged, who, why);
    if (status == ROLLCALL_OK)
        status = judge_revision(registry, request, staged, why);
    return status;
}

/* The same again: nothing to save but the time of its lease. */
static void renew_unchanged(struct registry *registry, struct entry *entry,
                            const struct requester *who, int64_t now, registry_done done,
                            void *context)
{
    const struct rollcall_lease *lease = &entry->instance->is.lease;
    struct registry_reply reply = { .id = entry->id,
                                    .revision = entry->revision,
                                    .created = false,
                                    .warning = "",
                                    .safe_in = -1 };

    lease_start(registry, entry, who->holder, now);
    if (lease->kind == ROLLCALL_LEASE_TTL)
        debt_later(registry, entry, now + (int64_t)(lease->ms / 2));
    counter_add(&registry->counts.unchanged, 1);
    lease_count(registry, entry, LEASE_RENEWED);
    done(context, ROLLCALL_OK, &reply, NULL);
}

/* The label is that of the living instance, or a new one; hold it for this operation. */
static enum rollcall_status take_label(struct operation *operation,
                                       const struct rollcall_instance *is,
                                       const struct staged *staged)
{
    struct registry *registry = operation->registry;
    struct change *change = operation->change;
    struct service *service =
        catalogue_service_for(&registry->catalogue, is->namespace_name, is->service, 1);
    if (service == NULL)
        return ROLLCALL_E_NOMEM;
    struct label_asker asker = { .entry = operation->entry, .service = service };

    if (staged->instance != NULL)
        snprintf(change->label, sizeof change->label, "%s", staged->label);
    else
        labels_choose(&registry->labels, service, is, registry->settings.node,
                      operation_holds_label, &asker, change->label);
    operation->label = strdup(change->label);
    if (operation->label == NULL ||
        labels_hold(&registry->labels, service, is->datacenter, change->label) !=
            ROLLCALL_OK) {
        registry_settle_service(registry, service);
        return ROLLCALL_E_NOMEM;
    }
    operation->service = service;
    service->announced++;
    return ROLLCALL_OK;
}

static enum rollcall_status ask_admission(struct operation *operation,
                                          const struct rollcall_instance *is,
                                          struct reason *why)
{
    const struct registry_settings *settings = &operation->registry->settings;
    struct reason warning = REASON_NONE;

    if (settings->admit == NULL)
        return ROLLCALL_OK;
    enum rollcall_status status = settings->admit(
        settings->admit_owner, is, operation->change->label, &warning, why);
    if (status == ROLLCALL_OK && warning.text[0] != '\0')
        operation->warning = strdup(warning.text);
    return status;
}

/* What the commit will need and what the store shall keep of the checks. */
static enum rollcall_status take_states(struct operation *operation)
{
    struct entry *entry = operation->entry;
    struct change *change = operation->change;
    const struct rollcall_instance *is = &change->instance->is;
    bool committed = entry_is_committed(entry);
    enum rollcall_health own = commit_own_status(entry, is);

    enum rollcall_status status =
        states_carry(is, committed ? &entry->instance->is : NULL,
                     committed ? entry->checks : NULL, &operation->checks);
    if (status != ROLLCALL_OK)
        return status;
    if (!states_say_something(operation->checks, is->check_count, own, is->status))
        return ROLLCALL_OK;
    change->health = states_pack(operation->checks, is->check_count, own,
                                 change->revision, &change->health_length);
    return change->health == NULL ? ROLLCALL_E_NOMEM : ROLLCALL_OK;
}

static void fill_change(struct operation *operation, struct instance *instance,
                        const struct staged *staged, const struct requester *who,
                        int64_t wall)
{
    struct change *change = operation->change;
    const struct rollcall_lease *lease = &instance->is.lease;
    bool known = staged->instance != NULL;

    change->instance = instance_ref(instance);
    change->id = instance->is.id;
    change->owner = known ? staged->owner : who->uid;
    change->known = known;
    change->created = known ? staged->created : (uint64_t)wall;
    change->lease_end = lease->kind == ROLLCALL_LEASE_TTL ? wall + (int64_t)lease->ms : 0;
    change->revision = ++operation->registry->revision;
    operation->created = !known;
}

/* What the commit will say, as far as it is known now. */
static void tell(struct operation *operation)
{
    struct change *change = operation->change;
    const struct rollcall_instance *is = &change->instance->is;
    enum rollcall_health own = commit_own_status(operation->entry, is);

    change->said = transition_asked(operation->registry, operation->entry, TRANSITION_PUT,
                                    "request");
    if (change->said == NULL)
        return;
    change->said->after = (uint8_t)states_combined(is, operation->checks, own);
    if (change->said->standing == STANDING_NONE)
        change->said->effective = change->said->after;
}

static enum rollcall_status prepare(struct operation *operation,
                                    const struct staged *staged, struct reason *why)
{
    struct registry *registry = operation->registry;
    const struct rollcall_instance *is = &operation->change->instance->is;

    enum rollcall_status status = take_label(operation, is, staged);
    if (status == ROLLCALL_OK)
        status = ask_admission(operation, is, why);
    if (status == ROLLCALL_OK)
        status = take_states(operation);
    if (status == ROLLCALL_OK)
        status = lease_reserve(registry, operation->entry, &is->lease);
    if (status == ROLLCALL_E_NOMEM)
        reason_set(why, "out of memory while registering \"%.255s\"", is->id);
    return status;
}

static enum rollcall_status stage(struct registry *registry, struct entry *entry,
                                  const struct register_request *request,
                                  const struct staged *staged,
                                  const struct requester *who, int64_t wall,
                                  registry_done done, void *context, struct reason *why)
{
    struct operation *operation =
        operation_create(registry, entry, CHANGE_PUT, done, context);
    if (operation == NULL) {
        reason_set(why, "out of memory while registering \"%.255s\"", entry->id);
        return ROLLCALL_E_NOMEM;
    }
    fill_change(operation, request->instance, staged, who, wall);
    enum rollcall_status status = prepare(operation, staged, why);
    if (status != ROLLCALL_OK) {
        register_undo(operation);
        operation_destroy(operation);
        return status;
    }
    if (request->instance->is.lease.kind == ROLLCALL_LEASE_CONNECTION)
        holder_await(who->holder, operation);
    tell(operation);
    operation_submit(operation);
    return ROLLCALL_OK;
}

enum rollcall_status registry_register(struct registry *registry,
                                       const struct register_request *request,
                                       const struct requester *who, int64_t now,
                                       int64_t wall, registry_done done, void *context,
                                       struct reason *why)
{
    registry_heard(registry, now);
    registry->wall_skew = wall - now;
    const struct rollcall_instance *is = &request->instance->is;
    struct entry *entry = catalogue_entry(&registry->catalogue, is->id);
    struct staged staged = { .instance = NULL };

    if (entry != NULL)
        staged = operation_staged(registry, entry);
    enum rollcall_status status = judge(registry, request, &staged, who, why);
    if (status != ROLLCALL_OK)
        return status;
    if (staged.instance != NULL && staged.instance == entry->instance &&
        instance_equal(is, &staged.instance->is)) {
        renew_unchanged(registry, entry, who, now, done, context);
        return ROLLCALL_OK;
    }
    if (entry == NULL)
        entry = catalogue_entry_add(&registry->catalogue, is->id);
    if (entry == NULL) {
        reason_set(why, "out of memory while registering \"%.255s\"", is->id);
        return ROLLCALL_E_NOMEM;
    }
    entry->node_down = registry->node_since != 0;
    status = stage(registry, entry, request, &staged, who, wall, done, context, why);
    if (status != ROLLCALL_OK)
        registry_settle_entry(registry, entry);
    return status;
}

void register_undo(struct operation *operation)
{
    struct registry *registry = operation->registry;
    struct service *service = operation->service;

    if (service == NULL)
        return;
    labels_drop(&registry->labels, service, operation->change->instance->is.datacenter,
                operation->change->label);
    service->announced--;
    registry_settle_service(registry, service);
    operation->service = NULL;
}

enum rollcall_status registry_deregister(struct registry *registry, const char *id,
                                         const struct requester *who, int64_t now,
                                         int64_t wall, registry_done done, void *context,
                                         struct reason *why)
{
    registry_set_time(registry, now, wall);
    struct entry *entry = catalogue_entry(&registry->catalogue, id);
    struct staged staged = { .instance = NULL };

    if (entry != NULL)
        staged = operation_staged(registry, entry);
    if (staged.instance == NULL)
        return registry_not_found(id, why);
    enum rollcall_status status =
        registry_authorize(registry, id, staged.owner, who, why);
    if (status != ROLLCALL_OK)
        return status;
    struct operation *operation =
        operation_create(registry, entry, CHANGE_REMOVE, done, context);
    if (operation == NULL) {
        reason_set(why, "out of memory while removing \"%.255s\"", id);
        return ROLLCALL_E_NOMEM;
    }
    operation->change->instance = instance_ref(staged.instance);
    operation->change->id = operation->change->instance->is.id;
    operation->change->revision = ++registry->revision;
    operation->change->said =
        transition_asked(registry, entry, TRANSITION_REMOVE, "request");
    operation_submit(operation);
    return ROLLCALL_OK;
}
