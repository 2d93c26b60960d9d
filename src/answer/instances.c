/* The names of single instances: a reference to the instance instead of a compiled set,
 * answered while it is registered, whatever its health (docs/dns.md §1.5). */
#include <stdlib.h>

#include "answer/names.h"
#include "answer/state.h"

/* A reference that a reader may still be using. */
struct retired_instance {
    struct rcu_head retired;
    struct instance *instance;
};

static void instance_reclaim(struct rcu_head *head)
{
    struct retired_instance *old =
        caa_container_of(head, struct retired_instance, retired);

    answer_reclaimed();
    instance_unref(old->instance);
    free(old);
}

/* Put `content` in the place of what the name holds; an instance that was there is let go
 * after the grace period. */
static enum rollcall_status replace(const struct answer_index *index,
                                    struct answer_name *name, answer_content content)
{
    struct instance *before = answer_content_instance(answer_name_content(name));
    struct retired_instance *old = NULL;

    if (before != NULL) {
        old = malloc(sizeof *old);
        if (old == NULL)
            return ROLLCALL_E_NOMEM;
        old->instance = before;
    }
    answer_index_touch(index, name);
    atomic_store_explicit(&name->content, content, memory_order_release);
    answer_index_touch(index, name);
    if (old != NULL)
        answer_retire(&old->retired, instance_reclaim);
    return ROLLCALL_OK;
}

/* The name was a tag's until now: its unit must not think that it still is. */
static void take_from_units(const struct service *service, struct answer_name *name)
{
    const struct answer_mark *mark = service->answer_mark;

    for (struct answer_unit *unit = mark == NULL ? NULL : mark->units; unit != NULL;
         unit = unit->next)
        compile_forget(unit, name);
}

enum rollcall_status instances_publish(struct answer *answer, struct answer_zone *zone,
                                       const struct service *service,
                                       const struct entry *entry, bool *changed)
{
    struct names_service base;
    struct dns_name wire;

    *changed = false;
    if (entry->label == NULL ||
        !names_service(zone, service->namespace_name, service->name, &base) ||
        !names_instance(&base, names_datacenter(zone, &entry->instance->is), entry->label,
                        &wire))
        return ROLLCALL_OK;
    struct answer_name *name = answer_index_add(&answer->index, &wire, zone);
    if (name == NULL)
        return ROLLCALL_E_NOMEM;
    answer_content before = answer_name_content(name);
    struct instance *there = answer_content_instance(before);
    struct instance *instance = flatten_instance(answer, zone, entry);
    if (instance == NULL)
        return ROLLCALL_E_NOMEM;
    if (name->from_file || there == instance ||
        (there != NULL && instance != entry->instance &&
         instance_equal(&there->is, &instance->is))) {
        instance_unref(instance);
        return ROLLCALL_OK;
    }
    if (answer_content_set(before) != NULL)
        take_from_units(service, name);
    enum rollcall_status status =
        replace(&answer->index, name, (answer_content)instance | 1);
    if (status == ROLLCALL_OK)
        *changed = true;
    else
        instance_unref(instance);
    return status;
}

bool instances_withdraw(struct answer *answer, struct answer_zone *zone,
                        const char *namespace_name, const char *service,
                        const char *datacenter, const char *label)
{
    struct names_service base;
    struct dns_name wire;

    if (label == NULL || !names_service(zone, namespace_name, service, &base) ||
        !names_instance(&base, datacenter, label, &wire))
        return false;
    struct answer_name *name = answer_index_find(&answer->index, &wire);
    if (name == NULL || answer_content_instance(answer_name_content(name)) == NULL)
        return false;
    /* A name that goes away altogether takes its instance along; no memory is needed. */
    if (name->below == 0) {
        answer_index_withdraw(&answer->index, name);
        return true;
    }
    return replace(&answer->index, name, 0) == ROLLCALL_OK;
}
