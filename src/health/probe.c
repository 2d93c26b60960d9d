#include "health/probe.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "health/naming.h"
#include "model/instance.h"

/* Where clouds hand out credentials to whoever asks from the machine itself. */
static const struct rollcall_address metadata[] = {
    { 4, { 169, 254, 169, 254 } },                     /* nearly all */
    { 4, { 169, 254, 170, 2 } },                       /* tasks at AWS */
    { 4, { 169, 254, 170, 23 } },                      /* pods at AWS */
    { 4, { 100, 100, 100, 200 } },                     /* Alibaba */
    { 4, { 168, 63, 129, 16 } },                       /* Azure's agents */
    { 4, { 192, 0, 0, 192 } },                         /* Oracle, of old */
    { 6, { 0xfd, 0, 0x0e, 0xc2, [14] = 0x02, 0x54 } }, /* fd00:ec2::254 */
    { 6, { 0xfd, 0, 0x0e, 0xc2, [15] = 0x23 } },       /* fd00:ec2::23 */
    { 6, { 0xfd, 0x20, 0, 0xce, [14] = 0x02, 0x54 } }, /* fd20:ce::254 */
};

/* The IPv4 address that an IPv6 one stands for: mapped (RFC 4291 section 2.5.5.2) or of
 * the well-known NAT64 prefix (RFC 6052 section 2.1). */
static struct rollcall_address without_wrapping(const struct rollcall_address *ip)
{
    static const uint8_t prefixes[][12] = { { [10] = 0xff, 0xff },
                                            { 0, 0x64, 0xff, 0x9b } };
    struct rollcall_address inner = { .family = 4 };

    for (size_t i = 0; ip->family == 6 && i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (memcmp(ip->bytes, prefixes[i], sizeof prefixes[i]) == 0) {
            memcpy(inner.bytes, ip->bytes + sizeof prefixes[i], 4);
            return inner;
        }
    return *ip;
}

bool probe_forbidden(const struct rollcall_address *ip)
{
    const struct rollcall_address bare = without_wrapping(ip);

    for (size_t i = 0; i < sizeof metadata / sizeof metadata[0]; i++)
        if (metadata[i].family == bare.family &&
            memcmp(metadata[i].bytes, bare.bytes, bare.family == 4 ? 4 : 16) == 0)
            return true;
    return false;
}

static bool target_forbidden(const struct address *target)
{
    struct rollcall_address ip;

    return address_to_ip(target, &ip) && probe_forbidden(&ip);
}

enum rollcall_status probe_validate_target(const struct rollcall_check *check,
                                           struct reason *why)
{
    const char *text = check_option(check, "target", 0);
    struct address target;

    if (text == NULL)
        return ROLLCALL_OK;
    if (naming_parse(text, NULL, NULL))
        return ROLLCALL_OK;
    if (!address_parse(text, 0, &target) || address_port(&target) == 0) {
        reason_field(why, "target",
                     "\"%s\" is not an address or a host name with a port; write it like "
                     "10.0.0.1:80, [fd00::1]:80 or db.internal:80",
                     text);
        return ROLLCALL_E_INVALID;
    }
    if (target_forbidden(&target)) {
        reason_field(why, "target",
                     "\"%s\" is a cloud metadata address, which checks may not reach",
                     text);
        return ROLLCALL_E_INVALID;
    }
    return ROLLCALL_OK;
}

bool check_target(const struct check *check, struct address *out)
{
    const struct rollcall_instance *instance = &check->entry->instance->is;
    const char *text = check_option(check->spec, "target", 0);
    uint16_t port;
    uint8_t protocol;

    if (check->named)
        return naming_address(check, out);
    if (text != NULL)
        return address_parse(text, 0, out) && address_port(out) != 0;
    if (instance->address_count == 0 ||
        !instance_default_port(instance, &port, &protocol) || port == 0)
        return false;
    address_from_ip(&instance->addresses[0], port, out);
    return true;
}

/* Hold the last packet of the handshake back: it then leaves with the request, or, when a
 * tcp check has seen the peer agree and resets, not at all. That halves the cost of a tcp
 * check, and the application is not even woken for it. */
static void delay_ack(int fd)
{
    const int quick = 0;

    setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &quick, sizeof quick);
}

/* On the same machine the handshake is over before connect(2) returns EINPROGRESS; a
 * second call then says so, which is cheaper than a turn through epoll. Elsewhere it
 * says EALREADY. */
static int begin_connect(int fd, const struct address *target, bool *connected)
{
    int error = connect(fd, &target->any, target->length) == 0 ? 0 : errno;

    if (error == EINPROGRESS)
        error = connect(fd, &target->any, target->length) == 0 ? 0 : errno;
    *connected = error == 0;
    return error == EALREADY || error == EINPROGRESS ? 0 : error;
}

static enum check_outcome make_socket(const struct check *check, int kind,
                                      struct address *target, int *fd)
{
    if (!check_target(check, target))
        return OUTCOME_NO_ADDRESS;
    if (target_forbidden(target))
        return OUTCOME_FORBIDDEN;
    *fd = socket(target->any.sa_family, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd >= 0)
        return OUTCOME_PASSED;
    return errno == EAFNOSUPPORT ? OUTCOME_UNREACHABLE : OUTCOME_NO_RESOURCES;
}

enum check_outcome probe_open_udp(const struct check *check, struct poll_waiter *waiter)
{
    struct address target;
    int made;
    enum check_outcome outcome = make_socket(check, SOCK_DGRAM, &target, &made);

    if (outcome != OUTCOME_PASSED)
        return outcome;
    if (connect(made, &target.any, target.length) != 0) {
        int error = errno;
        close(made);
        return probe_outcome(error);
    }
    waiter->fd = made;
    if (poller_add(check_poller(check), waiter, EPOLLIN) != ROLLCALL_OK) {
        waiter->fd = -1;
        close(made);
        return OUTCOME_NO_RESOURCES;
    }
    return OUTCOME_PASSED;
}

enum check_outcome probe_connect(const struct check *check, int *fd, bool *connected)
{
    struct address target;
    int made;
    enum check_outcome outcome = make_socket(check, SOCK_STREAM, &target, &made);

    if (outcome != OUTCOME_PASSED)
        return outcome;
    delay_ack(made);
    int error = begin_connect(made, &target, connected);
    if (error != 0) {
        close(made);
        return probe_outcome(error);
    }
    *fd = made;
    return OUTCOME_PASSED;
}

int probe_socket_error(int fd)
{
    int error = 0;
    socklen_t length = sizeof error;

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
        return errno;
    return error;
}

enum check_outcome probe_outcome(int error)
{
    switch (error) {
    case ECONNREFUSED:
        return OUTCOME_REFUSED;
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED:
        return OUTCOME_RESET;
    case ETIMEDOUT:
        return OUTCOME_TIMED_OUT;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL: /* no local port is left */
    case EAGAIN:        /* the same, for unprivileged ranges */
        return OUTCOME_NO_RESOURCES;
    default:
        return OUTCOME_UNREACHABLE;
    }
}

void probe_close(int fd)
{
    const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
}
