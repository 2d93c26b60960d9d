/* loop/ticker.h - wake me at a due time: a timer on the loop that follows base/clock.h.
 * Threads: the thread of the loop.
 */
#ifndef LOOP_TICKER_H
#define LOOP_TICKER_H

#include <stdint.h>
#include <uv.h>

#include "rollcall/status.h"

struct ticker;

/* `on_due(owner, now)` gets monotonic milliseconds. It does not repeat by itself. */
enum rollcall_status ticker_open(uv_loop_t *loop,
                                 void (*on_due)(void *owner, int64_t now), void *owner,
                                 struct ticker **out);
/* Fire at `due` (monotonic ms; the past means: in the next turn); replaces an earlier
 * due time. INT64_MAX: never. */
void ticker_set(struct ticker *ticker, int64_t due);
/* Stops; the memory is freed when libuv is done with it. NULL is allowed. */
void ticker_close(struct ticker *ticker);

#endif
