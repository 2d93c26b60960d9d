#include "client/reach.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/address.h"
#include "base/clock.h"

#define TCP_SCHEME "tcp://"

enum {
    CONNECT_MS = 5000, /* for one address */
    DEAD_MS = 15000,   /* a daemon whose machine acknowledges nothing is gone */
    HOST_SIZE = 256
};

bool place_is_tcp(const char *place)
{
    return strncmp(place, TCP_SCHEME, strlen(TCP_SCHEME)) == 0;
}

/* --- Unix. */

static enum rollcall_status reach_unix(const char *path, int *out, struct reason *why)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof address.sun_path) {
        reason_set(why, "the path of the socket is longer than %zu bytes: %s",
                   sizeof address.sun_path - 1, path);
        return ROLLCALL_E_IO;
    }
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        reason_set(why, "cannot open a socket: %s", strerror(errno));
        return ROLLCALL_E_IO;
    }
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        reason_set(why, "cannot reach rollcalld at %s: %s", path, strerror(errno));
        close(fd);
        return ROLLCALL_E_IO;
    }
    *out = fd;
    return ROLLCALL_OK;
}

/* --- TCP. */

/* 0, or an errno. */
static int wait_connected(int fd)
{
    struct pollfd one = { .fd = fd, .events = POLLOUT };
    int64_t deadline = clock_monotonic_ms() + CONNECT_MS;
    socklen_t size = sizeof(int);
    int error = 0;

    for (;;) {
        int64_t left = deadline - clock_monotonic_ms();
        int ready = poll(&one, 1, left > 0 ? (int)left : 0);
        if (ready > 0)
            break;
        if (ready == 0)
            return ETIMEDOUT;
        if (errno != EINTR)
            return errno;
    }
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 ? errno : error;
}

static int try_connect(int fd, const struct sockaddr *address, socklen_t length)
{
    if (connect(fd, address, length) == 0)
        return 0;
    return errno == EINPROGRESS ? wait_connected(fd) : errno;
}

/* So that a machine that vanished is noticed here, too (tcp(7)). */
static void watch_over(int fd)
{
    int on = 1, third = DEAD_MS / 3000, probes = 2;
    unsigned whole = DEAD_MS;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &third, sizeof third);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &third, sizeof third);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &whole, sizeof whole);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

static int reach_first(const struct addrinfo *list, int *out)
{
    int error = EHOSTUNREACH;

    for (const struct addrinfo *at = list; at != NULL; at = at->ai_next) {
        int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        error = fd < 0 ? errno : try_connect(fd, at->ai_addr, at->ai_addrlen);
        if (error == 0) {
            watch_over(fd);
            *out = fd;
            return 0;
        }
        if (fd >= 0)
            close(fd);
    }
    return error;
}

static enum rollcall_status reach_tcp(const char *place, int *out, struct reason *why)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    struct addrinfo *list = NULL;
    char host[HOST_SIZE];
    char service[8];
    uint16_t port = 0;

    if (!address_split(place + strlen(TCP_SCHEME), host, sizeof host, &port) ||
        host[0] == '\0' || port == 0) {
        reason_set(why,
                   "%s is no place; write tcp://HOST:PORT, like tcp://10.0.0.1:8512 "
                   "or tcp://[fd00::1]:8512",
                   place);
        return ROLLCALL_E_INVALID;
    }
    snprintf(service, sizeof service, "%u", (unsigned)port);
    int error = getaddrinfo(host, service, &hints, &list);
    if (error != 0) {
        reason_set(why, "cannot find the host of %s: %s", place,
                   error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
        return ROLLCALL_E_IO;
    }
    error = reach_first(list, out);
    freeaddrinfo(list);
    if (error == 0)
        return ROLLCALL_OK;
    reason_set(why, "cannot reach rollcalld at %s: %s", place, strerror(error));
    return ROLLCALL_E_IO;
}

enum rollcall_status place_reach(const char *place, int *fd, struct reason *why)
{
    return place_is_tcp(place) ? reach_tcp(place, fd, why) : reach_unix(place, fd, why);
}
