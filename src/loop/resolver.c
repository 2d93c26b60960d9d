#include "loop/resolver.h"

#include <ares.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum {
    TIMEOUT_MS = 2000, /* of the first try, c-ares waits longer for the next */
    TRIES = 3,
    TICK_MS = 250, /* how often c-ares looks at its timeouts */
    TTL_UNKNOWN = INT32_MAX,
    PORT_TEXT = 8
};

struct resolver {
    uv_loop_t *loop; /* borrowed */
    ares_channel channel;
    uv_timer_t timer;
    unsigned asking;
    void (*done)(void *owner, const struct resolver_reply *reply);
    void *owner;
    struct watched *sockets; /* owned, by `next` */
};

/* A socket of c-ares, while it watches it. */
struct watched {
    uv_poll_t poll;
    struct resolver *resolver;
    struct watched *next;
    ares_socket_t fd;
};

struct question {
    struct resolver *resolver;
    char host[];
};

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct watched *watched = poll->data;
    bool readable = status < 0 || (events & UV_READABLE) != 0;
    bool writable = status < 0 || (events & UV_WRITABLE) != 0;

    ares_process_fd(watched->resolver->channel, readable ? watched->fd : ARES_SOCKET_BAD,
                    writable ? watched->fd : ARES_SOCKET_BAD);
}

