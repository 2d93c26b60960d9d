/* A registration or a removal at the store: how it gets there and what the next request
 * for the same id has to think of it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread_role.h"
#include "registry/internal.h"
#include "registry/states.h"

static void operation_done(struct change *change, const struct reason *why);

struct staged operation_staged(const struct registry *registry, const struct entry *entry)
{
    const struct operation *latest = entry->latest;

    if (latest != NULL && latest->change->revision > registry->doomed) {
        const struct change *change = latest->change;
        if (change->kind == CHANGE_REMOVE)
            return (struct staged){ .instance = NULL };
        return (struct staged){ .instance = change->instance,
                                .label = change->label,
                                .revision = change->revision,
                                .created = change->created,
                                .owner = change->owner };
    }
    if (!entry_is_committed(entry))
        return (struct staged){ .instance = NULL };
    return (struct staged){ .instance = entry->instance,
                            .label = entry->label,
                            .revision = entry->revision,
                            .created = entry->created,
                            .owner = entry->owner };
}

bool operation_may_register(const struct registry *registry, const struct entry *entry)
{
    const struct operation *latest = entry->latest;
    return latest != NULL && latest->change->revision > registry->doomed &&
           latest->change->kind == CHANGE_PUT;
}

bool operation_holds_label(const void *context, const char *label)
{
    const struct label_asker *asker = context;
    const struct entry *entry = asker->entry;
    const struct operation *latest = entry->latest;

    if (entry_is_committed(entry) && entry->service == asker->service &&
        strcmp(entry->label, label) == 0)
        return true;
    for (const struct operation *at = latest; at != NULL;) {
        if (at->service == asker->service && strcmp(at->change->label, label) == 0)
            return true;
        at = at->next == latest ? NULL : at->next;
    }
    return false;
}

struct operation *operation_create(struct registry *registry, struct entry *entry,
                                   enum change_kind kind, registry_done done,
                                   void *context)
{
    struct operation *operation = calloc(1, sizeof *operation);
    if (operation == NULL)
        return NULL;
    list_init(&operation->held);
    list_init(&operation->grouped);
    operation->registry = registry;
    operation->entry = entry;
    operation->done = done;
    operation->context = context;
    operation->change = change_create(kind);
    if (operation->change == NULL) {
        free(operation);
        return NULL;
    }
    operation->change->done = operation_done;
    operation->change->owner_of_done = registry;
    operation->change->context = operation;
    return operation;
}

void operation_destroy(struct operation *operation)
{
    if (operation == NULL)
        return;
    list_remove(&operation->held);
    if (operation->change != NULL && operation->change->instance != NULL)
        states_free(operation->checks, operation->change->instance->is.check_count);
    change_destroy(operation->change);
    free(operation->label);
    free(operation->warning);
    free(operation);
}

static void chain_append(struct entry *entry, struct operation *operation)
{
    if (entry->latest == NULL) {
        operation->next = operation;
    } else {
        operation->next = entry->latest->next;
        entry->latest->next = operation;
    }
    entry->latest = operation;
}

/* It is the oldest: the store finishes in the order of submission. */
static void chain_remove(struct entry *entry, struct operation *operation)
{
    assert(entry->latest != NULL && entry->latest->next == operation);
    if (entry->latest == operation)
        entry->latest = NULL;
    else
        entry->latest->next = operation->next;
}

void operation_submit(struct operation *operation)
{
    struct registry *registry = operation->registry;
    struct entry *entry = operation->entry;

    chain_append(entry, operation);
    entry->pending++;
    registry->creating += operation->created;
    if (registry->grouping) {
        list_append(&registry->grouped, &operation->grouped);
        return;
    }
    debts_ride_along(registry);
    registry->store->submit(registry->store, operation->change);
}

static void chain_take_back(struct entry *entry, struct operation *operation)
{
    struct operation *before = operation;

    assert(entry->latest == operation);
    while (before->next != operation)
        before = before->next;
    before->next = operation->next;
    entry->latest = before == operation ? NULL : before;
}

void operation_take_back(struct operation *operation, enum rollcall_status status,
                         const struct reason *why)
{
    struct registry *registry = operation->registry;
    struct entry *entry = operation->entry;
    const struct registry_reply reply = { .id = operation->change->id,
                                          .warning = "",
                                          .safe_in = -1 };

    chain_take_back(entry, operation);
    entry->pending--;
    registry->creating -= operation->created;
    transition_taken_back(registry, operation->change);
    register_undo(operation);
    debts_settle(registry, entry); /* the entry may be gone now */
    operation->done(operation->context, status, &reply, why);
    operation_destroy(operation);
}

static uint64_t operation_take_effect(struct operation *operation)
{
    debts_taken(operation->registry);
    operation->entry->debts &= (uint8_t)~DEBT_REMOVAL;
    return operation->change->kind == CHANGE_PUT ? commit_registration(operation)
                                                 : commit_removal(operation);
}

static void operation_done(struct change *change, const struct reason *why)
{
    thread_role_assert(ROLE_CONTROL);
    struct operation *operation = change->context;
    struct registry *registry = operation->registry;
    struct entry *entry = operation->entry;
    enum rollcall_status status = change->status;

    chain_remove(entry, operation);
    entry->pending--;
    registry->creating -= operation->created;
    transition_finished(registry, change);
    struct registry_reply reply = { .id = change->instance->is.id,
                                    .created = operation->created,
                                    .safe_in = -1,
                                    .warning = operation->warning == NULL
                                                   ? ""
                                                   : operation->warning };
    if (status == ROLLCALL_OK) {
        reply.revision = operation_take_effect(operation);
    } else {
        register_undo(operation);
        debts_refused(registry, change, why);
    }
    debts_settle(registry, entry); /* the entry may be gone now */
    /* Last: the requester may come back with its next request from inside. */
    operation->done(operation->context, status, &reply, why);
    operation_destroy(operation);
}
