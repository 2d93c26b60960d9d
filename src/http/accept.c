/* Listening sockets: TCP, and one Unix socket. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/carrier.h"
#include "http/internal.h"
#include "loop/acceptor.h"

enum {
    PER_TURN = 256, /* connections taken in one turn of the loop */
    RETRY_MS = 100  /* when the process has no descriptor left */
};

struct door {
    struct http *http;   /* borrowed */
    struct watch *watch; /* owned */
    struct address address;
};

static void peer_name(const struct address *from, char *out, size_t size)
{
    struct rollcall_address ip;

    if (!address_to_ip(from, &ip))
        snprintf(out, size, "unix");
    else
        address_print_ip(&ip, out, size);
}

/* --- Connections. */

/* One line, because it has not said what it wants yet. */
static void send_crowded(struct http *http, int fd, bool encrypted, const char *peer)
{
    static const char answer[] =
        "HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Length: 70\r\nConnection: close\r\n\r\n"
        "Too many connections: see api.max_clients and max_clients_per_address\n";
    ssize_t sent = 0;

    if (!encrypted)
        sent = send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)sent; /* nobody to tell */
    shutdown(fd, SHUT_WR);
    close(fd);
    counter_add(&http->counts.refused_connections, 1);
    log_limited(&http->crowd_log, clock_monotonic_ms(), LOG_LEVEL_WARNING, "http",
                "too many connections (%u open, this one from %s): refused; see "
                "api.max_clients and api.max_clients_per_address",
                http->open, peer);
}

/* The certificates of clients are looked at with their first request. */
static void take_connection(struct http *http, struct carrier *carrier, int fd,
                            const struct address *from)
{
    bool is_unix = from->any.sa_family == AF_UNIX;
    char text[ADDRESS_TEXT] = "";

    peer_name(from, text, sizeof text);
    struct peer *peer = peer_take(http, text, !is_unix);
    if (peer == NULL) {
        close(fd);
        return;
    }
    if (peer_is_crowded(http, peer)) {
        send_crowded(http, fd, carrier == http->tls, text);
        peer_release(http, peer);
        return;
    }
    counter_add(&http->counts.accepted, 1);
    http->accepting = peer;
    carrier_take(carrier, fd, &from->any, from->length);
    if (http->accepting != NULL)
        peer_release(http, http->accepting);
    http->accepting = NULL;
}

static struct carrier *carrier_of(const struct http *http)
{
    return http->tls != NULL ? http->tls : http->plain;
}

static void on_ready(void *owner, int events)
{
    struct door *door = owner;
    struct http *http = door->http;

    (void)events;
    for (int i = 0; i < PER_TURN; i++) {
        struct address from = { .length = sizeof from.storage };
        int fd = accept4(watch_fd(door->watch), &from.any, &from.length,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            take_connection(http, carrier_of(http), fd, &from);
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        if (errno != EAGAIN) {
            log_error("http", "cannot accept a connection: %s; trying again in %d ms",
                      strerror(errno), RETRY_MS);
            watch_events(door->watch, 0);
            watch_timeout(door->watch, RETRY_MS);
        }
        break;
    }
    carrier_run(carrier_of(http));
}

static void on_retry(void *owner)
{
    struct door *door = owner;

    watch_events(door->watch, UV_READABLE);
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
static enum rollcall_status no_socket(struct http *http, const struct address *address,
                                      struct reason *why)
{
    char text[ADDRESS_TEXT];

    address_print(address, text, sizeof text);
    if (!http->config->listen_named && errno == EADDRINUSE) {
        http->taken = true;
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
    struct door *door = calloc(1, sizeof *door);
    if (door == NULL ||
        watch_open(http->loop, fd, &callbacks, door, &door->watch) != ROLLCALL_OK) {
        free(door);
        close(fd);
        return ROLLCALL_E_NOMEM;
    }
    door->http = http;
    door->address = *address;
    http->doors[http->door_count++] = door;
    return ROLLCALL_OK;
}

static void on_unix(void *owner, int fd)
{
    struct http *http = owner;
    const struct address from = { .length = sizeof(sa_family_t),
                                  .any = { .sa_family = AF_UNIX } };

    take_connection(http, http->plain, fd, &from);
    carrier_run(http->plain);
}

static void on_unix_closed(void *owner)
{
    (void)owner;
}

static enum rollcall_status open_unix(struct http *http, struct reason *why)
{
    const struct acceptor_place place = { .path = http->config->socket,
                                          .mode = http->config->socket_mode,
                                          .key = "api.socket",
                                          .area = "http" };

    if (place.path == NULL)
        return ROLLCALL_OK;
    return acceptor_open(http->loop, &place, on_unix, on_unix_closed, http,
                         &http->unix_door, why);
}

/* What stands in the configuration is meant; it is said once more at the start. */
static void warn_remote(const struct http *http, const struct address *address)
{
    char text[ADDRESS_TEXT];

    if (config_address_is_local(address))
        return;
    address_print(address, text, sizeof text);
    if (config_api_may_write(http->config) && !http->config->tls.require_client_cert)
        log_warning("http",
                    "everybody who reaches %s may register services: "
                    "api.allow_remote_without_auth is set",
                    text);
    if (http->config->tls.cert == NULL)
        log_warning("http",
                    "tokens and answers go over %s unencrypted: api.tls is not set",
                    text);
}

bool accept_any(const struct http *http)
{
    return http->door_count > 0 || http->unix_door != NULL;
}

enum rollcall_status accept_open(struct http *http, struct reason *why)
{
    for (uint32_t i = 0; i < http->config->listen_count; i++) {
        enum rollcall_status status = open_one(http, &http->config->listen[i], why);
        if (status != ROLLCALL_OK)
            return status;
        warn_remote(http, &http->config->listen[i]);
    }
    return open_unix(http, why);
}

void accept_start(struct http *http)
{
    for (size_t i = 0; i < http->door_count; i++)
        watch_events(http->doors[i]->watch, UV_READABLE);
    if (http->unix_door != NULL)
        acceptor_start(http->unix_door);
}

void accept_close(struct http *http)
{
    for (size_t i = 0; i < http->door_count; i++)
        watch_close(http->doors[i]->watch);
    http->door_count = 0;
    if (http->unix_door != NULL)
        acceptor_close(http->unix_door);
    http->unix_door = NULL;
}

bool http_listens(const struct http *http, size_t index, char *out, size_t size)
{
    char text[ADDRESS_TEXT];

    if (http == NULL || index > http->door_count)
        return false;
    if (index == http->door_count) {
        snprintf(out, size, "unix:%s", http->config->socket);
        return http->unix_door != NULL;
    }
    address_print(&http->doors[index]->address, text, sizeof text);
    snprintf(out, size, "%s://%s", http->config->tls.cert == NULL ? "http" : "https",
             text);
    return true;
}

const char *http_off(const struct http *http)
{
    if (http == NULL || accept_any(http))
        return NULL;
    return http->taken
               ? "its default address 127.0.0.1:8500 was taken at the start (a "
                 "Consul agent?); set api.listen to another, then restart rollcalld"
               : "api.listen is empty and api.socket is not set";
}
