/* health/poller.h - many short-lived sockets behind one libuv handle.
 *
 * A check opens a socket, waits once or twice and closes it. A uv_poll_t for each costs
 * five system calls and a closing callback; here it is one epoll_ctl(2): an epoll
 * descriptor of our own, edge-triggered, is all that the loop watches.
 * Threads  control.
 */
#ifndef HEALTH_POLLER_H
#define HEALTH_POLLER_H

#include <stdint.h>
#include <uv.h>

#include "rollcall/status.h"

struct poller;

/* Embedded in a run. `events` are EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP bits. */
struct poll_waiter {
    void (*on_ready)(struct poll_waiter *waiter, uint32_t events);
    int fd;        /* the caller's */
    uint32_t slot; /* the poller's */
};

enum rollcall_status poller_open(uv_loop_t *loop, struct poller **out);
/* Tell about waiter->fd from now on, edge-triggered: handle it until EAGAIN. */
enum rollcall_status poller_add(struct poller *poller, struct poll_waiter *waiter,
                                uint32_t events);
/* Call before closing waiter->fd (closing takes it out of epoll). The waiter hears no
 * more, also not of an event that was fetched already. */
void poller_forget(struct poller *poller, struct poll_waiter *waiter);
/* The memory is freed when libuv is done with it. NULL is allowed. */
void poller_close(struct poller *poller);

#endif
