/* health/engine.h - the engine from inside: shared by health.c and checks.c only.
 * Threads  control.
 */
#ifndef HEALTH_ENGINE_H
#define HEALTH_ENGINE_H

#include "base/counters.h"
#include "base/log.h"
#include "health/check.h"
#include "health/poller.h"
#include "health/runner.h"
#include "registry/registry.h"

struct curl_bridge;
struct ticker;

struct health_counts {
    counter checks, running, waiting;
    counter runs, passed, warned, failed, timed_out, not_run;
    counter reports, changes;
};

struct health {
    uv_loop_t *loop;           /* borrowed */
    struct registry *registry; /* borrowed: outlives us */
    struct listener listener;
    struct runner runner;
    struct ticker *ticker;      /* owned */
    struct poller *poller;      /* owned */
    struct curl_bridge *bridge; /* owned */
    struct health_counts counts;
    const void *blocks[1];
    struct counter_group group;
    struct log_limit short_limit;
    struct log_limit first_limit;
};

/* After anything that moved a due time: wake up for the earliest. */
void health_rearm(struct health *health);
/* A service reported the state of one of its checks. */
void health_report(struct health *health, struct check *check,
                   enum rollcall_health status, const char *output);

/* Make the checks of `entry` those of its definition. One whose definition and target are
 * the same as before lives on, with its verdict and its run. */
void checks_follow(struct health *health, struct entry *entry,
                   const struct rollcall_instance *before, bool loaded);
void checks_drop(struct health *health, struct entry *entry);
/* A registry_pushed: find the checks that take the report and give it to them. */
enum rollcall_status checks_take_report(void *owner, struct entry *entry,
                                        const struct renew_request *request, int64_t now,
                                        struct reason *why);

#endif
