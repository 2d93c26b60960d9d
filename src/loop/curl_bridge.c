#include "loop/curl_bridge.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "loop/curl_fetch.h"
#include "loop/ticker.h"
#include "loop/watch.h"

enum {
    EVENTS = 64,            /* of one turn; the loop comes back for the rest */
    IDLE_CONNECTIONS = 1024 /* kept open at most, for those that ask for `reuse` */
};

/* libcurl's sockets stand in an epoll set of our own behind one libuv handle. So a socket
 * leaves it inside the CURL_POLL_REMOVE callback, before its number is used again; a
 * uv_poll_t each would close one turn too late. */
struct curl_bridge {
    struct curl_library curl;
    CURLM *multi;          /* owned; NULL until the first fetch */
    struct watch *watch;   /* owned; owns the epoll descriptor */
    struct ticker *ticker; /* owned */
    int epoll;
    struct list fetches;
    struct socket_book book;
};

static uint32_t epoll_events(int what)
{
    switch (what) {
    case CURL_POLL_IN:
        return EPOLLIN;
    case CURL_POLL_OUT:
        return EPOLLOUT;
    case CURL_POLL_INOUT:
        return EPOLLIN | EPOLLOUT;
    default:
        return 0;
    }
}

/* `known` is what we assigned to the socket: NULL until it is in the set. A socket that
 * cannot be watched makes no progress, so its fetch ends by its time-out. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *owner, void *known)
{
    struct curl_bridge *bridge = owner;
    struct epoll_event event = { .events = epoll_events(what), .data.fd = fd };

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(bridge->epoll, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    if (known != NULL) {
        epoll_ctl(bridge->epoll, EPOLL_CTL_MOD, fd, &event);
        return 0;
    }
    if (epoll_ctl(bridge->epoll, EPOLL_CTL_ADD, fd, &event) == 0 ||
        epoll_ctl(bridge->epoll, EPOLL_CTL_MOD, fd, &event) == 0)
        bridge->curl.curl_multi_assign(bridge->multi, fd, bridge);
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *owner)
{
    struct curl_bridge *bridge = owner;

    (void)multi;
    /* Never call libcurl from here: 0 means the next turn. */
    ticker_set(bridge->ticker, ms < 0 ? INT64_MAX : clock_monotonic_ms() + ms);
    return 0;
}

static void detach(struct fetch *fetch)
{
    fetch->curl->curl_multi_remove_handle(fetch->bridge->multi, fetch->easy);
    list_remove(&fetch->among);
}

/* Every fetch that libcurl has finished. The owner may start others meanwhile, and may
 * cancel others: libcurl then takes their messages back. */
static void tell_ended(struct curl_bridge *bridge)
{
    CURLMsg *message;
    int left;

    while ((message = bridge->curl.curl_multi_info_read(bridge->multi, &left)) != NULL) {
        struct fetch *fetch = NULL;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        bridge->curl.curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &fetch);
        detach(fetch);
        fetch_tell(fetch, code);
        fetch_destroy(fetch);
    }
}

static void act(struct curl_bridge *bridge, curl_socket_t fd, int events)
{
    int running;

    bridge->curl.curl_multi_socket_action(bridge->multi, fd, events, &running);
}

static int curl_events(uint32_t events)
{
    int bits = 0;

    if (events & EPOLLIN)
        bits |= CURL_CSELECT_IN;
    if (events & EPOLLOUT)
        bits |= CURL_CSELECT_OUT;
    /* What is broken shows itself when it is read. */
    if (events & (EPOLLERR | EPOLLHUP))
        bits |= CURL_CSELECT_IN | CURL_CSELECT_ERR;
    return bits;
}

static void on_ready(void *owner, int uv_events)
{
    struct curl_bridge *bridge = owner;
    struct epoll_event ready[EVENTS];

    (void)uv_events;
    int count = epoll_wait(bridge->epoll, ready, EVENTS, 0);
    for (int i = 0; i < count; i++) {
        if (ready[i].events & EPOLLIN)
            socket_book_peek(&bridge->book, ready[i].data.fd);
        act(bridge, ready[i].data.fd, curl_events(ready[i].events));
    }
    tell_ended(bridge);
}

