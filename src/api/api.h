/* api/api.h - our own API over HTTP: what the registration socket can do, monitoring.
 *
 * Everything under /v1/rollcall/ becomes a line of the registration protocol that a guest
 * of the registration socket asks (proto/guests.h); monitoring reads the registry and the
 * counters. Other rooms are reached through the functions below, which the daemon fills
 * in.
 * Threads  control.
 */
#ifndef API_API_H
#define API_API_H

#include <uv.h>

#include "base/counters.h"
#include "base/reason.h"
#include "config/config.h"
#include "http/server.h"
#include "model/check_schema.h"
#include "proto/guests.h"
#include "proto/values.h"
#include "registry/registry.h"
#include "rollcall/status.h"

struct api;

/* A part of the daemon that must work before it is ready. */
struct api_part {
    const char *name;  /* "store" */
    const char *words; /* what is the matter; NULL: it works */
};

struct api_settings {
    const struct config *config;                 /* borrowed */
    struct registry *registry;                   /* borrowed */
    const struct check_schema *const *schemas;   /* borrowed; ends with NULL */
    const struct counter_group *const *counters; /* borrowed; ends with NULL; filled in
                                                  * later */
    const struct guest_door *guests;             /* borrowed; filled in later */
    /* Part number `index`; false: that was all. */
    bool (*part)(void *owner, size_t index, struct api_part *out);
    void *part_owner; /* borrowed */
    /* Silence number `index`; false: that was all. Borrowed until the next call. */
    bool (*silence)(void *owner, size_t index, struct silence_view *out);
    void *silence_owner;  /* borrowed */
    int64_t started_wall; /* ms since 1970 */
};

enum rollcall_status api_create(uv_loop_t *loop, const struct api_settings *settings,
                                struct api **out, struct reason *why);
/* Hands the table of routes to the server. Before http_start(). */
void api_attach(struct api *api, struct http *http);
/* After http_stop(): closes its handles. Guests may still answer. NULL is allowed. */
void api_stop(struct api *api);
/* After the loop has closed its handles, and the server's end. NULL is allowed. */
void api_destroy(struct api *api);
const struct counter_group *api_counters(const struct api *api);
extern const struct counter_group api_counter_group; /* without a block */

#endif
