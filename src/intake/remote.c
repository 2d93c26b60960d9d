#include "intake/remote.h"

#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "intake/session.h"
#include "loop/acceptor.h"
#include "proto/encode.h"

/* Everybody who comes from one address. */
struct visitor {
    char text[ADDRESS_TEXT]; /* the key: "10.0.0.1" */
    uint32_t connections;
};

static const struct config_registry *config_of(const struct remotes *remotes)
{
    return &remotes->intake->settings.config->registry;
}

static void count_now(struct remotes *remotes)
{
    counter_set(&remotes->intake->counts.tcp_connections, remotes->count);
}

/* --- Visitors. */

static struct visitor *visitor_take(struct remotes *remotes,
                                    const struct rollcall_address *address)
{
    char text[ADDRESS_TEXT];

    address_print_ip(address, text, sizeof text);
    struct visitor *visitor = table_get(&remotes->visitors, text, strlen(text));
    if (visitor == NULL) {
        visitor = calloc(1, sizeof *visitor);
        if (visitor == NULL)
            return NULL;
        strcpy(visitor->text, text);
        if (table_set(&remotes->visitors, visitor->text, strlen(visitor->text),
                      visitor) != ROLLCALL_OK) {
            free(visitor);
            return NULL;
        }
    }
    visitor->connections++;
    remotes->count++;
    return visitor;
}

static void visitor_release(struct remotes *remotes, struct visitor *visitor)
{
    remotes->count--;
    if (--visitor->connections > 0)
        return;
    table_remove(&remotes->visitors, visitor->text, strlen(visitor->text));
    free(visitor);
}

/* HTTP takes three quarters of the descriptors at most (peers_open() in http/limits.c);
 * this is half of what it leaves, so that the socket, checks and DNS have the rest. */
static uint32_t most(const struct remotes *remotes)
{
    struct rlimit files;
    uint32_t wanted = config_of(remotes)->tcp_clients;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur / 8 >= wanted)
        return wanted;
    return (uint32_t)(files.rlim_cur / 8);
}

static bool is_crowded(const struct remotes *remotes, const struct visitor *visitor)
{
    return remotes->count > most(remotes) ||
           visitor->connections > config_of(remotes)->tcp_clients_per_address;
}

/* --- Who has not been let in yet. */

static void set_ticker(struct remotes *remotes)
{
    int64_t due = INT64_MAX;

    if (!list_empty(&remotes->waiting))
        due = list_entry(remotes->waiting.next, struct remote, waiting)->due;
    ticker_set(remotes->ticker, due);
}

static void on_due(void *owner, int64_t now)
{
    struct remotes *remotes = owner;
    struct reason why;

    while (!list_empty(&remotes->waiting)) {
        struct remote *first = list_entry(remotes->waiting.next, struct remote, waiting);
        if (first->due > now)
            break;
        list_remove(&first->waiting);
        counter_add(&remotes->intake->counts.tcp_timeouts, 1);
        reason_set(&why, "no request came that could be let in, and the time for that is "
                         "over (registry.auth_timeout); connect again, and begin with "
                         "{\"op\":\"hello\",\"token\":\"...\"}");
        session_dismiss(first->session, ROLLCALL_E_UNAUTHORIZED, &why);
    }
    set_ticker(remotes);
}

void remote_admitted(struct remote *remote)
{
    struct remotes *remotes = remote->session->intake->remotes;

    if (list_empty(&remote->waiting))
        return;
    list_remove(&remote->waiting);
    set_ticker(remotes);
}

void remote_refused(struct remote *remote, enum proto_op op)
{
    struct reason why;

    if (list_empty(&remote->waiting) && op != PROTO_HELLO)
        return; /* somebody we know makes a mistake */
    if (++remote->refusals != REMOTE_REFUSALS_MAX)
        return;
    reason_set(&why,
               "%d requests of this connection were refused for want of a token; it is "
               "closed",
               REMOTE_REFUSALS_MAX);
    session_dismiss(remote->session, ROLLCALL_E_UNAUTHORIZED, &why);
}

void remote_denied(struct remote *remote)
{
    struct intake *intake = remote->session->intake;

    counter_add(&intake->counts.tcp_denied, 1);
    log_limited(&intake->remotes->denied_log, clock_monotonic_ms(), LOG_LEVEL_WARNING,
                "intake", "%s came over TCP with a token that is none of api.tokens",
                remote->visitor->text);
}

/* Leases that hang on the connection end with it. */
static void on_replaced(void *owner)
{
    struct remotes *remotes = owner;
    struct reason why;

    list_for_each_safe (at, keep, &remotes->intake->sessions) {
        struct session *session = list_entry(at, struct session, node);
        if (session->remote == NULL || session->remote->grant == NULL ||
            !grant_is_gone(session->remote->grant))
            continue;
        reason_set(&why, "the token of this connection is configured no more");
        session_dismiss(session, ROLLCALL_E_UNAUTHORIZED, &why);
    }
}

/* --- Connections. */

/* Idle or not, who acknowledges nothing for this time is gone (tcp(7)). */
static void watch_over(int fd, uint64_t dead_after)
{
    int on = 1;
    int third = (int)(dead_after / 3000) > 0 ? (int)(dead_after / 3000) : 1;
    int probes = 2;
    unsigned whole = (unsigned)dead_after;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &third, sizeof third);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &third, sizeof third);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &whole, sizeof whole);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

