#include "daemon/edge.h"

enum rollcall_status edge_open(uv_loop_t *loop, const struct config *config,
                              struct edge *out, struct reason *why)
{
    return http_create(loop, config, &out->http, why);
}

enum rollcall_status edge_start(struct edge *edge, struct reason *why)
{
    return http_start(edge->http, why);
}

void edge_stop(struct edge *edge)
{
    http_stop(edge->http);
}

void edge_destroy(struct edge *edge)
{
    http_destroy(edge->http);
    edge->http = NULL;
}
