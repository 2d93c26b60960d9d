/* health/health.h - asks every instance whether it is well.
 *
 * Listens to the registry: a check exists as long as its instance has it. A new check
 * runs first after its initial delay and a short random spread, a loaded one somewhere in
 * its interval; after that once an interval, jittered. Threads  control.
 */
#ifndef HEALTH_HEALTH_H
#define HEALTH_HEALTH_H

#include <uv.h>

#include "base/counters.h"
#include "registry/registry.h"
#include "rollcall/status.h"

struct health;

struct health_settings {
    uint32_t max_running; /* checks under way at once; the rest wait their turn */
};

/* Subscribes to `registry`; call before registry_load(). */
struct health *health_create(uv_loop_t *loop, struct registry *registry,
                             const struct health_settings *settings);
/* Cancels every run and stops its timer; the loop must then run once more. */
void health_destroy(struct health *health);
const struct counter_group *health_counters(const struct health *health);

#endif
