#include "health/canary.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/list.h"
#include "health/probe.h"

enum {
    SILENCE_MS = 500, /* whoever has not answered by then does not answer */
    GATEWAY_PORT = 7, /* echo: refused nearly everywhere, and refused is an answer */
    WORDS = 160,
    ROUTE_UP = 1
};

struct canary {
    struct poll_waiter waiter;
    struct canaries *of;
    struct address address;
    bool asked;    /* waits for its answer */
    bool known;    /* there is an address */
    bool answered; /* once, ever: its silence means something */
    int error;     /* of this round; 0: it answered */
};

struct canaries {
    struct poller *poller;
    void (*on_round)(void *owner, bool well, const char *words);
    void *owner;
    int loopback; /* UDP, connected to itself; -1: none */
    bool use_gateway;
    bool under_way;
    int64_t due;
    uint32_t count;      /* of `all` */
    struct canary all[]; /* the gateway, then the targets */
};

/* --- The loopback: what is sent to oneself is there at once. */

static int open_loopback(void)
{
    struct sockaddr_in self = { .sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof self;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (bind(fd, (struct sockaddr *)&self, sizeof self) == 0 &&
        getsockname(fd, (struct sockaddr *)&self, &length) == 0 &&
        connect(fd, (struct sockaddr *)&self, length) == 0)
        return fd;
    close(fd);
    return -1;
}

static bool loopback_is_well(int fd)
{
    char byte = 'x';

    if (fd < 0)
        return true; /* it was not there when we began, so it says nothing */
    while (recv(fd, &byte, 1, MSG_DONTWAIT) >= 0)
        ;
    if (send(fd, "x", 1, MSG_DONTWAIT) != 1)
        return errno == ENOBUFS || errno == ENOMEM || errno == EAGAIN;
    return recv(fd, &byte, 1, MSG_DONTWAIT) == 1;
}

/* --- The gateway. */

bool canary_gateway_of(const char *line, struct address *out)
{
    char name[32];
    unsigned to, via, flags, mask;
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(GATEWAY_PORT) };

    if (sscanf(line, "%31s %x %x %x %*d %*d %*d %x", name, &to, &via, &flags, &mask) !=
            5 ||
        to != 0 || mask != 0 || via == 0 || (flags & ROUTE_UP) == 0)
        return false;
    in.sin_addr.s_addr = via; /* printed as it lies in memory */
    memset(out, 0, sizeof *out);
    memcpy(&out->storage, &in, sizeof in);
    out->length = sizeof in;
    return true;
}

static bool find_gateway(struct address *out)
{
    char line[256];
    bool found = false;
    FILE *routes = fopen("/proc/net/route", "re");

    if (routes == NULL)
        return false;
    while (!found && fgets(line, sizeof line, routes) != NULL)
        found = canary_gateway_of(line, out);
    fclose(routes);
    return found;
}

/* --- A round. */

static bool says_something(const struct canaries *canaries, uint32_t i)
{
    return i > 0 || (canaries->use_gateway && canaries->all[0].answered);
}

static void describe(const struct canaries *canaries, bool loopback, char *out)
{
    char place[ADDRESS_TEXT];
    size_t used = 0;

    out[0] = '\0';
    if (!loopback)
        used = (size_t)snprintf(out, WORDS, "our own loopback fails");
    for (uint32_t i = 0; i < canaries->count && used < WORDS; i++) {
        const struct canary *at = &canaries->all[i];
        if (at->error == 0 || !says_something(canaries, i))
            continue;
        place[0] = '\0';
        if (at->known)
            address_print(&at->address, place, sizeof place);
        used += (size_t)snprintf(out + used, WORDS - used, "%s%s %s: %s",
                                 used > 0 ? ", " : "",
                                 i == 0 ? "the default gateway" : "canary", place,
                                 at->known ? strerror(at->error) : "there is no route");
    }
}

static void finish(struct canaries *canaries)
{
    bool loopback = loopback_is_well(canaries->loopback);
    uint32_t asked = 0, failed = 0;
    char words[WORDS];

    for (uint32_t i = 0; i < canaries->count; i++) {
        asked += says_something(canaries, i);
        failed += says_something(canaries, i) && canaries->all[i].error != 0;
    }
    canaries->under_way = false;
    canaries->due = INT64_MAX;
    describe(canaries, loopback, words);
    canaries->on_round(canaries->owner, loopback && (asked == 0 || failed < asked),
                       words);
}

