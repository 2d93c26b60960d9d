/* tests/support/town.h - services made by hand for tests of the answer room: a catalogue
 * without registry, whose events go straight to the publisher.
 * Threads: the test's own.
 */
#ifndef SUPPORT_TOWN_H
#define SUPPORT_TOWN_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "answer/reader.h"
#include "answer/state.h"
#include "registry/catalogue.h"

struct town {
    struct config config;
    struct config_zone zone[3];
    struct answer *answer;
    struct service **services; /* owned */
    size_t service_count;
};

static inline void town_zone(struct town *town, const char *apex)
{
    static char *ns[] = { (char *)"ns" };
    static struct rollcall_address address = { 4, { 10, 0, 0, 53 } };
    struct config_zone *zone = &town->zone[town->config.zone_count++];

    *zone = (struct config_zone){ .apex = (char *)(uintptr_t)apex,
                                  .namespace_name = (char *)"default",
                                  .order = CONFIG_ORDER_FIXED,
                                  .warning_weight = 1000,
                                  .ttl = 5,
                                  .instance_ttl = 30,
                                  .ns_ttl = 3600,
                                  .negative_ttl = 5,
                                  .ns = ns,
                                  .ns_count = 1,
                                  .ns_addresses = &address,
                                  .ns_address_count = 1,
                                  .hostmaster = (char *)"hostmaster",
                                  .refresh = 3600,
                                  .retry = 600,
                                  .expire = 86400 };
    town->config.zones = town->zone;
}

/* After the zones are set. */
static inline enum rollcall_status town_open(struct town *town, struct reason *why)
{
    return answer_create(&town->config, &town->answer, why);
}

static inline struct service *town_service(struct town *town, const char *name)
{
    for (size_t i = 0; i < town->service_count; i++)
        if (strcmp(town->services[i]->name, name) == 0)
            return town->services[i];
    struct service *service = calloc(1, sizeof *service);
    service->name = strdup(name);
    service->namespace_name = strdup("default");
    service->key = strdup(name);
    list_init(&service->changed);
    if ((town->service_count & (town->service_count - 1)) == 0)
        town->services = realloc(town->services,
                                 (town->service_count * 2 + 1) * sizeof *town->services);
    town->services[town->service_count++] = service;
    return service;
}

static inline struct entry *town_find(const struct service *service, const char *id)
{
    for (uint32_t i = 0; i < service->count; i++)
        if (strcmp(service->entries[i]->id, id) == 0)
            return service->entries[i];
    return NULL;
}

static inline void town_tell(struct town *town, enum event_kind kind,
                             struct service *service, struct entry *entry,
                             const struct instance *before)
{
    struct event event = { .kind = kind,
                           .service = service,
                           .entry = entry,
                           .before = before,
                           .check = -1,
                           .cause = "test" };

    publisher_on_event(town->answer, &event);
}

/* Add, or change the definition of the same id. Its label is its id. */
static inline struct entry *town_put(struct town *town,
                                     const struct rollcall_instance *is,
                                     enum rollcall_health health)
{
    struct service *service = town_service(town, is->service);
    struct entry *entry = town_find(service, is->id);

    if (entry != NULL) {
        struct instance *before = entry->instance;
        entry->instance = instance_copy(is);
        entry->health = health;
        town_tell(town, EVENT_CHANGED, service, entry, before);
        instance_unref(before);
        return entry;
    }
    entry = calloc(1, sizeof *entry + strlen(is->id) + 1);
    strcpy(entry->id, is->id);
    entry->label = entry->id;
    entry->service = service;
    entry->instance = instance_copy(is);
    entry->health = health;
    service->entries =
        realloc(service->entries, (service->count + 1) * sizeof *service->entries);
    uint32_t at = service->count++;
    for (; at > 0 && strcmp(service->entries[at - 1]->id, entry->id) > 0; at--)
        service->entries[at] = service->entries[at - 1];
    service->entries[at] = entry;
    town_tell(town, EVENT_ADDED, service, entry, NULL);
    return entry;
}

static inline void town_health(struct town *town, const char *service, const char *id,
                               enum rollcall_health health)
{
    struct service *of = town_service(town, service);
    struct entry *entry = town_find(of, id);

    entry->health = health;
    town_tell(town, EVENT_HEALTH, of, entry, NULL);
}

static inline void town_remove(struct town *town, const char *service, const char *id)
{
    struct service *of = town_service(town, service);
    struct entry *entry = town_find(of, id);
    uint32_t at = 0;

    while (of->entries[at] != entry)
        at++;
    for (of->count--; at < of->count; at++)
        of->entries[at] = of->entries[at + 1];
    town_tell(town, EVENT_REMOVED, of, entry, NULL);
    instance_unref(entry->instance);
    free(entry);
}

static inline void town_declare(struct town *town, const char *service)
{
    struct service *of = town_service(town, service);

    of->declared = true;
    publisher_mark(town->answer, of);
}

static inline void town_close(struct town *town)
{
    for (size_t i = 0; i < town->service_count; i++) {
        struct service *service = town->services[i];
        for (uint32_t k = 0; k < service->count; k++) {
            instance_unref(service->entries[k]->instance);
            free(service->entries[k]);
        }
        free(service->entries);
        free(service->name);
        free(service->namespace_name);
        free(service->key);
        list_remove(&service->changed);
        free(service);
    }
    free(town->services);
    answer_destroy(town->answer);
    answer_reader_barrier();
    memset(town, 0, sizeof *town);
}

/* For the fixture of a test: a town with the zone z., then open, at last away. */
static inline struct town *town_create(void)
{
    struct town *town = calloc(1, sizeof *town);

    if (town != NULL)
        town_zone(town, "z.");
    return town;
}

static inline int town_start(struct town *town, void **state)
{
    struct reason why = REASON_NONE;

    *state = town;
    if (town == NULL || town_open(town, &why) != ROLLCALL_OK)
        return -1;
    answer_flush(town->answer);
    return 0;
}

static inline int town_teardown(void **state)
{
    town_close(*state);
    free(*state);
    return 0;
}

#endif
