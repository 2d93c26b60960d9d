#include "health/poller.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "loop/watch.h"

/* Events of one turn; the loop comes back for the rest. */
enum { EVENTS = 128 };

/* epoll gives back a slot and its generation, never a pointer: an event of a descriptor
 * that was closed meanwhile (or lives on in a forked child for a moment) finds another
 * generation and is dropped. */
struct poll_slot {
    struct poll_waiter *waiter; /* borrowed; NULL while free */
    uint32_t generation;
    uint32_t next_free; /* index + 1 of the next free slot, 0: none */
};

struct poller {
    struct watch *watch; /* owned; owns the epoll descriptor */
    int epoll;
    struct poll_slot *slots; /* owned */
    uint32_t capacity;
    uint32_t first_free; /* index + 1, 0: none */
};

static void tell(struct poller *poller, const struct epoll_event *event)
{
    uint32_t index = (uint32_t)event->data.u64;
    uint32_t generation = (uint32_t)(event->data.u64 >> 32);
    const struct poll_slot *slot = &poller->slots[index];

    if (slot->waiter != NULL && slot->generation == generation)
        slot->waiter->on_ready(slot->waiter, event->events);
}

static void on_ready(void *owner, int events)
{
    struct poller *poller = owner;
    struct epoll_event ready[EVENTS];

    (void)events;
    int count = epoll_wait(poller->epoll, ready, EVENTS, 0);
    for (int i = 0; i < count; i++)
        tell(poller, &ready[i]);
}

static void on_closed(void *owner)
{
    struct poller *poller = owner;

    free(poller->slots);
    free(poller);
}

static const struct watch_callbacks callbacks = {
    .on_ready = on_ready,
    .on_closed = on_closed,
};

enum rollcall_status poller_open(uv_loop_t *loop, struct poller **out)
{
    struct poller *poller = calloc(1, sizeof *poller);
    if (poller == NULL)
        return ROLLCALL_E_NOMEM;
    enum rollcall_status status = ROLLCALL_E_IO;
    poller->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (poller->epoll < 0)
        goto fail;
    status = watch_open(loop, poller->epoll, &callbacks, poller, &poller->watch);
    if (status != ROLLCALL_OK)
        goto fail;
    watch_events(poller->watch, UV_READABLE);
    *out = poller;
    return ROLLCALL_OK;

fail:
    if (poller->epoll >= 0)
        close(poller->epoll);
    free(poller);
    return status;
}

static enum rollcall_status grow(struct poller *poller)
{
    uint32_t capacity = poller->capacity == 0 ? 16 : poller->capacity * 2;
    struct poll_slot *slots = realloc(poller->slots, capacity * sizeof *slots);

    if (slots == NULL)
        return ROLLCALL_E_NOMEM;
    for (uint32_t i = capacity; i-- > poller->capacity;) {
        slots[i] = (struct poll_slot){ .next_free = poller->first_free };
        poller->first_free = i + 1;
    }
    poller->slots = slots;
    poller->capacity = capacity;
    return ROLLCALL_OK;
}

static void release(struct poller *poller, uint32_t index)
{
    struct poll_slot *slot = &poller->slots[index];

    slot->waiter = NULL;
    slot->generation++;
    slot->next_free = poller->first_free;
    poller->first_free = index + 1;
}

enum rollcall_status poller_add(struct poller *poller, struct poll_waiter *waiter,
                                uint32_t events)
{
    if (poller->first_free == 0) {
        enum rollcall_status status = grow(poller);
        if (status != ROLLCALL_OK)
            return status;
    }
    uint32_t index = poller->first_free - 1;
    struct poll_slot *slot = &poller->slots[index];
    struct epoll_event event = {
        .events = events | EPOLLET,
        .data.u64 = (uint64_t)slot->generation << 32 | index,
    };
    if (epoll_ctl(poller->epoll, EPOLL_CTL_ADD, waiter->fd, &event) != 0)
        return ROLLCALL_E_IO;
    poller->first_free = slot->next_free;
    slot->waiter = waiter;
    waiter->slot = index;
    return ROLLCALL_OK;
}

void poller_forget(struct poller *poller, struct poll_waiter *waiter)
{
    assert(poller->slots[waiter->slot].waiter == waiter);
    release(poller, waiter->slot);
}

void poller_close(struct poller *poller)
{
    if (poller != NULL)
        watch_close(poller->watch);
}