static void end_one(struct canary *canary, int error)
{
    if (canary->asked) {
        poller_forget(canary->of->poller, &canary->waiter);
        probe_close(canary->waiter.fd);
    }
    canary->asked = false;
    /* A port that is closed was refused by somebody. */
    canary->error = error == ECONNREFUSED || error == ECONNRESET ? 0 : error;
    canary->answered = canary->answered || canary->error == 0;
}

static bool all_ended(const struct canaries *canaries)
{
    for (uint32_t i = 0; i < canaries->count; i++)
        if (canaries->all[i].asked)
            return false;
    return true;
}

static void on_ready(struct poll_waiter *waiter, uint32_t events)
{
    struct canary *canary = list_entry(waiter, struct canary, waiter);

    (void)events;
    end_one(canary, probe_socket_error(waiter->fd));
    if (canary->of->under_way && all_ended(canary->of))
        finish(canary->of);
}

static void ask_one(struct canary *canary)
{
    const struct sockaddr *to = (const struct sockaddr *)&canary->address.storage;
    int fd = canary->known
                 ? socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
                 : -1;

    canary->error = 0;
    if (fd < 0) {
        end_one(canary, canary->known ? 0 : ENETUNREACH); /* no socket: says nothing */
        return;
    }
    canary->waiter = (struct poll_waiter){ .on_ready = on_ready, .fd = fd };
    int error = connect(fd, to, canary->address.length) == 0 ? 0 : errno;
    if (error != EINPROGRESS ||
        poller_add(canary->of->poller, &canary->waiter, EPOLLOUT) != ROLLCALL_OK) {
        probe_close(fd);
        end_one(canary, error == EINPROGRESS ? 0 : error);
        return;
    }
    canary->asked = true;
}

void canaries_ask(struct canaries *canaries, int64_t now)
{
    if (canaries->under_way)
        return;
    canaries->under_way = true;
    canaries->due = now + SILENCE_MS;
    if (canaries->use_gateway) {
        struct address found;
        canaries->all[0].known = find_gateway(&found);
        if (canaries->all[0].known)
            canaries->all[0].address = found;
    }
    for (uint32_t i = canaries->use_gateway ? 0 : 1; i < canaries->count; i++)
        ask_one(&canaries->all[i]);
    if (all_ended(canaries))
        finish(canaries);
}

int64_t canaries_next_due(const struct canaries *canaries)
{
    return canaries->due;
}

void canaries_run_due(struct canaries *canaries, int64_t now)
{
    if (!canaries->under_way || canaries->due > now)
        return;
    for (uint32_t i = 0; i < canaries->count; i++)
        if (canaries->all[i].asked)
            end_one(&canaries->all[i], ETIMEDOUT);
    finish(canaries);
}

enum rollcall_status canaries_open(struct poller *poller,
                                   const struct canary_settings *settings,
                                   void (*on_round)(void *owner, bool well,
                                                    const char *words),
                                   void *owner, struct canaries **out)
{
    uint32_t count = settings->target_count + 1;
    struct canaries *canaries =
        calloc(1, sizeof *canaries + count * sizeof canaries->all[0]);

    if (canaries == NULL)
        return ROLLCALL_E_NOMEM;
    canaries->poller = poller;
    canaries->on_round = on_round;
    canaries->owner = owner;
    canaries->use_gateway = settings->gateway;
    canaries->due = INT64_MAX;
    canaries->count = count;
    canaries->loopback = open_loopback();
    for (uint32_t i = 0; i < count; i++)
        canaries->all[i].of = canaries;
    for (uint32_t i = 0; i < settings->target_count; i++) {
        canaries->all[i + 1].address = settings->targets[i];
        canaries->all[i + 1].known = true;
    }
    *out = canaries;
    return ROLLCALL_OK;
}

void canaries_close(struct canaries *canaries)
{
    if (canaries == NULL)
        return;
    for (uint32_t i = 0; i < canaries->count; i++)
        if (canaries->all[i].asked)
            end_one(&canaries->all[i], ETIMEDOUT);
    if (canaries->loopback >= 0)
        close(canaries->loopback);
    free(canaries);
}
