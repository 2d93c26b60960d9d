/* May a registration have the names it asks for? Static records stand first. */
#include <string.h>

#include "answer/names.h"
#include "answer/state.h"

/* The first clash that was found. */
struct clash {
    const struct answer_zone *zone;
    const struct answer_name *name;
};

static void look(struct clash *clash, const struct dns_name *wire)
{
    const struct answer_name *name = answer_index_find(clash->zone->index, wire);

    if (clash->name == NULL && name != NULL && name->from_file)
        clash->name = name;
}

static void on_name(void *owner, const struct dns_name *name, const struct names_use *use)
{
    (void)use;
    look(owner, name);
}

/* Does any name of this instance have static data in `zone`? */
static struct clash find_clash(const struct answer_zone *zone,
                               const struct rollcall_instance *is, const char *label,
                               unsigned *too_long)
{
    struct clash clash = { zone, NULL };
    struct names_service base;
    struct dns_name own;

    *too_long = 0;
    if (!names_service(zone, is->namespace_name, is->service, &base))
        return clash;
    *too_long = names_of(&base, is, on_name, &clash);
    if (label == NULL || label[0] == '\0')
        return clash;
    if (names_instance(&base, label, &own))
        look(&clash, &own);
    else
        ++*too_long;
    return clash;
}

static void describe(const struct clash *clash, char *name, size_t name_size, char *place,
                     size_t place_size)
{
    const struct config_zone *config = clash->zone->config;

    dns_name_print(clash->name->wire, clash->name->length, name, name_size);
    if (config->file != NULL && clash->name->line > 0)
        snprintf(place, place_size, "%s:%u", config->file, clash->name->line);
    else
        snprintf(place, place_size, "the configuration of zone %s", config->apex);
}

static bool in_namespace(const struct answer_zone *zone,
                         const struct rollcall_instance *is)
{
    return strcmp(zone->config->namespace_name, is->namespace_name) == 0;
}

static void warn(const struct answer_zone *zone, const struct rollcall_instance *is,
                 unsigned too_long, struct reason *warning)
{
    if (names_reserved(zone, is->service))
        reason_field(
            warning, "service",
            "\"%s\" is a reserved word in the zone %s: the service is registered "
            "and listed, but has no name there",
            is->service, zone->config->apex);
    else if (too_long > 0)
        reason_set(warning,
                   "%u names of this instance would be longer than 255 octets in the "
                   "zone %s and are left out there",
                   too_long, zone->config->apex);
}

enum rollcall_status answer_admit(void *owner, const struct rollcall_instance *instance,
                                  const char *label, struct reason *warning,
                                  struct reason *why)
{
    const struct answer *answer = owner;

    for (size_t i = 0; i < answer->index.zone_count; i++) {
        const struct answer_zone *zone = answer->index.zones[i];
        unsigned too_long;
        if (!in_namespace(zone, instance))
            continue;
        struct clash clash = find_clash(zone, instance, label, &too_long);
        if (clash.name != NULL) {
            char name[DNS_NAME_TEXT], place[256];
            describe(&clash, name, sizeof name, place, sizeof place);
            reason_field(why, "service",
                         "%.255s has static records (%s); choose another name, or take "
                         "them out of there",
                         name, place);
            return ROLLCALL_E_CONFLICT;
        }
        warn(zone, instance, too_long, warning);
    }
    return ROLLCALL_OK;
}

static enum rollcall_status check_entry(const struct answer *answer,
                                        const struct entry *entry, struct reason *why)
{
    const struct rollcall_instance *is = &entry->instance->is;

    for (size_t i = 0; i < answer->index.zone_count; i++) {
        const struct answer_zone *zone = answer->index.zones[i];
        unsigned too_long;
        struct clash clash = find_clash(zone, is, entry->label, &too_long);
        if (clash.name == NULL)
            continue;
        char name[DNS_NAME_TEXT], place[256];
        describe(&clash, name, sizeof name, place, sizeof place);
        reason_set(why,
                   "%.150s has static records (%s) and is a name of the registered "
                   "instance %.100s of service %s; remove one of the two",
                   name, place, is->id, is->service);
        return ROLLCALL_E_CONFLICT;
    }
    return ROLLCALL_OK;
}

static enum rollcall_status check_service(const struct answer *answer,
                                          const struct service *service,
                                          struct reason *why)
{
    for (size_t i = 0; i < answer->index.zone_count; i++) {
        struct clash clash = { answer->index.zones[i], NULL };
        struct names_service base;
        if (!names_service(clash.zone, service->namespace_name, service->name, &base))
            continue;
        look(&clash, &base.name);
        if (clash.name == NULL)
            continue;
        char name[DNS_NAME_TEXT], place[256];
        describe(&clash, name, sizeof name, place, sizeof place);
        reason_set(why,
                   "%.255s has static records (%s) and is the name of the service %s; "
                   "remove one of the two",
                   name, place, service->name);
        return ROLLCALL_E_CONFLICT;
    }
    return ROLLCALL_OK;
}

enum rollcall_status answer_check(const struct answer *answer, struct reason *why)
{
    const struct service *service;
    enum rollcall_status status = ROLLCALL_OK;
    size_t at = 0;

    while (status == ROLLCALL_OK &&
           (service = registry_next_service(answer->registry, &at)) != NULL) {
        for (uint32_t i = 0; i < service->count && status == ROLLCALL_OK; i++)
            status = check_entry(answer, service->entries[i], why);
        if (status == ROLLCALL_OK)
            status = check_service(answer, service, why);
    }
    return status;
}
