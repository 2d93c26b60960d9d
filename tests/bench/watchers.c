/* bench/watchers.c - many clients wait over HTTP for one change: blocking queries and
 * event streams. One instance gets another tag, and every client notes when it hears.
 * With --bare no daemon is asked: a process of our own writes as many octets to as many
 * connections, which is what the kernel alone takes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/lib/cpu.h"
#include "bench/lib/door.h"
#include "bench/lib/program.h"

#define GIVE_UP_MS 30000
#define SETTLE_US  1500000

struct watchers {
    struct sockaddr_in server;
    int *fds;
    uint64_t *heard_ns; /* 0: not yet */
    size_t count, streams, left;
    int epoll;
    char index[24]; /* X-Consul-Index of the last blocking reply */
    size_t octets;  /* of the last reply */
    char needle[32];
};

static int connect_to(const struct sockaddr_in *server)
{
    const int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (const struct sockaddr *)server, sizeof *server) != 0)
        program_fail(errno, "cannot connect; are there enough descriptors and ports?");
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static void send_all(int fd, const char *text)
{
    if (send(fd, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text))
        program_fail(errno, "a request could not be sent whole");
}

/* What a reply says: its index, and whether it is a good one. */
static void look(struct watchers *all, const char *reply, ssize_t length, bool first)
{
    static const char name[] = "X-Consul-Index: ";
    const char *at = strstr(reply, name);

    if (first && strncmp(reply, "HTTP/1.1 200", 12) != 0)
        program_fail(0, "not answered with 200: %.60s", reply);
    if (at != NULL) {
        at += sizeof name - 1;
        size_t digits = strspn(at, "0123456789");
        snprintf(all->index, sizeof all->index, "%.*s", (int)digits, at);
        all->octets = (size_t)length;
    }
}

/* Is the change in what came? A stream has comments in between, to show that it lives. */
static bool receive(struct watchers *all, int fd, bool first)
{
    static char reply[65536];
    ssize_t got = recv(fd, reply, sizeof reply - 1, 0);

    if (got <= 0)
        program_fail(got < 0 ? errno : 0, "a watcher was cut off");
    reply[got] = '\0';
    look(all, reply, got, first);
    return strstr(reply, all->needle) != NULL;
}

static void ask(struct watchers *all, size_t i)
{
    char request[300];

    if (i < all->streams)
        snprintf(request, sizeof request,
                 "GET /v1/rollcall/events?service=svc0000 HTTP/1.1\r\nHost: localhost\r\n"
                 "Accept: text/event-stream\r\n\r\n");
    else
        snprintf(request, sizeof request,
                 "GET /v1/health/service/svc0000?index=%s&wait=300s HTTP/1.1\r\n"
                 "Host: localhost\r\nUser-Agent: Go-http-client/1.1\r\n"
                 "Accept-Encoding: gzip\r\n\r\n",
                 all->index);
    send_all(all->fds[i], request);
}

static void learn_index(struct watchers *all)
{
    int fd = connect_to(&all->server);

    send_all(fd, "GET /v1/health/service/svc0000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    (void)receive(all, fd, true);
    close(fd);
}

static void open_all(struct watchers *all)
{
    all->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < all->count; i++) {
        struct epoll_event event = { .events = EPOLLIN, .data.u64 = i };
        all->fds[i] = connect_to(&all->server);
        if (epoll_ctl(all->epoll, EPOLL_CTL_ADD, all->fds[i], &event) != 0)
            program_fail(errno, "cannot watch a connection");
    }
}

/* Streams have begun, and nobody has been told anything. */
static void settle(struct watchers *all)
{
    for (size_t i = 0; i < all->streams; i++)
        (void)receive(all, all->fds[i], true);
    (void)usleep(SETTLE_US);
    struct epoll_event event;
    while (epoll_wait(all->epoll, &event, 1, 0) > 0)
        if (event.data.u64 < all->streams)
            (void)recv(all->fds[event.data.u64], (char[4096]){ 0 }, 4096, 0);
        else
            program_fail(0, "a watcher was answered before anything changed");
}

