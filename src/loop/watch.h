/* loop/watch.h - one descriptor on a libuv loop, with an optional one-shot timer.
 *
 * watch_close() stops both, lets libuv finish, closes the descriptor (if it was given
 * over), frees the watch and then tells the owner. After watch_close() no callback but
 * `on_closed` comes.
 * Threads: the thread of the loop.
 */
#ifndef LOOP_WATCH_H
#define LOOP_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "rollcall/status.h"

struct watch;

struct watch_callbacks {
    void (*on_ready)(void *owner, int events); /* UV_READABLE, UV_WRITABLE bits */
    void (*on_timeout)(void *owner);           /* may be NULL: no timer */
    void (*on_closed)(void *owner);            /* may be NULL */
};

/* Watch `fd`. On OK the watch owns `fd`; on failure the caller still does. Starts idle.
 */
enum rollcall_status watch_open(uv_loop_t *loop, int fd,
                                const struct watch_callbacks *callbacks, void *owner,
                                struct watch **out);
int watch_fd(const struct watch *watch);
/* Which of UV_READABLE and UV_WRITABLE to wait for; 0: none. */
void watch_events(struct watch *watch, int events);
/* Call on_timeout once after `ms`; replaces an earlier one; 0 stops it. */
void watch_timeout(struct watch *watch, uint64_t ms);
void watch_close(struct watch *watch);

#endif
