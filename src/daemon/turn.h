/* daemon/turn.h - what happens once in every turn of the loop, in this order:
 *
 *   1  what changed is compiled and published to the DNS workers
 *   2  the replies of the changes are written: they come after what they promise; so do
 *      answers over HTTP, and what waits there for a change runs again
 *   3  memory goes back to the system, some time after many changes
 *   4  the timer is set for the next lease that ends and the next serial to raise
 *
 * Turns are counted by how long they took from the end of the sleep to step 4: so long
 * everybody else had to wait.
 *
 * libuv calls prepare handles after timers and before it sleeps, so nothing that a
 * timer, a client or the writer did waits for another event.
 * Threads  control.
 */
#ifndef DAEMON_TURN_H
#define DAEMON_TURN_H

#include <uv.h>

#include "answer/answer.h"
#include "base/counters.h"
#include "base/histogram.h"
#include "base/reason.h"
#include "daemon/tidy.h"
#include "http/server.h"
#include "intake/intake.h"
#include "loop/ticker.h"
#include "registry/registry.h"
#include "rollcall/status.h"

/* Borrowed; they must outlive the turn. */
struct turn_rooms {
    struct answer *answer;
    struct registry *registry;
    struct intake *intake;
    struct http *http;
};

struct turn_counts {
    counter longest_us;
    struct histogram took;
};

/* Embedded in the daemon. */
struct turn {
    uv_prepare_t prepare;
    uv_check_t check;
    bool open;             /* both */
    int64_t woke;          /* monotonic ms: when the loop slept last */
    struct ticker *ticker; /* owned */
    int64_t due;           /* what the ticker is set to */
    struct turn_rooms rooms;
    struct tidy tidy;
    struct turn_counts counts;
    const void *blocks[1];
    struct counter_group group;
};

/* Without a block: which counters there are. */
extern const struct counter_group turn_counter_group;

enum rollcall_status turn_open(uv_loop_t *loop, const struct turn_rooms *rooms,
                               struct turn *out, struct reason *why);
/* Steps 1 and 2, now. */
void turn_flush(struct turn *turn);
/* The loop must run once more. A zeroed struct is allowed. */
void turn_close(struct turn *turn);

#endif
