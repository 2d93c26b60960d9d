/* intake/pid_watch.h - ends pid leases when their processes exit.
 *
 * One pid file descriptor for each instance with a pid lease. A process that was gone
 * already, or whose number belongs to another one by now (its start time tells), ends the
 * lease at once; after a restart of the daemon that is what finds the dead.
 * Threads  control.
 */
#ifndef INTAKE_PID_WATCH_H
#define INTAKE_PID_WATCH_H

#include <uv.h>

#include "base/counters.h"
#include "registry/registry.h"

struct pid_watch;

/* `want_run(owner)` asks for pid_watch_run() in the next turn; `watched` is the gauge. */
struct pid_watch *pid_watch_create(uv_loop_t *loop, struct registry *registry,
                                   counter *watched, void (*want_run)(void *owner),
                                   void *owner);
void pid_watch_destroy(struct pid_watch *pid_watch); /* NULL is allowed */

/* To be told every event of the registry. */
void pid_watch_hear(struct pid_watch *pid_watch, const struct event *event);
/* End the leases that were found dead while hearing an event. */
void pid_watch_run(struct pid_watch *pid_watch);

#endif
