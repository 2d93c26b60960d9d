#include "health/watched.h"

#include <assert.h>
#include <stdlib.h>

void watched_init(struct watched_list *list)
{
    table_init(&list->table);
    list_init(&list->recent);
    list->asking = 0;
}

void watched_deinit(struct watched_list *list)
{
    assert(list->table.count == 0);
    table_deinit(&list->table);
}

struct watched *watched_find(const struct watched_list *list,
                             const struct service *service)
{
    return table_get(&list->table, &service, sizeof service);
}

static struct watched *create(struct watched_list *list, struct service *service)
{
    struct watched *watched = calloc(1, sizeof *watched);

    if (watched == NULL)
        return NULL;
    watched->service = service;
    list_init(&watched->recent);
    if (table_set(&list->table, &watched->service, sizeof watched->service, watched) !=
        ROLLCALL_OK) {
        free(watched);
        return NULL;
    }
    return watched;
}

struct watched *watched_join(struct watched_list *list, struct service *service,
                             bool asking)
{
    struct watched *watched = watched_find(list, service);

    if (watched == NULL)
        watched = create(list, service);
    if (watched == NULL)
        return NULL;
    watched->checks++;
    if (asking && watched->asking++ == 0)
        list->asking++;
    return watched;
}

void watched_leave(struct watched_list *list, struct watched *watched, bool asking)
{
    if (watched == NULL)
        return;
    if (asking && --watched->asking == 0)
        list->asking--;
    if (--watched->checks > 0)
        return;
    list_remove(&watched->recent);
    table_remove(&list->table, &watched->service, sizeof watched->service);
    free(watched->brake);
    free(watched);
}

void watched_failed(struct watched_list *list, struct watched *watched, int64_t now)
{
    watched->failed_at = now;
    list_remove(&watched->recent);
    list_append(&list->recent, &watched->recent);
}

uint32_t watched_together(const struct watched_list *list, int64_t since, uint32_t enough)
{
    uint32_t count = 0;

    for (const struct list *at = list->recent.prev; at != &list->recent; at = at->prev) {
        const struct watched *watched = list_entry(at, const struct watched, recent);
        if (watched->failed_at < since || count >= enough)
            break;
        count++;
    }
    return count;
}

struct brake *watched_brake(struct watched *watched)
{
    if (watched->brake == NULL)
        watched->brake = calloc(1, sizeof *watched->brake);
    return watched->brake;
}

void watched_tidy(struct watched_list *list, int64_t now)
{
    struct watched *watched;
    size_t at = 0;

    while ((watched = table_next(&list->table, &at)) != NULL)
        if (watched->brake != NULL && brake_is_idle(watched->brake, now)) {
            free(watched->brake);
            watched->brake = NULL;
        }
}