static void on_tick(uv_timer_t *timer)
{
    struct resolver *resolver = timer->data;

    ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void on_socket_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* c-ares closes the descriptor after this, so the watching must end in here. */
static void forget_socket(struct resolver *resolver, ares_socket_t fd)
{
    struct watched **at = &resolver->sockets;

    while (*at != NULL && (*at)->fd != fd)
        at = &(*at)->next;
    if (*at == NULL)
        return;
    struct watched *watched = *at;
    *at = watched->next;
    uv_poll_stop(&watched->poll);
    uv_close((uv_handle_t *)&watched->poll, on_socket_closed);
}

/* NULL: it cannot be watched; the question runs into its timeout. */
static struct watched *socket_of(struct resolver *resolver, ares_socket_t fd)
{
    struct watched *watched = resolver->sockets;

    while (watched != NULL && watched->fd != fd)
        watched = watched->next;
    if (watched != NULL)
        return watched;
    watched = calloc(1, sizeof *watched);
    if (watched == NULL || uv_poll_init(resolver->loop, &watched->poll, fd) != 0) {
        free(watched);
        return NULL;
    }
    watched->poll.data = watched;
    watched->resolver = resolver;
    watched->fd = fd;
    watched->next = resolver->sockets;
    resolver->sockets = watched;
    return watched;
}

static void on_socket(void *owner, ares_socket_t fd, int readable, int writable)
{
    struct resolver *resolver = owner;

    if (!readable && !writable) {
        forget_socket(resolver, fd);
        return;
    }
    struct watched *watched = socket_of(resolver, fd);
    if (watched != NULL)
        uv_poll_start(&watched->poll,
                      (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0),
                      on_ready);
}

static bool take_address(const struct ares_addrinfo_node *node,
                         struct rollcall_address *out)
{
    const void *from = node->ai_addr;

    memset(out, 0, sizeof *out);
    if (node->ai_family == AF_INET) {
        out->family = 4;
        memcpy(out->bytes, &((const struct sockaddr_in *)from)->sin_addr, 4);
        return true;
    }
    if (node->ai_family != AF_INET6)
        return false;
    out->family = 6;
    memcpy(out->bytes, &((const struct sockaddr_in6 *)from)->sin6_addr, 16);
    return true;
}

static uint32_t least(uint32_t ttl, int other)
{
    return other >= 0 && (uint32_t)other < ttl ? (uint32_t)other : ttl;
}

static void tell(const struct question *question, const struct ares_addrinfo *info)
{
    struct rollcall_address addresses[RESOLVER_ADDRESSES];
    struct resolver_reply reply = { .host = question->host,
                                    .addresses = addresses,
                                    .ttl = info == NULL ? 0 : TTL_UNKNOWN };
    const struct ares_addrinfo_cname *alias = info == NULL ? NULL : info->cnames;
    const struct ares_addrinfo_node *node = info == NULL ? NULL : info->nodes;

    for (; alias != NULL; alias = alias->next)
        reply.ttl = least(reply.ttl, alias->ttl);
    for (; node != NULL && reply.count < RESOLVER_ADDRESSES; node = node->ai_next)
        if (take_address(node, &addresses[reply.count])) {
            reply.ttl = least(reply.ttl, node->ai_ttl);
            reply.count++;
        }
    if (reply.ttl == TTL_UNKNOWN)
        reply.ttl = 0;
    question->resolver->done(question->resolver->owner, &reply);
}

static void on_reply(void *owner, int status, int timeouts, struct ares_addrinfo *info)
{
    struct question *question = owner;
    struct resolver *resolver = question->resolver;

    (void)timeouts;
    if (--resolver->asking == 0)
        uv_timer_stop(&resolver->timer);
    if (status == ARES_SUCCESS || status == ARES_ENODATA || status == ARES_ENOTFOUND) {
        tell(question, info);
    } else if (status != ARES_EDESTRUCTION) {
        const struct resolver_reply reply = { .host = question->host,
                                              .why = ares_strerror(status) };
        resolver->done(resolver->owner, &reply);
    }
    ares_freeaddrinfo(info);
    free(question);
}

bool resolver_ask(struct resolver *resolver, const char *host)
{
    const struct ares_addrinfo_hints hints = { .ai_flags = ARES_AI_NOSORT,
                                               .ai_family = AF_UNSPEC };
    size_t size = strlen(host) + 1;
    struct question *question = malloc(sizeof *question + size);

    if (question == NULL)
        return false;
    question->resolver = resolver;
    memcpy(question->host, host, size);
    if (resolver->asking++ == 0)
        uv_timer_start(&resolver->timer, on_tick, TICK_MS, TICK_MS);
    ares_getaddrinfo(resolver->channel, question->host, NULL, &hints, on_reply, question);
    return true;
}

/* "127.0.0.1:53,[::1]:5300" */
static int set_servers(struct resolver *resolver, const struct address *servers,
                       size_t count)
{
    struct ares_addr_port_node *nodes = calloc(count, sizeof *nodes);
    int status = nodes == NULL ? ARES_ENOMEM : ARES_SUCCESS;

    for (size_t i = 0; i < count && status == ARES_SUCCESS; i++) {
        struct rollcall_address ip;
        if (!address_to_ip(&servers[i], &ip)) {
            status = ARES_EBADSTR;
            break;
        }
        nodes[i].next = i + 1 < count ? &nodes[i + 1] : NULL;
        nodes[i].family = ip.family == 4 ? AF_INET : AF_INET6;
        memcpy(&nodes[i].addr, ip.bytes, ip.family == 4 ? 4 : 16);
        nodes[i].udp_port = nodes[i].tcp_port = address_port(&servers[i]);
    }
    if (status == ARES_SUCCESS)
        status = ares_set_servers_ports(resolver->channel, nodes);
    free(nodes);
    return status;
}

static int open_channel(struct resolver *resolver, const struct address *servers,
                        size_t count, bool local)
{
    char sources[] = "fb"; /* hosts file, DNS */
    struct ares_options options = { .flags = local ? 0 : ARES_FLAG_NOSEARCH,
                                    .timeout = TIMEOUT_MS,
                                    .tries = TRIES,
                                    .lookups = local ? sources : sources + 1,
                                    .sock_state_cb = on_socket,
                                    .sock_state_cb_data = resolver };
    int status = ares_library_init(ARES_LIB_INIT_ALL);

    if (status == ARES_SUCCESS)
        status = ares_init_options(&resolver->channel, &options,
                                   ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                                       ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB);
    if (status != ARES_SUCCESS || count == 0)
        return status;
    status = set_servers(resolver, servers, count);
    if (status != ARES_SUCCESS)
        ares_destroy(resolver->channel);
    return status;
}

static enum rollcall_status open_resolver(
    uv_loop_t *loop, const struct address *servers, size_t count, bool local,
    void (*done)(void *owner, const struct resolver_reply *reply), void *owner,
    struct resolver **out, struct reason *why)
{
    struct resolver *resolver = calloc(1, sizeof *resolver);
    int status = ARES_ENOMEM;

    if (resolver != NULL) {
        *resolver = (struct resolver){ .loop = loop, .done = done, .owner = owner };
        status = open_channel(resolver, servers, count, local);
    }
    if (status != ARES_SUCCESS) {
        reason_set(why, "cannot set up looking up host names: %s", ares_strerror(status));
        free(resolver);
        return ROLLCALL_E_IO;
    }
    uv_timer_init(loop, &resolver->timer);
    resolver->timer.data = resolver;
    *out = resolver;
    return ROLLCALL_OK;
}

enum rollcall_status resolver_open(uv_loop_t *loop, const struct address *servers,
                                   size_t count,
                                   void (*done)(void *owner,
                                                const struct resolver_reply *reply),
                                   void *owner, struct resolver **out, struct reason *why)
{
    return open_resolver(loop, servers, count, false, done, owner, out, why);
}

enum rollcall_status resolver_open_local(
    uv_loop_t *loop, void (*done)(void *owner, const struct resolver_reply *reply),
    void *owner, struct resolver **out, struct reason *why)
{
    return open_resolver(loop, NULL, 0, true, done, owner, out, why);
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void resolver_close(struct resolver *resolver)
{
    if (resolver == NULL)
        return;
    ares_destroy(resolver->channel);
    ares_library_cleanup();
    uv_close((uv_handle_t *)&resolver->timer, on_timer_closed);
}
