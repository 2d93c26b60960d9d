#include "serve/tcp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "serve/socket.h"
#include "serve/tcp_session.h"

/* Connections taken from one listener in one turn of the loop, so that a flood of them
 * does not hold up the queries. As many slots more than `clients` are there: a slot whose
 * session made room is free only in the next turn. */
#define ACCEPT_BURST 16u

/* How exactly the time limits are kept, and how long a listener rests when the process
 * has no descriptors left. */
#define SWEEP_MS 250u

struct tcp_listener {
    uv_poll_t poll;
    struct tcp_server *server;
    struct tcp_listener *next;
    int fd;
    bool resting;
};

struct tcp_server {
    struct tcp_pool pool;
    struct tcp_listener *listeners;
    struct tcp_session *slots;
    uint8_t *memory;
    size_t memory_size;
    uv_timer_t sweep;
    bool stopping;
    struct log_limit accept_failures;
};

static bool any_resting(const struct tcp_server *server)
{
    for (const struct tcp_listener *at = server->listeners; at != NULL; at = at->next)
        if (at->resting)
            return true;
    return false;
}

/* The timer runs only while there is something to time: an idle worker sleeps. */
static void stop_sweeping_if_idle(struct tcp_server *server)
{
    if (server->pool.live_count > 0 || any_resting(server))
        return;
    uv_timer_stop(&server->sweep);
    if (server->stopping && !uv_is_closing((uv_handle_t *)&server->sweep))
        uv_close((uv_handle_t *)&server->sweep, NULL);
}

static void on_pool_empty(void *owner)
{
    stop_sweeping_if_idle(owner);
}

static void on_connection(uv_poll_t *poll, int status, int events);

static void on_sweep(uv_timer_t *timer)
{
    struct tcp_server *server = timer->data;
    uint64_t now = uv_now(server->pool.loop);

    list_for_each_safe (at, keep, &server->pool.live) {
        struct tcp_session *session = list_entry(at, struct tcp_session, node);
        if (tcp_session_expired(session, now)) {
            counter_add(&server->pool.counters->tcp_timed_out, 1);
            tcp_session_close(session);
        }
    }
    for (struct tcp_listener *at = server->listeners; at != NULL; at = at->next)
        if (at->resting && uv_poll_start(&at->poll, UV_READABLE, on_connection) == 0)
            at->resting = false;
    stop_sweeping_if_idle(server);
}

static void start_sweeping(struct tcp_server *server)
{
    const struct tcp_limits *limits = &server->pool.limits;
    uint64_t period = SWEEP_MS;

    if (limits->io_ms / 4 < period)
        period = limits->io_ms / 4 + 1;
    if (limits->idle_ms / 4 < period)
        period = limits->idle_ms / 4 + 1;
    if (!uv_is_active((uv_handle_t *)&server->sweep))
        uv_timer_start(&server->sweep, on_sweep, period, period);
}

static uint32_t sessions_from(const struct tcp_server *server,
                              const struct rollcall_address *peer)
{
    uint32_t count = 0;

    list_for_each (at, &server->pool.live) {
        const struct tcp_session *session = list_entry(at, struct tcp_session, node);
        struct rollcall_address ip;
        if (address_to_ip(&session->peer, &ip) && address_ip_equal(&ip, peer))
            count++;
    }
    return count;
}

/* The one without a query the longest; one that still has replies to send only when all
 * have. */
static void make_room(struct tcp_server *server)
{
    struct list *live = &server->pool.live;
    struct tcp_session *victim = list_entry(live->next, struct tcp_session, node);

    list_for_each (at, live) {
        struct tcp_session *session = list_entry(at, struct tcp_session, node);
        if (!tcp_stream_pending(&session->stream)) {
            victim = session;
            break;
        }
    }
    counter_add(&server->pool.counters->tcp_evicted, 1);
    tcp_session_close(victim);
}

static void admit(struct tcp_server *server, int fd, const struct address *from)
{
    struct tcp_pool *pool = &server->pool;
    struct rollcall_address peer = { .family = 0 };

    counter_add(&pool->counters->tcp_accepted, 1);
    (void)address_to_ip(from, &peer);
    if (sessions_from(server, &peer) >= pool->limits.clients_per_address) {
        counter_add(&pool->counters->tcp_over_address, 1);
        close(fd);
        return;
    }
    if (pool->live_count >= pool->limits.clients)
        make_room(server);
    struct tcp_session *session = list_entry(pool->free.next, struct tcp_session, node);
    if (tcp_session_open(session, fd, from))
        start_sweeping(server);
}

/* Without descriptors or memory the connection stays in the backlog and the listener
 * stays readable; rest, or the loop would spin. */
