#include "serve/socket.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

/* While a worker's processor is busy elsewhere, queries wait in the socket. A small
 * datagram takes about 768 octets of kernel memory, so 20 ms at 300,000 queries a second
 * need 4.6 MB; beyond that the asker's time-out is the better judge. */
#define SOCKET_BUFFER (8 * 1024 * 1024)

/* The kernel cuts it to net.core.somaxconn. */
#define TCP_BACKLOG 1024

static bool set_option(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

static enum rollcall_status cannot_listen(const struct address *address, int error,
                                          struct reason *why)
{
    char text[ADDRESS_TEXT];
    address_print(address, text, sizeof text);

    if (error == EACCES || error == EPERM)
        reason_field(why, "dns.listen",
                     "cannot listen on %s: permission denied; ports below 1024 need "
                     "root or CAP_NET_BIND_SERVICE",
                     text);
    else if (error == EADDRINUSE)
        reason_field(why, "dns.listen",
                     "cannot listen on %s: address already in use; is another DNS "
                     "server running? choose another port in dns.listen",
                     text);
    else if (error == EADDRNOTAVAIL)
        reason_field(why, "dns.listen",
                     "cannot listen on %s: this machine has no such address; `ip addr` "
                     "shows those it has",
                     text);
    else
        reason_field(why, "dns.listen", "cannot listen on %s: %s", text, strerror(error));
    return ROLLCALL_E_IO;
}

static int open_socket(const struct address *address, int type)
{
    int fd = socket(address->any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && address->any.sa_family == AF_INET6)
        (void)set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    return fd;
}

static int probe_type(const struct address *address, int type)
{
    int fd = open_socket(address, type);
    if (fd < 0)
        return errno;
    /* Connections of an earlier daemon that are still in TIME_WAIT are no obstacle. */
    if (type == SOCK_STREAM)
        (void)set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);

    int error = bind(fd, &address->any, address->length) == 0 ? 0 : errno;
    if (error == 0 && type == SOCK_STREAM)
        error = listen(fd, 1) == 0 ? 0 : errno;
    close(fd);
    return error;
}

enum rollcall_status socket_probe(const struct address *address, struct reason *why)
{
    int error = probe_type(address, SOCK_DGRAM);
    if (error == 0)
        error = probe_type(address, SOCK_STREAM);
    return error == 0 ? ROLLCALL_OK : cannot_listen(address, error, why);
}

static void set_buffers(int fd)
{
    /* FORCE needs CAP_NET_ADMIN; without it net.core.rmem_max is the bound. */
    if (!set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER))
        (void)set_option(fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER);
    if (!set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_BUFFER))
        (void)set_option(fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER);
}

/* Forged ICMP "too big" must not shrink our replies, and they carry no DF bit: OMIT says
 * both, kernels before 3.15 know only DONT. */
static void ignore_path_mtu(int fd, int family)
{
    bool v6 = family == AF_INET6;
    int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
    int name = v6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER;

    if (!set_option(fd, level, name, v6 ? IPV6_PMTUDISC_OMIT : IP_PMTUDISC_OMIT))
        (void)set_option(fd, level, name, v6 ? IPV6_PMTUDISC_DONT : IP_PMTUDISC_DONT);
}

static bool report_destination(int fd, int family)
{
    return family == AF_INET6 ? set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
                              : set_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
}

static bool set_up_udp(int fd, const struct address *address)
{
    int family = address->any.sa_family;

    set_buffers(fd);
    ignore_path_mtu(fd, family);
    /* On a specific address the kernel replies from it anyway, and the control message
     * would be paid for every datagram. */
    if (address_is_wildcard(address) && !report_destination(fd, family))
        return false;
    return set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1) &&
           bind(fd, &address->any, address->length) == 0;
}

static bool set_up_tcp(int fd, const struct address *address)
{
    /* Accepted sockets inherit NODELAY: every write is whole replies, nothing follows
     * that would be worth waiting for. */
    (void)set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    return set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) &&
           set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1) &&
           bind(fd, &address->any, address->length) == 0 && listen(fd, TCP_BACKLOG) == 0;
}

enum rollcall_status socket_open_udp(const struct address *address, int *out,
                                     struct reason *why)
{
    int fd = open_socket(address, SOCK_DGRAM);
    if (fd < 0)
        return cannot_listen(address, errno, why);
    if (!set_up_udp(fd, address)) {
        int error = errno;
        close(fd);
        return cannot_listen(address, error, why);
    }
    *out = fd;
    return ROLLCALL_OK;
}

enum rollcall_status socket_open_tcp(const struct address *address, int *out,
                                     struct reason *why)
{
    int fd = open_socket(address, SOCK_STREAM);
    if (fd < 0)
        return cannot_listen(address, errno, why);
    if (!set_up_tcp(fd, address)) {
        int error = errno;
        close(fd);
        return cannot_listen(address, error, why);
    }
    *out = fd;
    return ROLLCALL_OK;
}
