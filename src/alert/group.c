#include "alert/group.h"

#include <stdlib.h>
#include <string.h>

void group_init(struct group *group)
{
    *group = (struct group){ .due = INT64_MAX };
    table_init(&group->places);
}

void group_deinit(struct group *group)
{
    for (uint32_t i = 0; i < group->count; i++)
        fact_unref(group->facts[i]);
    free(group->facts);
    table_deinit(&group->places);
}

static bool reserve(struct group *group)
{
    if (group->count < group->capacity)
        return true;
    uint32_t capacity = group->capacity == 0 ? 16 : group->capacity * 2;
    struct fact **facts = realloc(group->facts, capacity * sizeof *facts);
    if (facts == NULL)
        return false;
    group->facts = facts;
    group->capacity = capacity;
    return true;
}

static bool set_place(struct group *group, const struct fact *fact, uintptr_t place)
{
    return table_set(&group->places, fact->key, strlen(fact->key), (void *)place) ==
           ROLLCALL_OK;
}

enum group_added group_add(struct group *group, struct fact *fact, int64_t now,
                           int64_t wait)
{
    uintptr_t place = (uintptr_t)table_get(&group->places, fact->key, strlen(fact->key));

    if (place > 0) {
        struct fact *before = group->facts[place - 1];
        group->facts[place - 1] = fact_ref(fact);
        set_place(group, fact, place); /* cannot fail: the key is there, it moves */
        fact_unref(before);
        return GROUP_SAME;
    }
    if (!reserve(group) || !set_place(group, fact, group->count + 1u))
        return GROUP_NO_MEMORY;
    group->facts[group->count++] = fact_ref(fact);
    if (group->due == INT64_MAX)
        group->due = now + wait;
    return GROUP_NEW;
}

struct fact **group_take(struct group *group, uint32_t *count)
{
    struct fact **facts = group->facts;

    *count = group->count;
    table_deinit(&group->places);
    group->facts = NULL;
    group_init(group);
    return facts;
}