static void on_due(void *owner, int64_t now)
{
    struct curl_bridge *bridge = owner;

    (void)now;
    act(bridge, CURL_SOCKET_TIMEOUT, 0);
    tell_ended(bridge);
}

static void on_closed(void *owner)
{
    free(owner);
}

static const struct watch_callbacks callbacks = {
    .on_ready = on_ready,
    .on_closed = on_closed,
};

enum rollcall_status curl_bridge_open(uv_loop_t *loop, struct curl_bridge **out)
{
    struct curl_bridge *bridge = calloc(1, sizeof *bridge);
    if (bridge == NULL)
        return ROLLCALL_E_NOMEM;
    enum rollcall_status status = ROLLCALL_E_IO;
    list_init(&bridge->fetches);
    bridge->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (bridge->epoll < 0)
        goto fail;
    status = ticker_open(loop, on_due, bridge, &bridge->ticker);
    if (status != ROLLCALL_OK)
        goto fail;
    status = watch_open(loop, bridge->epoll, &callbacks, bridge, &bridge->watch);
    if (status != ROLLCALL_OK)
        goto fail;
    watch_events(bridge->watch, UV_READABLE);
    *out = bridge;
    return ROLLCALL_OK;

fail:
    ticker_close(bridge->ticker);
    if (bridge->epoll >= 0)
        close(bridge->epoll);
    free(bridge);
    return status;
}

void curl_bridge_close(struct curl_bridge *bridge)
{
    if (bridge == NULL)
        return;
    list_for_each_safe (at, keep, &bridge->fetches)
        fetch_cancel(list_entry(at, struct fetch, among));
    if (bridge->multi != NULL)
        bridge->curl.curl_multi_cleanup(bridge->multi);
    socket_book_deinit(&bridge->book);
    ticker_close(bridge->ticker);
    watch_close(bridge->watch);
}

static enum rollcall_status wake(struct curl_bridge *bridge, struct reason *why)
{
    const struct curl_library *curl = &bridge->curl;

    if (bridge->multi != NULL)
        return ROLLCALL_OK;
    if (!curl_library_load(&bridge->curl, why))
        return ROLLCALL_E_IO;
    bridge->multi = curl->curl_multi_init();
    if (bridge->multi == NULL)
        return ROLLCALL_E_NOMEM;
    curl->curl_multi_setopt(bridge->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl->curl_multi_setopt(bridge->multi, CURLMOPT_SOCKETDATA, bridge);
    curl->curl_multi_setopt(bridge->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl->curl_multi_setopt(bridge->multi, CURLMOPT_TIMERDATA, bridge);
    curl->curl_multi_setopt(bridge->multi, CURLMOPT_MAXCONNECTS, (long)IDLE_CONNECTIONS);
    return ROLLCALL_OK;
}

enum rollcall_status fetch_start(struct curl_bridge *bridge,
                                 const struct fetch_request *request,
                                 void (*on_end)(void *owner,
                                                const struct fetch_result *result),
                                 void *owner, struct fetch **out, struct reason *why)
{
    enum rollcall_status status = wake(bridge, why);
    if (status != ROLLCALL_OK)
        return status;
    struct fetch *fetch =
        fetch_create(&bridge->curl, &bridge->book, request, &status, why);
    if (fetch == NULL)
        return status;
    fetch->bridge = bridge;
    fetch->on_end = on_end;
    fetch->owner = owner;
    if (bridge->curl.curl_multi_add_handle(bridge->multi, fetch->easy) != CURLM_OK) {
        fetch_destroy(fetch);
        return ROLLCALL_E_NOMEM;
    }
    list_append(&bridge->fetches, &fetch->among);
    *out = fetch;
    return ROLLCALL_OK;
}

void fetch_cancel(struct fetch *fetch)
{
    detach(fetch);
    fetch_destroy(fetch);
}
