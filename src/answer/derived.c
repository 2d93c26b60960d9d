#include "answer/derived.h"

#include "answer/addresses.h"
#include "answer/layout.h"

/* Empty names above derived ones stand in the index while any instance needs them. */
static bool hold(struct answer_index *index, struct answer_zone *zone,
                 const struct dns_name *wire)
{
    struct answer_name *name = answer_index_add(index, wire, zone);

    if (name == NULL)
        return false;
    name->below++;
    return true;
}

static void let_go(struct answer_index *index, const struct dns_name *wire)
{
    struct answer_name *name = answer_index_find(index, wire);

    if (name == NULL)
        return;
    name->below--;
    answer_index_release(index, name);
}

static bool has_derived(const struct answer_zone *zone,
                        const struct rollcall_instance *is)
{
    return layout_of(zone)->above != NULL && names_hold(zone, is->namespace_name);
}

/* Lets go of the first `zones` zones'; of the next one's, the first `number`. */
static void let_all_go(struct answer_index *index, const struct rollcall_instance *is,
                       size_t zones, unsigned number)
{
    struct dns_name name;

    for (size_t i = 0; i <= zones && i < index->zone_count; i++) {
        const struct answer_zone *zone = index->zones[i];
        if (!has_derived(zone, is))
            continue;
        for (unsigned n = 0;
             (i < zones || n < number) && layout_of(zone)->above(zone, is, n, &name); n++)
            let_go(index, &name);
    }
}

static bool hold_all(struct answer_index *index, const struct rollcall_instance *is)
{
    struct dns_name name;

    for (size_t i = 0; i < index->zone_count; i++) {
        struct answer_zone *zone = index->zones[i];
        if (!has_derived(zone, is))
            continue;
        for (unsigned n = 0; layout_of(zone)->above(zone, is, n, &name); n++)
            if (!hold(index, zone, &name)) {
                let_all_go(index, is, i, n);
                return false;
            }
    }
    return true;
}

/* Has any zone of ours a name for it? */
static bool is_named(const struct answer_index *index, const struct rollcall_instance *is)
{
    for (size_t i = 0; i < index->zone_count; i++)
        if (has_derived(index->zones[i], is))
            return true;
    return false;
}

bool derived_add(struct answer_index *index, struct instance *instance, const char *label)
{
    if (!is_named(index, &instance->is))
        return true;
    if (!addresses_add(index, instance, label))
        return false;
    if (hold_all(index, &instance->is))
        return true;
    addresses_remove(index, instance);
    return false;
}

void derived_remove(struct answer_index *index, const struct instance *instance)
{
    if (addresses_remove(index, instance))
        let_all_go(index, &instance->is, index->zone_count, 0);
}

void derived_visit(const struct answer_zone *zone, const struct rollcall_instance *is,
                   void (*visit)(void *owner, const struct dns_name *name), void *owner)
{
    const struct layout *layout = layout_of(zone);
    struct names_service service;
    struct dns_name name;

    if (layout->derived == NULL || !has_derived(zone, is))
        return;
    if (!names_service(zone, is->namespace_name, is->service, &service))
        service = (struct names_service){ .zone = zone };
    for (unsigned i = 0; i < is->address_count; i++)
        for (unsigned n = 0; layout->derived(&service, is, &is->addresses[i], n, &name);
             n++)
            visit(owner, &name);
}
