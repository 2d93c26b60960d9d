#include "registry/catalogue.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/labels.h"
#include "registry/states.h"

enum { KEY_MAX = 1024 };

void catalogue_init(struct catalogue *catalogue)
{
    *catalogue = (struct catalogue){ .instances = 0 };
    table_init(&catalogue->by_id);
    table_init(&catalogue->by_key);
}

static void entry_free(struct entry *entry)
{
    if (entry->standing != NULL)
        heap_node_init(&entry->standing->due); /* its heap is gone, or let go of it */
    standing_destroy(entry);
    states_destroy(entry);
    label_clear(entry);
    instance_unref(entry->instance);
    free(entry);
}

static void service_free(struct service *service)
{
    free(service->entries);
    free(service);
}

void catalogue_deinit(struct catalogue *catalogue)
{
    struct entry *entry;
    struct service *service;

    for (size_t at = 0; (entry = table_next(&catalogue->by_id, &at)) != NULL;)
        entry_free(entry);
    for (size_t at = 0; (service = table_next(&catalogue->by_key, &at)) != NULL;)
        service_free(service);
    table_deinit(&catalogue->by_id);
    table_deinit(&catalogue->by_key);
}

struct entry *catalogue_entry(const struct catalogue *catalogue, const char *id)
{
    return table_get(&catalogue->by_id, id, strlen(id));
}

struct entry *catalogue_entry_add(struct catalogue *catalogue, const char *id)
{
    size_t length = strlen(id), size = offsetof(struct entry, id) + length + 1;
    /* A short id fits into the padding at the end of the struct. */
    struct entry *entry = calloc(1, size > sizeof *entry ? size : sizeof *entry);
    if (entry == NULL)
        return NULL;
    memcpy(entry->id, id, length + 1);
    list_init(&entry->held);
    heap_node_init(&entry->lease);
    if (table_set(&catalogue->by_id, entry->id, length, entry) != ROLLCALL_OK) {
        free(entry);
        return NULL;
    }
    return entry;
}

void catalogue_entry_drop(struct catalogue *catalogue, struct entry *entry)
{
    table_remove(&catalogue->by_id, entry->id, strlen(entry->id));
    entry_free(entry);
}

bool service_is_visible(const struct service *service)
{
    return service->count > 0 || service->declared;
}

static struct service *find_service(const struct catalogue *catalogue,
                                    const char *namespace_name, const char *name)
{
    char key[KEY_MAX];
    int length = snprintf(key, sizeof key, "%s/%s", namespace_name, name);
    if (length >= (int)sizeof key)
        return NULL;
    return table_get(&catalogue->by_key, key, (size_t)length);
}

struct service *catalogue_service(const struct catalogue *catalogue,
                                  const char *namespace_name, const char *name)
{
    struct service *service = find_service(catalogue, namespace_name, name);
    return service != NULL && service_is_visible(service) ? service : NULL;
}

static struct service *service_create(const char *namespace_name, const char *name)
{
    size_t space = strlen(namespace_name), length = strlen(name);
    if (space + 1 + length >= KEY_MAX)
        return NULL;
    struct service *service = calloc(1, sizeof *service + 2 * space + length + 3);
    if (service == NULL)
        return NULL;
    service->key = service->text;
    service->name = service->key + space + 1;
    service->namespace_name = service->name + length + 1;
    memcpy(service->key, namespace_name, space);
    service->key[space] = '/';
    memcpy(service->name, name, length + 1);
    memcpy(service->namespace_name, namespace_name, space + 1);
    list_init(&service->changed);
    return service;
}

/* Room for all that are in and all that are announced, and `more`. Small services stay
 * small: three places first, as most services have three instances or fewer. */
static bool service_reserve(struct service *service, uint32_t more)
{
    uint32_t needed = service->count + service->announced + more;
    if (needed <= service->capacity)
        return true;
    uint32_t capacity = service->capacity < 3 ? 3 : service->capacity * 2;
    if (capacity < needed)
        capacity = needed;
    struct entry **entries = realloc(service->entries, capacity * sizeof *entries);
    if (entries == NULL)
        return false;
    service->entries = entries;
    service->capacity = capacity;
    return true;
}

struct service *catalogue_service_for(struct catalogue *catalogue,
                                      const char *namespace_name, const char *name,
                                      uint32_t more)
{
    struct service *service = find_service(catalogue, namespace_name, name);
    if (service != NULL)
        return service_reserve(service, more) ? service : NULL;

    service = service_create(namespace_name, name);
    if (service == NULL)
        return NULL;
    if (!service_reserve(service, more) ||
        table_set(&catalogue->by_key, service->key, strlen(service->key), service) !=
            ROLLCALL_OK) {
        service_free(service);
        return NULL;
    }
    return service;
}

void catalogue_service_drop(struct catalogue *catalogue, struct service *service)
{
    assert(service->count == 0 && service->announced == 0);
    table_remove(&catalogue->by_key, service->key, strlen(service->key));
    service_free(service);
}

/* Where `id` is or belongs. The end is tried first: ids often come in order. */
static uint32_t place_of(const struct service *service, const char *id)
{
    uint32_t low = 0, high = service->count;

    if (high > 0 && strcmp(service->entries[high - 1]->id, id) < 0)
        return high;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (strcmp(service->entries[middle]->id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void catalogue_put(struct catalogue *catalogue, struct service *service,
                   struct entry *entry)
{
    assert(service->count < service->capacity);
    uint32_t at = place_of(service, entry->id);
    memmove(service->entries + at + 1, service->entries + at,
            (service->count - at) * sizeof *service->entries);
    service->entries[at] = entry;
    catalogue->services += !service_is_visible(service);
    catalogue->instances++;
    service->count++;
    entry->service = service;
}

void catalogue_take(struct catalogue *catalogue, struct entry *entry)
{
    struct service *service = entry->service;
    uint32_t at = place_of(service, entry->id);

    assert(at < service->count && service->entries[at] == entry);
    service->count--;
    memmove(service->entries + at, service->entries + at + 1,
            (service->count - at) * sizeof *service->entries);
    catalogue->instances--;
    catalogue->services -= !service_is_visible(service);
}

void catalogue_append(struct catalogue *catalogue, struct service *service,
                      struct entry *entry)
{
    assert(service->count < service->capacity);
    catalogue->services += !service_is_visible(service);
    catalogue->instances++;
    service->entries[service->count++] = entry;
    entry->service = service;
}

static int by_id(const void *a, const void *b)
{
    const struct entry *const *x = a, *const *y = b;
    return strcmp((*x)->id, (*y)->id);
}

static bool is_sorted(const struct service *service)
{
    for (uint32_t i = 1; i < service->count; i++) {
        if (strcmp(service->entries[i - 1]->id, service->entries[i]->id) > 0)
            return false;
    }
    return true;
}

void catalogue_sort(struct catalogue *catalogue)
{
    struct service *service;

    for (size_t at = 0; (service = table_next(&catalogue->by_key, &at)) != NULL;) {
        if (!is_sorted(service))
            qsort(service->entries, service->count, sizeof *service->entries, by_id);
    }
}