static void rest(struct tcp_listener *listener, int error)
{
    struct tcp_server *server = listener->server;

    counter_add(&server->pool.counters->tcp_accept_errors, 1);
    log_limited(&server->accept_failures, (int64_t)uv_now(server->pool.loop),
                LOG_LEVEL_WARNING, "serve",
                "cannot accept a TCP connection: %s; raise LimitNOFILE if this stays",
                strerror(error));
    uv_poll_stop(&listener->poll);
    listener->resting = true;
    start_sweeping(server);
}

static bool is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
    struct tcp_listener *listener = poll->data;
    struct tcp_server *server = listener->server;
    (void)events;

    if (status < 0) {
        rest(listener, -status);
        return;
    }
    for (unsigned i = 0; i < ACCEPT_BURST && !list_empty(&server->pool.free); i++) {
        struct address from = { .length = sizeof from.storage };
        int fd =
            accept4(listener->fd, &from.any, &from.length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            admit(server, fd, &from);
        } else if (is_shortage(errno)) {
            rest(listener, errno);
            return;
        } else if (errno == EAGAIN) {
            return;
        } /* else: that connection died in the backlog (accept(2)); the next one */
    }
}

static bool reserve_slots(struct tcp_server *server)
{
    size_t count = server->pool.limits.clients + ACCEPT_BURST;
    server->slots = calloc(count, sizeof *server->slots);
    if (server->slots == NULL)
        return false;

    server->memory_size = count * (TCP_STREAM_OUT + TCP_STREAM_IN);
    void *memory = mmap(NULL, server->memory_size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    server->memory = memory;

    uint8_t *in = server->memory + count * TCP_STREAM_OUT;
    for (size_t i = 0; i < count; i++) {
        struct tcp_session *slot = &server->slots[i];
        slot->pool = &server->pool;
        slot->out = server->memory + i * TCP_STREAM_OUT;
        slot->in = in + i * TCP_STREAM_IN;
        list_append(&server->pool.free, &slot->node);
    }
    return true;
}

struct tcp_server *tcp_server_create(uv_loop_t *loop, const struct tcp_limits *limits,
                                     const struct tcp_answers *answers,
                                     struct socket_counters *counters)
{
    struct tcp_server *server = calloc(1, sizeof *server);
    if (server == NULL)
        return NULL;

    server->pool = (struct tcp_pool){ .loop = loop,
                                      .answers = *answers,
                                      .limits = *limits,
                                      .counters = counters,
                                      .on_empty = on_pool_empty,
                                      .owner = server };
    list_init(&server->pool.free);
    list_init(&server->pool.live);
    if (!reserve_slots(server)) {
        tcp_server_destroy(server);
        return NULL;
    }
    uv_timer_init(loop, &server->sweep); /* cannot fail */
    server->sweep.data = server;
    return server;
}

void tcp_server_destroy(struct tcp_server *server)
{
    if (server == NULL)
        return;
    while (server->listeners != NULL) {
        struct tcp_listener *listener = server->listeners;
        server->listeners = listener->next;
        free(listener);
    }
    if (server->memory != NULL)
        munmap(server->memory, server->memory_size);
    free(server->slots);
    free(server);
}

static enum rollcall_status watch_listener(struct tcp_server *server,
                                           struct tcp_listener *listener, int fd,
                                           struct reason *why)
{
    int error = uv_poll_init(server->pool.loop, &listener->poll, fd);
    if (error != 0) {
        close(fd);
        free(listener);
        reason_set(why, "cannot watch a TCP socket: %s", uv_strerror(error));
        return ROLLCALL_E_IO;
    }
    listener->fd = fd;
    listener->server = server;
    listener->poll.data = listener;
    listener->next = server->listeners;
    server->listeners = listener; /* from here on tcp_server_stop() closes it */

    error = uv_poll_start(&listener->poll, UV_READABLE, on_connection);
    if (error != 0) {
        reason_set(why, "cannot watch a TCP socket: %s", uv_strerror(error));
        return ROLLCALL_E_IO;
    }
    return ROLLCALL_OK;
}

enum rollcall_status tcp_server_listen(struct tcp_server *server,
                                       const struct address *address, struct reason *why)
{
    struct tcp_listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL)
        return ROLLCALL_E_NOMEM;

    int fd;
    enum rollcall_status status = socket_open_tcp(address, &fd, why);
    if (status != ROLLCALL_OK) {
        free(listener);
        return status;
    }
    return watch_listener(server, listener, fd, why);
}

void tcp_server_stop(struct tcp_server *server)
{
    server->stopping = true;
    for (struct tcp_listener *at = server->listeners; at != NULL; at = at->next) {
        at->resting = false;
        uv_close((uv_handle_t *)&at->poll, NULL);
        close(at->fd);
    }
    list_for_each_safe (at, keep, &server->pool.live) {
        tcp_session_finish(list_entry(at, struct tcp_session, node));
    }
    stop_sweeping_if_idle(server);
}
