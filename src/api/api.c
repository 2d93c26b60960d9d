#include "api/api.h"

#include <stdlib.h>

#include "api/internal.h"
#include "api/routes.h"
#include "api/streams.h"

#define ROW(member, ...) COUNTER(struct api_counts, member, __VA_ARGS__)

static const struct counter_row count_rows[] = {
    ROW(requests, "Requests over HTTP that became requests of the registration socket."),
    ROW(errors, "Those of them answered with an error."),
    ROW(streams, "Streams of events open now.", IS_GAUGE),
    ROW(events, "Events written to streams."),
    ROW(resyncs, "Times a stream was told to start over."),
    COUNTER_END,
};
#undef ROW

const struct counter_group api_counter_group = { .area = "api", .rows = count_rows };

enum rollcall_status api_create(uv_loop_t *loop, const struct api_settings *settings,
                                struct api **out, struct reason *why)
{
    struct api *api = calloc(1, sizeof *api);

    if (api == NULL)
        goto fail;
    api->loop = loop;
    api->settings = *settings;
    api->blocks[0] = &api->counts;
    api->group = api_counter_group;
    api->group.blocks = api->blocks;
    api->group.block_count = 1;
    api->routes = api_routes_collect();
    api->streams = streams_create(api);
    if (api->routes == NULL || api->streams == NULL)
        goto fail;
    *out = api;
    return ROLLCALL_OK;

fail:
    reason_set(why, "cannot make the HTTP API: out of memory");
    api_destroy(api);
    return ROLLCALL_E_NOMEM;
}

void api_attach(struct api *api, struct http *http)
{
    const struct http_table table = { .routes = api->routes, .owner = api };

    api->http = http;
    http_add(http, &table);
}

void api_stop(struct api *api)
{
    if (api != NULL)
        streams_stop_beats(api->streams);
}

void api_destroy(struct api *api)
{
    if (api == NULL)
        return;
    streams_destroy(api->streams);
    free(api->routes);
    free(api);
}

const struct counter_group *api_counters(const struct api *api)
{
    return &api->group;
}
