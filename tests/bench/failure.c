/* bench/failure.c - from the death of a listener to DNS: many instances with an HTTP
 * check each, served from here. A listener dies right after it has answered one of them,
 * which is the worst moment: the next run comes a whole interval later. What DNS takes
 * beyond interval times threshold is the delay that is ours.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/lib/asker.h"
#include "bench/lib/cpu.h"
#include "bench/lib/door.h"
#include "bench/lib/program.h"

#define MANY       1000
#define FIRST_WELL 2 /* answers before anybody dies */
#define GIVE_UP_NS INT64_C(60000000000)

static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"
                            "Connection: close\r\n\r\nok\n";

struct mortal {
    int listener; /* -1: dead */
    unsigned answers_left;
    int64_t died_ns, gone_ns; /* 0: not yet */
    struct question question;
};

struct failure {
    struct door door;
    struct asker asker;
    int epoll;
    unsigned count, interval_ms, threshold, gone;
    struct mortal mortals[MANY];
};

static uint16_t open_listener(struct failure *failure, unsigned number)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    socklen_t length = sizeof at;
    struct epoll_event event = { .events = EPOLLIN, .data.u32 = number };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, length) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &length) != 0 ||
        epoll_ctl(failure->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        program_fail(errno, "cannot listen on 127.0.0.1");
    failure->mortals[number].listener = fd;
    return ntohs(at.sin_port);
}

static void register_it(struct failure *failure, unsigned number, uint16_t port)
{
    char request[320];

    (void)snprintf(request, sizeof request,
                   "{\"op\":\"register\",\"service\":\"mortal%u\",\"id\":\"m%u\","
                   "\"address\":\"127.0.0.1\",\"port\":%u,\"checks\":[{\"kind\":\"http\","
                   "\"interval\":\"%ums\",\"failure_threshold\":%u}]}",
                   number, number, port, failure->interval_ms, failure->threshold);
    door_do(&failure->door, request);
}

static void make(struct failure *failure, unsigned number, const char *zone)
{
    struct mortal *mortal = &failure->mortals[number];
    char name[256];

    (void)snprintf(name, sizeof name, "mortal%u.%s", number, zone);
    if (!question_make(&mortal->question, name, "A", false))
        program_fail(0, "--zone: \"%s\" is not a name", zone);
    mortal->answers_left = FIRST_WELL + number % 8; /* not all at once */
    register_it(failure, number, open_listener(failure, number));
}

static void die(struct failure *failure, struct mortal *mortal, int64_t now)
{
    static const uint8_t address[4] = { 127, 0, 0, 1 };

    if (!asker_ask(&failure->asker, &mortal->question) ||
        !asker_names(&failure->asker, address))
        program_fail(0, "DNS does not name an instance that is well");
    close(mortal->listener);
    mortal->listener = -1;
    mortal->died_ns = now;
}

static void answer(struct failure *failure, struct mortal *mortal)
{
    const struct timeval soon = { .tv_usec = 200000 };
    char request[2048];
    int64_t now = clock_monotonic_ns();
    int fd = accept4(mortal->listener, NULL, NULL, 0);

    if (fd < 0)
        return;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
    if (recv(fd, request, sizeof request, 0) > 0)
        (void)send(fd, reply, sizeof reply - 1, MSG_NOSIGNAL);
    close(fd);
    if (--mortal->answers_left == 0)
        die(failure, mortal, now);
}

/* Nobody asks long before it can be out. */
static void look(struct failure *failure, struct mortal *mortal)
{
    static const uint8_t address[4] = { 127, 0, 0, 1 };
    int64_t least = (int64_t)failure->interval_ms * failure->threshold * 800000;

    if (mortal->died_ns == 0 || mortal->gone_ns != 0 ||
        clock_monotonic_ns() - mortal->died_ns < least)
        return;
    if (!asker_ask(&failure->asker, &mortal->question) ||
        asker_names(&failure->asker, address))
        return;
    mortal->gone_ns = clock_monotonic_ns();
    failure->gone++;
}

static void run(struct failure *failure)
{
    int64_t give_up = clock_monotonic_ns() + GIVE_UP_NS;

    while (failure->gone < failure->count) {
        struct epoll_event events[64];
        int count = epoll_wait(failure->epoll, events, 64, 1);
        for (int i = 0; i < count; i++)
            answer(failure, &failure->mortals[events[i].data.u32]);
        for (unsigned i = 0; i < failure->count; i++)
            look(failure, &failure->mortals[i]);
        if (clock_monotonic_ns() > give_up)
            program_fail(0, "only %u of %u left DNS", failure->gone, failure->count);
    }
}

/* Milliseconds beyond interval times threshold; below zero where jitter made it so. */
static double extra_ms(const struct failure *failure, uint64_t took_ns)
{
    return (double)took_ns / 1e6 - (double)failure->interval_ms * failure->threshold;
}

static void report(const struct failure *failure)
{
    static uint64_t took[MANY];

    for (unsigned i = 0; i < failure->count; i++)
        took[i] = (uint64_t)(failure->mortals[i].gone_ns - failure->mortals[i].died_ns);
    printf("{\"kills\":%u,\"extra_p50_ms\":%.1f,\"extra_p90_ms\":%.1f,"
           "\"extra_max_ms\":%.1f}\n",
           failure->count,
           extra_ms(failure, program_percentile(took, failure->count, 0.5)),
           extra_ms(failure, program_percentile(took, failure->count, 0.9)),
           extra_ms(failure, program_percentile(took, failure->count, 1)));
}

int main(int argc, char **argv)
{
    static struct failure failure;
    const char *path = NULL, *server = "127.0.0.1:8053", *zone = "service.local";
    double kills = 100, interval_ms = 1000, threshold = 3, processor = -1;
    const struct program_option options[] = {
        { "--socket", "the registration socket", .text = &path },
        { "--server", "ADDRESS:PORT of its DNS", .text = &server },
        { "--zone", "zone of the flat layout (service.local)", .text = &zone },
        { "--kills", "listeners (100)", .number = &kills },
        { "--interval", "of the checks, ms (1000)", .number = &interval_ms },
        { "--threshold", "failures in a row (3)", .number = &threshold },
        { "--cpu", "run on this processor", .number = &processor },
        { NULL, NULL, NULL, NULL, NULL },
    };
    program_options(argc, argv, "From a failure to DNS; prints one JSON line.", options);

    if (path == NULL || kills < 1 || kills > MANY || interval_ms < 1 || threshold < 1)
        program_fail(0, "failure: --socket is required, numbers in range; try --help");
    if (processor >= 0 && !cpu_pin((int)processor))
        program_fail(errno, "cannot run on processor %d", (int)processor);
    failure.count = (unsigned)kills;
    failure.interval_ms = (unsigned)interval_ms;
    failure.threshold = (unsigned)threshold;
    failure.epoll = epoll_create1(0);
    door_open(&failure.door, path);
    asker_open(&failure.asker, server);
    for (unsigned i = 0; i < failure.count; i++)
        make(&failure, i, zone);
    run(&failure);
    report(&failure);
    return 0;
}
