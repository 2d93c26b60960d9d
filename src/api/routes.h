/* api/routes.h - every table of routes of this room.
 *
 * A new end point: its row in the table of its file; a new file: its table here and in
 * routes.c. The owner of all of them is the struct api.
 * Threads  control; the tables are constants.
 */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include "http/route.h"

/* Tables end with path NULL. */
extern const struct route api_own_routes[];    /* endpoint_own.c: /v1/rollcall/... */
extern const struct route api_events_routes[]; /* endpoint_events.c */
extern const struct route api_system_routes[]; /* endpoint_system.c: /api/v1/system/... */
extern const struct route api_ready_routes[];  /* endpoint_ready.c: /healthz, /readyz */
extern const struct route api_metrics_routes[];  /* endpoint_metrics.c: /metrics */
extern const struct route api_targets_routes[];  /* endpoint_targets.c: http_sd */
extern const struct route api_document_routes[]; /* endpoint_document.c: openapi.json */
extern const struct route api_page_routes[];     /* endpoint_page.c: /ui/ */
extern const struct route api_me_routes[];       /* endpoint_me.c */

/* All tables in one, ended with path NULL; the caller's to free. NULL: no memory. */
struct route *api_routes_collect(void);
/* Table number `index` and its title; NULL: that was all. For who prints them. */
const struct route *api_routes_table(size_t index, const char **title);

#endif
