/* intake/intake.h - the registration socket: requests in, replies out in order.
 *
 * Replies are collected during a turn of the loop and written by intake_flush(), which
 * the daemon calls after answer_flush(): a reply to a change is sent after every DNS
 * worker can see the change (docs/protocol.md). Threads  control.
 */
#ifndef INTAKE_INTAKE_H
#define INTAKE_INTAKE_H

#include <uv.h>

#include "base/counters.h"
#include "base/reason.h"
#include "config/config.h"
#include "model/check_schema.h"
#include "model/explanation.h"
#include "registry/look.h"
#include "registry/registry.h"
#include "rollcall/status.h"

struct buffer;
struct config_reloader;
struct desk;
struct intake;
struct request;
struct tokens;

struct intake_settings {
    const struct config *config;                 /* borrowed */
    struct tokens *tokens;                       /* borrowed; only for TCP */
    const struct check_schema *const *schemas;   /* borrowed */
    const struct judge *judge;                   /* borrowed; filled in later */
    const struct counter_group *const *counters; /* borrowed; ends with NULL; for stats */
    const struct desk *desk;                     /* borrowed; filled in later */
    const struct config_reloader *reloader;      /* borrowed */
    int64_t started_wall;                        /* for stats: ms since 1970 */
    /* Answers history and query requests: on OK it calls `done` once, later. NULL: nobody
     * knows what was. */
    enum rollcall_status (*ask_past)(void *owner, const struct request *request,
                                     void (*done)(void *context,
                                                  enum rollcall_status status,
                                                  const struct buffer *members,
                                                  const struct reason *why),
                                     void *context, struct reason *why);
    void *past_owner; /* borrowed */
    explanation_maker explain;
    void *explain_owner; /* borrowed */
    /* Where HTTP is served, number `index`, and why it is not, NULL where it is. NULL for
     * both: nothing is said of HTTP. */
    bool (*http_at)(const void *owner, size_t index, char *out, size_t size);
    const char *(*http_off)(const void *owner);
    const void *http_owner; /* borrowed */
};

/* Create, bind and listen. A stale socket file is replaced, one that answers is an error
 * ("another rollcalld is running"). Watches the processes of pid leases too, so create it
 * before registry_load(). Connections are accepted only after intake_start(). */
enum rollcall_status intake_create(uv_loop_t *loop, struct registry *registry,
                                   const struct intake_settings *settings,
                                   struct intake **out, struct reason *why);
enum rollcall_status intake_start(struct intake *intake, struct reason *why);
/* Write every reply and event that is ready. */
void intake_flush(struct intake *intake);
/* Stops accepting, closes all; the loop must run until its handles are gone. NULL is
 * allowed. The socket file is removed. Connection leases are NOT ended by this: they are
 * kept for the next start as the contract says. */
void intake_destroy(struct intake *intake);
const struct counter_group *intake_counters(const struct intake *intake);
extern const struct counter_group intake_counter_group; /* without a block */

#endif
