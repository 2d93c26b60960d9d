#include "serve/udp_batch.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "dns/wire.h"

/* Buffers exactly a page apart would all begin in the same set of the processor's first
 * cache, which holds 8 of them; three lines more spread them. */
#define MESSAGE_STRIDE (DNS_UDP_MAX + 3 * 64)

#define SEND_WAIT_MS 1

struct peer {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address;
    /* Room for one IP_PKTINFO or IPV6_PKTINFO, aligned for a cmsghdr. */
    union {
        struct cmsghdr align;
        uint8_t octets[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    } control;
};

struct udp_batch {
    unsigned width;
    unsigned queued;
    struct mmsghdr *in;
    struct mmsghdr *out;
    struct iovec *in_parts;
    struct iovec *out_parts;
    struct peer *peers;
    uint8_t *messages;
};

static void wire_up(struct udp_batch *batch)
{
    for (unsigned i = 0; i < batch->width; i++) {
        batch->in_parts[i].iov_base = batch->messages + (size_t)i * MESSAGE_STRIDE;
        batch->in_parts[i].iov_len = DNS_UDP_MAX;
        batch->in[i].msg_hdr.msg_name = &batch->peers[i].address;
        batch->in[i].msg_hdr.msg_iov = &batch->in_parts[i];
        batch->in[i].msg_hdr.msg_iovlen = 1;
        batch->in[i].msg_hdr.msg_control = &batch->peers[i].control;
        batch->out[i].msg_hdr.msg_iov = &batch->out_parts[i];
        batch->out[i].msg_hdr.msg_iovlen = 1;
    }
}

struct udp_batch *udp_batch_create(unsigned width)
{
    assert(width >= 1 && width <= 1024);
    struct udp_batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL)
        return NULL;

    batch->width = width;
    batch->in = calloc(width, sizeof *batch->in);
    batch->out = calloc(width, sizeof *batch->out);
    batch->in_parts = calloc(width, sizeof *batch->in_parts);
    batch->out_parts = calloc(width, sizeof *batch->out_parts);
    batch->peers = calloc(width, sizeof *batch->peers);
    batch->messages = aligned_alloc(64, (size_t)width * MESSAGE_STRIDE);
    if (batch->in == NULL || batch->out == NULL || batch->in_parts == NULL ||
        batch->out_parts == NULL || batch->peers == NULL || batch->messages == NULL) {
        udp_batch_destroy(batch);
        return NULL;
    }
    wire_up(batch);
    return batch;
}

void udp_batch_destroy(struct udp_batch *batch)
{
    if (batch == NULL)
        return;
    free(batch->in);
    free(batch->out);
    free(batch->in_parts);
    free(batch->out_parts);
    free(batch->peers);
    free(batch->messages);
    free(batch);
}

unsigned udp_batch_width(const struct udp_batch *batch)
{
    return batch->width;
}

int udp_batch_receive(struct udp_batch *batch, int fd, bool destination)
{
    size_t control = destination ? sizeof batch->peers[0].control : 0;

    batch->queued = 0;
    for (unsigned i = 0; i < batch->width; i++) { /* the kernel shortened both */
        batch->in[i].msg_hdr.msg_namelen = sizeof batch->peers[i].address;
        batch->in[i].msg_hdr.msg_controllen = control;
    }

    int count;
    do {
        count = recvmmsg(fd, batch->in, batch->width, MSG_DONTWAIT, NULL);
    } while (count < 0 && errno == EINTR);
    if (count >= 0)
        return count;
    return errno == EAGAIN ? 0 : -errno;
}

uint8_t *udp_batch_message(struct udp_batch *batch, unsigned i, size_t *length)
{
    *length = batch->in[i].msg_len;
    return batch->in_parts[i].iov_base;
}

const struct sockaddr *udp_batch_from(const struct udp_batch *batch, unsigned i)
{
    return &batch->peers[i].address.any;
}

static bool is_link_local(const struct in6_addr *address)
{
    return IN6_IS_ADDR_LINKLOCAL(address) != 0;
}

/* What came as "was sent to" goes out as "send from". The interface is forgotten, so that
 * a reply follows the routes and not the way the query took; a link-local address means
 * nothing without its interface and keeps it. */
static void turn_destination_into_source(struct msghdr *header)
{
    struct cmsghdr *cmsg = CMSG_FIRSTHDR(header);
    if (cmsg == NULL)
        return;
    if (cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_PKTINFO) {
        struct in_pktinfo info;
        memcpy(&info, CMSG_DATA(cmsg), sizeof info);
        info.ipi_ifindex = 0;
        memcpy(CMSG_DATA(cmsg), &info, sizeof info);
    } else if (cmsg->cmsg_level == IPPROTO_IPV6 && cmsg->cmsg_type == IPV6_PKTINFO) {
        struct in6_pktinfo info;
        memcpy(&info, CMSG_DATA(cmsg), sizeof info);
        if (!is_link_local(&info.ipi6_addr))
            info.ipi6_ifindex = 0;
        memcpy(CMSG_DATA(cmsg), &info, sizeof info);
    } else {
        header->msg_controllen = 0;
    }
}

void udp_batch_reply(struct udp_batch *batch, unsigned i, size_t length)
{
    assert(batch->queued < batch->width && length <= DNS_UDP_MAX);
    unsigned at = batch->queued++;
    struct msghdr *from = &batch->in[i].msg_hdr;
    struct msghdr *to = &batch->out[at].msg_hdr;

    if (from->msg_controllen > 0)
        turn_destination_into_source(from);
    batch->out_parts[at].iov_base = batch->in_parts[i].iov_base;
    batch->out_parts[at].iov_len = length;
    to->msg_name = from->msg_name;
    to->msg_namelen = from->msg_namelen;
    to->msg_control = from->msg_controllen > 0 ? from->msg_control : NULL;
    to->msg_controllen = from->msg_controllen;
}

static void wait_for_room(int fd)
{
    struct pollfd wanted = { .fd = fd, .events = POLLOUT };
    (void)poll(&wanted, 1, SEND_WAIT_MS);
}

void udp_batch_send(struct udp_batch *batch, int fd, struct socket_counters *counters)
{
    unsigned at = 0;
    bool waited = false;

    while (at < batch->queued) {
        int sent = sendmmsg(fd, batch->out + at, batch->queued - at, MSG_DONTWAIT);
        if (sent > 0) {
            counter_add(&counters->udp_replies, (unsigned)sent);
            at += (unsigned)sent;
        } else if (errno == EAGAIN && !waited) {
            waited = true;
            wait_for_room(fd);
        } else if (errno == EAGAIN) {
            counter_add(&counters->udp_replies_dropped, batch->queued - at);
            break;
        } else if (errno != EINTR) { /* only the first of those offered is at fault */
            counter_add(&counters->udp_send_errors, 1);
            at++;
        }
    }
    batch->queued = 0;
}