static void refuse(struct remotes *remotes, int fd, const struct visitor *visitor)
{
    const struct config_registry *config = config_of(remotes);
    struct reason why;

    counter_add(&remotes->intake->counts.tcp_refused, 1);
    log_limited(&remotes->crowd_log, clock_monotonic_ms(), LOG_LEVEL_WARNING, "intake",
                "too many connections over TCP (%u open, %u of %s): refused; see "
                "registry.tcp_clients, registry.tcp_clients_per_address and the limit of "
                "open files (allowed are %u)",
                remotes->count - 1, visitor->connections - 1, visitor->text,
                most(remotes));
    reason_set(&why,
               "too many connections; allowed: %u (registry.tcp_clients), %u from one "
               "address (registry.tcp_clients_per_address); try again later",
               most(remotes), config->tcp_clients_per_address);
    session_turn_away(fd, ROLLCALL_E_LIMIT, &why);
}

/* The address for those who give none; a link-local one means nothing to others. */
static void take_address(struct remote *remote, const struct address *from)
{
    if (from->any.sa_family != AF_INET6 || !IN6_IS_ADDR_LINKLOCAL(&from->v6.sin6_addr))
        address_to_ip(from, &remote->address);
}

static struct remote *remote_create(struct remotes *remotes, struct visitor *visitor,
                                    const struct address *from)
{
    struct remote *remote = calloc(1, sizeof *remote);

    if (remote == NULL)
        return NULL;
    remote->visitor = visitor;
    take_address(remote, from);
    remote->due = clock_monotonic_ms() + (int64_t)config_of(remotes)->auth_timeout_ms;
    list_append(&remotes->waiting, &remote->waiting);
    return remote;
}

static void give_back(struct remotes *remotes, struct remote *remote)
{
    list_remove(&remote->waiting);
    visitor_release(remotes, remote->visitor);
    count_now(remotes);
    grant_release(remote->grant);
    free(remote);
}

void remote_close(struct remote *remote)
{
    struct remotes *remotes = remote->session->intake->remotes;

    give_back(remotes, remote);
    set_ticker(remotes);
}

static void take(struct remotes *remotes, int fd, struct visitor *visitor,
                 const struct address *from)
{
    struct remote *remote = remote_create(remotes, visitor, from);

    if (remote == NULL) {
        visitor_release(remotes, visitor);
        close(fd);
        return;
    }
    watch_over(fd, config_of(remotes)->dead_after_ms);
    if (!session_open(remotes->intake, fd, remote)) {
        give_back(remotes, remote);
        return;
    }
    counter_add(&remotes->intake->counts.tcp_accepted, 1);
    count_now(remotes);
    set_ticker(remotes);
}

static void on_accept(void *owner, int fd)
{
    struct remotes *remotes = owner;
    struct address from = { .length = sizeof from.storage };
    struct rollcall_address ip;
    struct visitor *visitor = NULL;

    if (getpeername(fd, &from.any, &from.length) == 0 && address_to_ip(&from, &ip))
        visitor = visitor_take(remotes, &ip);
    if (visitor == NULL) {
        close(fd); /* it has gone already */
        return;
    }
    if (!is_crowded(remotes, visitor)) {
        take(remotes, fd, visitor, &from);
        return;
    }
    refuse(remotes, fd, visitor);
    visitor_release(remotes, visitor);
}

/* --- Listening. */

static void on_acceptor_closed(void *owner)
{
    struct remotes *remotes = owner;

    intake_closed_one(remotes->intake);
}

static enum rollcall_status listen_on(struct remotes *remotes,
                                      const struct address *address, struct reason *why)
{
    const struct acceptor_place place = { .address = address,
                                          .key = "registry.listen",
                                          .area = "intake" };
    char text[ADDRESS_TEXT];
    enum rollcall_status status =
        acceptor_open(remotes->intake->loop, &place, on_accept, on_acceptor_closed,
                      remotes, &remotes->acceptors[remotes->acceptor_count], why);

    if (status != ROLLCALL_OK)
        return status;
    remotes->acceptor_count++;
    remotes->intake->open++;
    address_print(address, text, sizeof text);
    if (!config_address_is_local(address))
        log_warning("intake",
                    "tokens and registrations go over %s unencrypted: keep it on a "
                    "private network",
                    text);
    return ROLLCALL_OK;
}

enum rollcall_status remotes_open(struct intake *intake, struct remotes **out,
                                  struct reason *why)
{
    const struct config_registry *config = &intake->settings.config->registry;
    struct remotes *remotes;

    if (config->listen_count == 0)
        return ROLLCALL_OK;
    remotes = calloc(1, sizeof *remotes);
    if (remotes == NULL)
        return ROLLCALL_E_NOMEM;
    *out = remotes;
    remotes->intake = intake;
    table_init(&remotes->visitors);
    list_init(&remotes->waiting);
    remotes->listener =
        (struct tokens_listener){ .on_replaced = on_replaced, .owner = remotes };
    tokens_listen(intake->settings.tokens, &remotes->listener);
    enum rollcall_status status =
        ticker_open(intake->loop, on_due, remotes, &remotes->ticker);
    for (uint32_t i = 0; i < config->listen_count && status == ROLLCALL_OK; i++)
        status = listen_on(remotes, &config->listen[i], why);
    return status;
}

void remotes_start(struct remotes *remotes)
{
    for (uint32_t i = 0; remotes != NULL && i < remotes->acceptor_count; i++)
        acceptor_start(remotes->acceptors[i]);
}

void remotes_close(struct remotes *remotes)
{
    if (remotes == NULL)
        return;
    tokens_unlisten(&remotes->listener);
    ticker_close(remotes->ticker);
    remotes->ticker = NULL;
    for (uint32_t i = 0; i < remotes->acceptor_count; i++)
        acceptor_close(remotes->acceptors[i]);
    remotes->acceptor_count = 0;
}
