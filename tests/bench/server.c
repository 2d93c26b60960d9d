/* bench/server.c - what is checked: accepts connections on one port of every address and
 * answers "200 OK" to whatever is asked. One thread, epoll. SIGUSR1: print how many
 * requests were answered.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "bench/lib/cpu.h"
#include "bench/lib/program.h"

static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"
                            "Connection: close\r\n\r\nok\n";

static int open_listener(const char *listen_on)
{
    struct address address;
    int one = 1;

    if (!address_parse(listen_on, 0, &address))
        program_fail(0, "--listen: \"%s\" is not ADDRESS:PORT", listen_on);
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (fd < 0 || bind(fd, &address.any, address.length) != 0 || listen(fd, 4096) != 0)
        program_fail(errno, "cannot listen on %s", listen_on);
    return fd;
}

static void watch(int epoll, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
    (void)epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void accept_all(int epoll, int listener)
{
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;)
        watch(epoll, fd);
}

/* How many were answered: 1 or 0. */
static unsigned answer(int fd)
{
    char request[2048];
    bool asked = recv(fd, request, sizeof request, 0) > 0;

    if (asked)
        (void)send(fd, reply, sizeof reply - 1, MSG_NOSIGNAL);
    close(fd); /* takes it out of epoll */
    return asked;
}

/* A descriptor that is readable when somebody wants the number. */
static int open_signals(void)
{
    sigset_t wanted;

    sigemptyset(&wanted);
    sigaddset(&wanted, SIGUSR1);
    (void)sigprocmask(SIG_BLOCK, &wanted, NULL);
    return signalfd(-1, &wanted, SFD_NONBLOCK);
}

static void tell(int signals, uint64_t answered)
{
    struct signalfd_siginfo info;

    (void)!read(signals, &info, sizeof info);
    printf("%" PRIu64 "\n", answered);
    (void)fflush(stdout);
}

static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    const char *listen_on = "0.0.0.0:8080";
    double processor = -1;
    const struct program_option options[] = {
        { "--listen", "ADDRESS:PORT (0.0.0.0:8080)", .text = &listen_on },
        { "--cpu", "run on this processor", .number = &processor },
        { NULL, NULL, NULL, NULL, NULL },
    };
    program_options(argc, argv, "Answer every HTTP request, accept every connection.",
                    options);

    if (processor >= 0 && !cpu_pin((int)processor))
        program_fail(errno, "cannot run on processor %d", (int)processor);
    raise_descriptors();
    int signals = open_signals();
    int listener = open_listener(listen_on);
    int epoll = epoll_create1(0);
    uint64_t answered = 0;
    watch(epoll, listener);
    watch(epoll, signals);
    for (;;) {
        struct epoll_event events[256];
        int count = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener)
                accept_all(epoll, listener);
            else if (events[i].data.fd == signals)
                tell(signals, answered);
            else
                answered += answer(events[i].data.fd);
        }
    }
}
