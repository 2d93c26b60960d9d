#include "api/routes.h"

#include <stdlib.h>

static const struct route *const tables[] = {
    api_own_routes,    api_events_routes, api_targets_routes,
    api_system_routes, api_ready_routes,  api_metrics_routes,
    api_page_routes,   api_me_routes,     NULL,
};

const struct route *api_routes_table(size_t index)
{
    return index < sizeof tables / sizeof tables[0] ? tables[index] : NULL;
}

struct route *api_routes_collect(void)
{
    size_t count = 0;
    size_t used = 0;

    for (size_t i = 0; tables[i] != NULL; i++)
        for (const struct route *row = tables[i]; row->path != NULL; row++)
            count++;
    struct route *all = calloc(count + 1, sizeof *all);
    if (all == NULL)
        return NULL;
    for (size_t i = 0; tables[i] != NULL; i++)
        for (const struct route *row = tables[i]; row->path != NULL; row++)
            all[used++] = *row;
    return all;
}
