/* daemon/edge.h - everything over HTTP: the server and the rooms that hand it routes.
 * Threads  control.
 */
#ifndef DAEMON_EDGE_H
#define DAEMON_EDGE_H

#include <uv.h>

#include "api/api.h"
#include "base/reason.h"
#include "config/config.h"
#include "consul/consul.h"
#include "http/server.h"
#include "registry/registry.h"
#include "rollcall/status.h"

struct edge {
    struct http *http;     /* owned */
    struct consul *consul; /* owned */
    struct api *api;       /* owned */
};

/* Opens the ports. Before anything that takes time. */
enum rollcall_status edge_open(uv_loop_t *loop, const struct config *config,
                               const struct tokens *tokens, struct edge *out,
                               struct reason *why);
/* The rooms that answer, before the load. */
enum rollcall_status edge_build(uv_loop_t *loop, struct registry *registry,
                                const struct consul_settings *consul,
                                const struct api_settings *api, struct edge *edge,
                                struct reason *why);
/* After the load of the registry: what they keep themselves. */
enum rollcall_status edge_load(struct edge *edge, struct reason *why);
/* After the load: from now on requests are answered. */
enum rollcall_status edge_start(struct edge *edge, struct reason *why);
/* http_listens() and http_off() of a struct edge, for who may not know it. */
bool edge_listens(const void *edge, size_t index, char *out, size_t size);
const char *edge_off(const void *edge);
/* Nobody waits any more; handles close. Before what they wait for goes. */
void edge_stop(struct edge *edge);
/* After the loop has closed its handles. */
void edge_destroy(struct edge *edge);

#endif
