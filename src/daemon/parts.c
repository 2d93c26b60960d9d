#include "daemon/parts.h"

#include <string.h>

/* The store counts whether it can save; a store in memory cannot fail. */
static bool is_failing(const struct store *store)
{
    const struct counter_row *row = store->counters.rows;

    for (; row != NULL && row->name != NULL; row++)
        if (strcmp(row->name, "failing") == 0)
            return counter_sum(&store->counters, row) > 0;
    return false;
}

bool parts_show(void *owner, size_t index, struct api_part *out)
{
    const struct parts *parts = owner;

    switch (index) {
    case 0:
        *out =
            (struct api_part){ "registry", parts->loaded ? NULL : "is not loaded yet" };
        return true;
    case 1:
        *out = (struct api_part){
            "store", is_failing(parts->store)
                         ? "the last change could not be saved (the log says why); the "
                           "disk is tried again each second"
                         : NULL
        };
        return true;
    case 2:
        *out = (struct api_part){ "dns", parts->serving ? NULL : "does not answer yet" };
        return true;
    default:
        return false;
    }
}
