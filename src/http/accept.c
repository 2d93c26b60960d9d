/* Listening sockets, and how many connections one address may have. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/carrier.h"
#include "http/internal.h"

enum {
    PER_TURN = 256, /* connections taken in one turn of the loop */
    RETRY_MS = 100  /* when the process has no descriptor left */
};

struct http_acceptor {
    struct http *http;   /* borrowed */
    struct watch *watch; /* owned */
    struct address address;
};

/* --- Peers. */

static struct peer *find_peer(struct http *http, const char *text)
{
    struct peer *peer = table_get(&http->peers, text, strlen(text));

    if (peer != NULL)
        return peer;
    peer = calloc(1, sizeof *peer);
    if (peer == NULL)
        return NULL;
    snprintf(peer->text, sizeof peer->text, "%s", text);
    if (table_set(&http->peers, peer->text, strlen(peer->text), peer) == ROLLCALL_OK)
        return peer;
    free(peer);
    return NULL;
}

static void count_open(struct http *http, bool more)
{
    http->open = more ? http->open + 1 : http->open - 1;
    counter_set(&http->counts.connections, http->open);
}

void peer_release(struct http *http, struct peer *peer)
{
    count_open(http, false);
    if (--peer->connections > 0)
        return;
    table_remove(&http->peers, peer->text, strlen(peer->text));
    free(peer);
}

static void peer_name(const struct address *from, char *out, size_t size)
{
    struct rollcall_address ip;

    if (from->any.sa_family == AF_UNIX || !address_to_ip(from, &ip))
        snprintf(out, size, "unix");
    else
        address_print_ip(&ip, out, size);
}

/* --- Connections. */

/* One line, because it has not said what it wants yet. */
static void send_crowded(struct http *http, int fd, const char *peer)
{
    static const char answer[] =
        "HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Length: 70\r\nConnection: close\r\n\r\n"
        "Too many connections: see api.max_clients and max_clients_per_address\n";
    ssize_t sent = send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL | MSG_DONTWAIT);

    (void)sent; /* nobody to tell */
    shutdown(fd, SHUT_WR);
    close(fd);
    counter_add(&http->counts.refused_connections, 1);
    log_limited(&http->crowd_log, clock_monotonic_ms(), LOG_LEVEL_WARNING, "http",
                "too many connections (%u open, this one from %s): refused; see "
                "api.max_clients and api.max_clients_per_address",
                http->open, peer);
}

static void take_connection(struct http *http, int fd, const struct address *from)
{
    char text[ADDRESS_TEXT] = "";

    peer_name(from, text, sizeof text);
    struct peer *peer = find_peer(http, text);
    if (peer == NULL) {
        close(fd);
        return;
    }
    peer->connections++;
    count_open(http, true);
    if (http->open > http->config->max_clients ||
        (from->any.sa_family != AF_UNIX &&
         peer->connections > http->config->max_clients_per_address)) {
        send_crowded(http, fd, text);
        peer_release(http, peer);
        return;
    }
    counter_add(&http->counts.accepted, 1);
    http->accepting = peer;
    carrier_take(http->plain, fd, &from->any, from->length);
    if (http->accepting != NULL)
        peer_release(http, http->accepting);
    http->accepting = NULL;
}

static void on_ready(void *owner, int events)
{
    struct http_acceptor *acceptor = owner;
    struct http *http = acceptor->http;

    (void)events;
    for (int i = 0; i < PER_TURN; i++) {
        struct address from = { .length = sizeof from.storage };
        int fd = accept4(watch_fd(acceptor->watch), &from.any, &from.length,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            take_connection(http, fd, &from);
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        if (errno != EAGAIN) {
            log_error("http", "cannot accept a connection: %s; trying again in %d ms",
                      strerror(errno), RETRY_MS);
            watch_events(acceptor->watch, 0);
            watch_timeout(acceptor->watch, RETRY_MS);
        }
        break;
    }
    carrier_run(http->plain);
}

static void on_retry(void *owner)
{
    struct http_acceptor *acceptor = owner;

    watch_events(acceptor->watch, UV_READABLE);
}

static void on_closed(void *owner)
{
    free(owner);
}

static const struct watch_callbacks callbacks = {
    .on_ready = on_ready,
    .on_timeout = on_retry,
    .on_closed = on_closed,
};

/* --- Listening. */

static int open_socket(const struct address *address)
{
    int on = 1;
    int fd =
        socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->any.sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(fd, &address->any, address->length) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* The default address may be taken: then HTTP is off, and DNS works. */
static enum rollcall_status no_socket(const struct http *http,
                                      const struct address *address, struct reason *why)
{
    char text[ADDRESS_TEXT];

    address_print(address, text, sizeof text);
    if (!http->config->listen_named && errno == EADDRINUSE) {
        log_warning("http",
                    "the HTTP API is off: %s is taken (a Consul agent?); set api.listen",
                    text);
        return ROLLCALL_OK;
    }
    reason_field(why, "api.listen", "cannot listen on %s: %s", text, strerror(errno));
    return ROLLCALL_E_IO;
}

static enum rollcall_status open_one(struct http *http, const struct address *address,
                                     struct reason *why)
{
    int fd = open_socket(address);

    if (fd < 0)
        return no_socket(http, address, why);
    struct http_acceptor *acceptor = calloc(1, sizeof *acceptor);
    if (acceptor == NULL || watch_open(http->loop, fd, &callbacks, acceptor,
                                       &acceptor->watch) != ROLLCALL_OK) {
        free(acceptor);
        close(fd);
        return ROLLCALL_E_NOMEM;
    }
    acceptor->http = http;
    acceptor->address = *address;
    http->acceptors[http->acceptor_count++] = acceptor;
    return ROLLCALL_OK;
}

enum rollcall_status accept_open(struct http *http, struct reason *why)
{
    for (uint32_t i = 0; i < http->config->listen_count; i++) {
        enum rollcall_status status = open_one(http, &http->config->listen[i], why);
        if (status != ROLLCALL_OK)
            return status;
    }
    return ROLLCALL_OK;
}

void accept_start(struct http *http)
{
    for (size_t i = 0; i < http->acceptor_count; i++)
        watch_events(http->acceptors[i]->watch, UV_READABLE);
}

void accept_close(struct http *http)
{
    for (size_t i = 0; i < http->acceptor_count; i++)
        watch_close(http->acceptors[i]->watch);
    http->acceptor_count = 0;
}

bool http_listens(const struct http *http, size_t index, char *out, size_t size)
{
    char text[ADDRESS_TEXT];

    if (http == NULL || index >= http->acceptor_count)
        return false;
    address_print(&http->acceptors[index]->address, text, sizeof text);
    snprintf(out, size, "http://%s", text);
    return true;
}
