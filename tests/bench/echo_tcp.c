/* bench/echo_tcp.c - the floor of TCP: send back whatever a connection brings, one epoll,
 * one recv and one send for each time that something is there. One thread.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "bench/lib/program.h"

#define EVENTS 256

static void set_option(int fd, int level, int name)
{
    int on = 1;

    if (setsockopt(fd, level, name, &on, sizeof on) != 0)
        program_fail(errno, "setsockopt");
}

static int open_listener(const char *listen_on)
{
    struct address address;

    if (!address_parse(listen_on, 0, &address))
        program_fail(0, "--listen: \"%s\" is not ADDRESS:PORT", listen_on);
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        program_fail(errno, "socket");
    set_option(fd, SOL_SOCKET, SO_REUSEADDR);
    set_option(fd, IPPROTO_TCP, TCP_NODELAY); /* accepted connections inherit it */
    if (bind(fd, &address.any, address.length) != 0 || listen(fd, 1024) != 0)
        program_fail(errno, "cannot listen on %s", listen_on);
    return fd;
}

static void watch(int epoll, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        program_fail(errno, "epoll_ctl");
}

/* Waits for a peer that does not read: the load always does. */
static void send_back(int fd)
{
    char octets[64 * 1024];
    ssize_t got = recv(fd, octets, sizeof octets, MSG_DONTWAIT);

    if (got < 0 && errno == EAGAIN)
        return;
    for (ssize_t sent = 0; sent < got;) {
        ssize_t more = send(fd, octets + sent, (size_t)(got - sent), MSG_NOSIGNAL);
        if (more < 0)
            got = 0;
        else
            sent += more;
    }
    if (got <= 0)
        close(fd);
}

int main(int argc, char **argv)
{
    const char *listen_on = "127.0.0.1:5300";
    const struct program_option options[] = {
        { "--listen", "ADDRESS:PORT", .text = &listen_on },
        { NULL, NULL, NULL, NULL, NULL },
    };
    program_options(argc, argv, "Send everything that a TCP connection brings back.",
                    options);

    int listener = open_listener(listen_on);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        program_fail(errno, "epoll_create1");
    watch(epoll, listener);
    for (;;) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd != listener) {
                send_back(events[i].data.fd);
                continue;
            }
            int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
            if (fd >= 0)
                watch(epoll, fd);
        }
    }
}
