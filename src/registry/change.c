#include "registry/change.h"

#include <stdlib.h>

struct change *change_create(enum change_kind kind)
{
    struct change *change = calloc(1, sizeof *change);
    if (change != NULL)
        change->kind = kind;
    return change;
}

void change_destroy(struct change *change)
{
    if (change == NULL)
        return;
    instance_unref(change->instance);
    free(change->health);
    free(change->standing);
    free(change->record);
    for (uint32_t i = 0; i < change->more_count; i++)
        free(change->more[i].bytes);
    free(change->more);
    transition_destroy(change->said);
    free(change);
}