static void collect(struct watchers *all, int64_t begun)
{
    struct epoll_event events[256];

    memset(all->heard_ns, 0, all->count * sizeof *all->heard_ns);
    for (all->left = all->count; all->left > 0;) {
        int ready = epoll_wait(all->epoll, events, 256, GIVE_UP_MS);
        if (ready <= 0)
            program_fail(0, "%zu of %zu were not told", all->left, all->count);
        for (int e = 0; e < ready; e++) {
            size_t i = events[e].data.u64;
            if (!receive(all, all->fds[i], false) || all->heard_ns[i] != 0)
                continue;
            all->left--;
            all->heard_ns[i] = (uint64_t)(clock_monotonic_ns() - begun);
        }
    }
}

static unsigned long anonymous_kb(int pid)
{
    char path[64], line[256];
    unsigned long kb = 0;

    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "RssAnon: %lu", &kb) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return kb;
}

/* --- The bare kernel: accept `count`, then write `octets` to each on a signal. */

static void bare_server(int listener, size_t count, size_t octets, int go)
{
    int *fds = calloc(count, sizeof *fds);
    char *reply = malloc(octets + 1);
    char byte;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (fds == NULL || reply == NULL)
        _exit(1);
    memset(reply, 'x', octets);
    memcpy(reply, "told", 4);
    reply[octets] = '\0';
    for (size_t i = 0; i < count; i++)
        if ((fds[i] = accept(listener, NULL, NULL)) < 0)
            _exit(1);
    while (read(go, &byte, 1) == 1)
        for (size_t i = 0; i < count; i++)
            if (write(fds[i], reply, octets) != (ssize_t)octets)
                _exit(1);
    _exit(0);
}

