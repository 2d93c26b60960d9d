#include "daemon/edge.h"

enum rollcall_status edge_open(uv_loop_t *loop, const struct config *config,
                               const struct tokens *tokens, struct edge *out,
                               struct reason *why)
{
    return http_create(loop, config, tokens, &out->http, why);
}

enum rollcall_status edge_build(uv_loop_t *loop, struct registry *registry,
                                const struct consul_settings *consul,
                                const struct api_settings *api, struct edge *edge,
                                struct reason *why)
{
    enum rollcall_status status =
        consul_create(loop, registry, consul, &edge->consul, why);

    if (status == ROLLCALL_OK)
        http_add(edge->http, consul_table(edge->consul));
    if (status == ROLLCALL_OK)
        status = api_create(loop, api, &edge->api, why);
    if (status == ROLLCALL_OK)
        api_attach(edge->api, edge->http);
    return status;
}

enum rollcall_status edge_load(struct edge *edge, struct reason *why)
{
    return consul_start(edge->consul, why);
}

enum rollcall_status edge_start(struct edge *edge, struct reason *why)
{
    return http_start(edge->http, why);
}

bool edge_listens(const void *edge, size_t index, char *out, size_t size)
{
    return http_listens(((const struct edge *)edge)->http, index, out, size);
}

const char *edge_off(const void *edge)
{
    return http_off(((const struct edge *)edge)->http);
}

void edge_stop(struct edge *edge)
{
    http_stop(edge->http);
    consul_stop(edge->consul);
    api_stop(edge->api);
}

void edge_destroy(struct edge *edge)
{
    http_destroy(edge->http);
    edge->http = NULL;
    consul_destroy(edge->consul);
    edge->consul = NULL;
    api_destroy(edge->api);
    edge->api = NULL;
}
