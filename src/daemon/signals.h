/* daemon/signals.h - SIGTERM and SIGINT stop, SIGHUP reloads, SIGPIPE is ignored.
 * Threads  control.
 */
#ifndef DAEMON_SIGNALS_H
#define DAEMON_SIGNALS_H

#include <uv.h>

#include "base/reason.h"
#include "rollcall/status.h"

/* Embedded in the daemon. */
struct signals {
    uv_signal_t handles[3];
    unsigned open; /* of the handles above */
    void (*on_stop)(void *owner);
    void (*on_reload)(void *owner);
    void *owner; /* borrowed, by both */
};

/* What is to be called, in the loop, stands in `out` already. */
enum rollcall_status signals_open(uv_loop_t *loop, struct signals *out,
                                  struct reason *why);
/* The loop must run once more. A zeroed struct is allowed. */
void signals_close(struct signals *signals);

#endif
