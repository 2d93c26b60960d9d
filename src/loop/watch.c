#include "loop/watch.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

/* Closing, step by step (a descriptor must outlive its uv_poll_t):
 * 1. watch_close() stops the poll and the timer and asks libuv to close both;
 * 2. each close callback counts down `handles`;
 * 3. the last one closes the descriptor, frees the watch, tells the owner. */
struct watch {
    uv_poll_t poll;
    const struct watch_callbacks *callbacks; /* borrowed: constants of the owner */
    void *owner;                             /* borrowed: outlives on_closed */
    int fd;                                  /* owned */
    int events;
    int handles; /* libuv handles that are not closed yet */
    bool closing;
    uv_timer_t timer[]; /* one, only where there is an on_timeout */
};

static enum rollcall_status status_of(int error)
{
    return error == UV_ENOMEM ? ROLLCALL_E_NOMEM : ROLLCALL_E_IO;
}

enum rollcall_status watch_open(uv_loop_t *loop, int fd,
                                const struct watch_callbacks *callbacks, void *owner,
                                struct watch **out)
{
    size_t timers = callbacks->on_timeout != NULL ? 1 : 0;
    struct watch *watch = calloc(1, sizeof *watch + timers * sizeof(uv_timer_t));
    if (watch == NULL)
        return ROLLCALL_E_NOMEM;
    int error = uv_poll_init(loop, &watch->poll, fd);
    if (error != 0) {
        free(watch);
        return status_of(error);
    }
    watch->poll.data = watch;
    watch->callbacks = callbacks;
    watch->owner = owner;
    watch->fd = fd;
    watch->handles = 1;
    if (timers > 0) {
        uv_timer_init(loop, watch->timer);
        watch->timer->data = watch;
        watch->handles = 2;
    }
    *out = watch;
    return ROLLCALL_OK;
}

int watch_fd(const struct watch *watch)
{
    return watch->fd;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;

    if (status < 0) {
        /* libuv has stopped the poll; the owner learns the error when it tries. */
        events = watch->events;
        watch->events = 0;
    }
    watch->callbacks->on_ready(watch->owner, events);
}

/* A change costs two system calls in libuv, so asking for the same again is free. */
void watch_events(struct watch *watch, int events)
{
    assert(!watch->closing);
    if (events == watch->events)
        return;
    watch->events = events;
    if (events == 0)
        uv_poll_stop(&watch->poll);
    else
        uv_poll_start(&watch->poll, events, on_poll);
}

static void on_timer(uv_timer_t *timer)
{
    struct watch *watch = timer->data;

    watch->callbacks->on_timeout(watch->owner);
}

void watch_timeout(struct watch *watch, uint64_t ms)
{
    assert(!watch->closing && watch->callbacks->on_timeout != NULL);
    if (ms == 0)
        uv_timer_stop(watch->timer);
    else
        uv_timer_start(watch->timer, on_timer, ms, 0);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct watch *watch = handle->data;

    if (--watch->handles > 0)
        return;
    const struct watch_callbacks *callbacks = watch->callbacks;
    void *owner = watch->owner;
    close(watch->fd);
    free(watch);
    if (callbacks->on_closed != NULL)
        callbacks->on_closed(owner);
}

void watch_close(struct watch *watch)
{
    assert(!watch->closing);
    watch->closing = true;
    uv_close((uv_handle_t *)&watch->poll, on_handle_closed);
    if (watch->callbacks->on_timeout != NULL)
        uv_close((uv_handle_t *)watch->timer, on_handle_closed);
}