static int bare_begin(struct watchers *all, int processor, size_t octets)
{
    socklen_t length = sizeof all->server;
    int go[2], listener = socket(AF_INET, SOCK_STREAM, 0);

    all->server = (struct sockaddr_in){ .sin_family = AF_INET,
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    if (pipe(go) != 0 || bind(listener, (struct sockaddr *)&all->server, length) != 0 ||
        listen(listener, 4096) != 0 ||
        getsockname(listener, (struct sockaddr *)&all->server, &length) != 0)
        program_fail(errno, "cannot listen");
    if (fork() == 0) {
        close(go[1]);
        if (processor >= 0)
            (void)cpu_pin(processor);
        bare_server(listener, all->count, octets, go[0]);
    }
    close(go[0]);
    close(listener);
    return go[1];
}

/* --- Rounds. */

struct rounds {
    uint64_t last[64], median[64], replied[64];
    int64_t begun[64]; /* monotonic ns, for who measures something else meanwhile */
    size_t count;
};

static void note(struct rounds *rounds, size_t r, struct watchers *all)
{
    rounds->median[r] = program_percentile(all->heard_ns, all->count, 0.5);
    rounds->last[r] = program_percentile(all->heard_ns, all->count, 1);
}

static void daemon_rounds(struct watchers *all, struct door *door, struct rounds *rounds)
{
    char request[300];

    for (size_t r = 0; r < rounds->count; r++) {
        if (r > 0)
            for (size_t i = all->streams; i < all->count; i++)
                ask(all, i);
        (void)usleep(SETTLE_US);
        snprintf(all->needle, sizeof all->needle, "tag-%zu-%d", r, (int)getpid());
        snprintf(request, sizeof request,
                 "{\"op\":\"register\",\"service\":\"svc0000\",\"id\":\"svc0000-1\","
                 "\"address\":\"10.0.0.1\",\"port\":8080,\"tags\":[\"%s\"]}",
                 all->needle);
        int64_t begun = rounds->begun[r] = clock_monotonic_ns();
        door_do(door, request);
        rounds->replied[r] = (uint64_t)(clock_monotonic_ns() - begun);
        collect(all, begun);
        note(rounds, r, all);
    }
}

static void bare_rounds(struct watchers *all, int go, struct rounds *rounds)
{
    snprintf(all->needle, sizeof all->needle, "told");
    for (size_t r = 0; r < rounds->count; r++) {
        (void)usleep(SETTLE_US / 3);
        int64_t begun = clock_monotonic_ns();
        if (write(go, "g", 1) != 1)
            program_fail(errno, "the bare server is gone");
        collect(all, begun);
        note(rounds, r, all);
    }
}

static void print(struct rounds *rounds, const struct watchers *all, unsigned long kb)
{
    char when[64 * 48] = "";
    size_t at = 0;

    for (size_t r = 0; r < rounds->count && rounds->begun[r] > 0; r++)
        at +=
            (size_t)snprintf(when + at, sizeof when - at, "%s[%.4f,%.4f]",
                             r > 0 ? "," : "", (double)rounds->begun[r] / 1e9,
                             (double)(rounds->begun[r] + (int64_t)rounds->last[r]) / 1e9);
    printf("{\"watchers\":%zu,\"streams\":%zu,\"octets\":%zu,\"p50_ms\":%.1f,"
           "\"last_ms\":%.1f,\"worst_ms\":%.1f,\"replied_ms\":%.1f,\"kb\":%lu,"
           "\"when\":[%s]}\n",
           all->count, all->streams, all->octets,
           (double)program_percentile(rounds->median, rounds->count, 0.5) / 1e6,
           (double)program_percentile(rounds->last, rounds->count, 0.5) / 1e6,
           (double)program_percentile(rounds->last, rounds->count, 1) / 1e6,
           (double)program_percentile(rounds->replied, rounds->count, 0.5) / 1e6, kb,
           when);
}

static void parse_server(struct watchers *all, const char *text)
{
    char host[64];
    unsigned port = 0;

    if (sscanf(text, "%63[^:]:%u", host, &port) != 2 || port == 0 || port > 65535 ||
        inet_pton(AF_INET, host, &all->server.sin_addr) != 1)
        program_fail(0, "--http %s: allowed: IPV4:PORT", text);
    all->server.sin_family = AF_INET;
    all->server.sin_port = htons((uint16_t)port);
}

static void against_daemon(struct watchers *all, const char *http, const char *socket,
                           int daemon, struct rounds *rounds)
{
    static struct door door;

    parse_server(all, http);
    door_open(&door, socket);
    learn_index(all);
    unsigned long before = anonymous_kb(daemon);
    open_all(all);
    for (size_t i = 0; i < all->count; i++)
        ask(all, i);
    settle(all);
    unsigned long after = anonymous_kb(daemon);
    daemon_rounds(all, &door, rounds);
    print(rounds, all, after > before ? after - before : 0);
}

int main(int argc, char **argv)
{
    static struct watchers all;
    static struct rounds rounds;
    const char *http = NULL, *socket = NULL;
    double count = 10000, streams = 0, daemon = 0, repeat = 5, bare = 0, processor = -1,
           other = -1;
    const struct program_option options[] = {
        { "--http", "IPV4:PORT of its API", .text = &http },
        { "--socket", "its registration socket", .text = &socket },
        { "--daemon", "its process", .number = &daemon },
        { "--count", "clients (10000)", .number = &count },
        { "--streams", "of them event streams (0)", .number = &streams },
        { "--rounds", "changes, one after another (5; 64 at most)", .number = &repeat },
        { "--bare", "no daemon: write so many octets to each", .number = &bare },
        { "--cpu", "run on this processor", .number = &processor },
        { "--server-cpu", "where the bare writer runs", .number = &other },
        { NULL, NULL, NULL, NULL, NULL },
    };
    program_options(argc, argv, "Clients that wait over HTTP; prints one JSON line.",
                    options);
    struct rlimit files = { (rlim_t)count + 64, (rlim_t)count + 64 };

    all.count = (size_t)count;
    all.streams = (size_t)streams;
    rounds.count = repeat < 1 || repeat > 64 ? 1 : (size_t)repeat;
    all.fds = calloc(all.count, sizeof *all.fds);
    all.heard_ns = calloc(all.count, sizeof *all.heard_ns);
    (void)setrlimit(RLIMIT_NOFILE, &files);
    if (processor >= 0 && !cpu_pin((int)processor))
        program_fail(errno, "cannot run on processor %d", (int)processor);
    if (bare > 0) {
        int go = bare_begin(&all, (int)other, (size_t)bare);
        open_all(&all);
        bare_rounds(&all, go, &rounds);
        print(&rounds, &all, 0);
        close(go);
        return 0;
    }
    if (http == NULL || socket == NULL || daemon < 2)
        program_fail(0,
                     "watchers: --http, --socket and --daemon are required; try --help");
    against_daemon(&all, http, socket, (int)daemon, &rounds);
    return 0;
}
