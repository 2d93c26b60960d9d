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
#include "health/brake.h"
#include "health/canary.h"
#include "health/damping.h"
#include "health/doubt.h"
#include "model/instance.h"
#include "registry/look.h"
#include "registry/registry.h"
#include "rollcall/status.h"

struct exec_bridge;
struct health;

/* All zero but max_running: nothing is judged beyond the checks' own thresholds. */
struct health_settings {
    uint32_t max_running;         /* checks under way at once; the rest wait their turn */
    struct exec_bridge *commands; /* borrowed; NULL: checks may not be commands */
    struct damping_rule damping;  /* suppress 0: none */
    struct brake_rule brake;      /* share 0: as 1000, none */
    struct doubt_rule doubt;      /* services 0: none */
    struct canary_settings canaries;
    int64_t (*clock_us)(void); /* monotonic; NULL: the real one */
};

/* Subscribes to `registry`; call before registry_load(). */
struct health *health_create(uv_loop_t *loop, struct registry *registry,
                             const struct health_settings *settings);
/* Cancels every run and stops its timer; the loop must then run once more. */
void health_destroy(struct health *health);
const struct counter_group *health_counters(const struct health *health);
/* The same without a block, for the reference pages. */
extern const struct counter_group health_counter_group;

/* An operator says that the held instances of `service` are right to leave (`confirm`),
 * or that they are not: they stay until they are well again. How many are concerned. */
enum rollcall_status health_brake(struct health *health, const char *namespace_name,
                                  const char *service, bool confirm,
                                  const struct requester *who, uint32_t *held,
                                  struct reason *why);

/* Run one check of an instance (NULL: all that ask by themselves) now. `done` is called
 * for each, later, and once with a NULL check at the end. */
enum rollcall_status health_check_now(struct health *health, const char *id,
                                      const char *check, const struct requester *who,
                                      look_done done, void *context, struct reason *why);
/* Run the checks of a definition that is not registered, once, as `who`; nothing is kept.
 * Whether `who` may have such checks was asked before (check_schema.admit). */
enum rollcall_status health_check_try(struct health *health, struct instance *instance,
                                      const struct requester *who, look_done done,
                                      void *context, struct reason *why);
#endif
