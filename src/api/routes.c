#include "api/routes.h"

#include <stdlib.h>

static const struct chapter {
    const char *title; /* in the reference */
    const struct route *rows;
} tables[] = {
    { "The registration socket", api_own_routes },
    { "Events", api_events_routes },
    { "Targets for Prometheus", api_targets_routes },
    { "Monitoring", api_system_routes },
    { "Health of the daemon", api_ready_routes },
    { "Metrics", api_metrics_routes },
    { "The page", api_page_routes },
    { "Who asks", api_me_routes },
    { "This document", api_document_routes },
    { NULL, NULL },
};

const struct route *api_routes_table(size_t index, const char **title)
{
    if (index >= sizeof tables / sizeof tables[0])
        return NULL;
    *title = tables[index].title;
    return tables[index].rows;
}

struct route *api_routes_collect(void)
{
    size_t count = 0;
    size_t used = 0;

    for (size_t i = 0; tables[i].rows != NULL; i++)
        for (const struct route *row = tables[i].rows; row->path != NULL; row++)
            count++;
    struct route *all = calloc(count + 1, sizeof *all);
    if (all == NULL)
        return NULL;
    for (size_t i = 0; tables[i].rows != NULL; i++)
        for (const struct route *row = tables[i].rows; row->path != NULL; row++)
            all[used++] = *row;
    return all;
}
