#include "registry/group.h"

#include <assert.h>

#include "registry/internal.h"

void registry_group_begin(struct registry *registry)
{
    assert(!registry->grouping);
    list_init(&registry->grouped);
    registry->grouping = true;
}

void registry_group_submit(struct registry *registry, struct change *also)
{
    struct store *store = registry->store;
    bool joined = false;

    assert(registry->grouping);
    registry->grouping = false;
    if (!list_empty(&registry->grouped))
        debts_ride_along(registry); /* before them: nothing may come between */
    list_for_each_safe (at, keep, &registry->grouped) {
        struct operation *operation = list_entry(at, struct operation, grouped);
        list_remove(at);
        operation->change->joined = joined;
        joined = true;
        store->submit(store, operation->change);
    }
    if (also == NULL)
        return;
    also->joined = joined;
    store->submit(store, also);
}

/* The last one first, so that each is the latest of its id when it goes. */
void registry_group_abort(struct registry *registry, enum rollcall_status status,
                          const struct reason *why)
{
    assert(registry->grouping);
    registry->grouping = false;
    while (!list_empty(&registry->grouped)) {
        struct list *last = registry->grouped.prev;
        list_remove(last);
        operation_take_back(list_entry(last, struct operation, grouped), status, why);
    }
}
