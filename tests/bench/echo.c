/* bench/echo.c - the floor: send every datagram back as it came, with the system calls of
 * a DNS worker and nothing else. One thread, blocking, batches of the same width.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/address.h"
#include "bench/lib/cpu.h"
#include "bench/lib/program.h"

#define WIDTH_MAX 256
#define STRIDE    (4096 + 3 * 64) /* as src/serve/udp_batch.c, for the same caches */

struct echo {
    struct mmsghdr messages[WIDTH_MAX];
    struct iovec parts[WIDTH_MAX];
    struct sockaddr_in6 peers[WIDTH_MAX];
    uint8_t *octets;
    unsigned width;
};

static int open_socket(const char *listen_on)
{
    struct address address;
    int size = 8 * 1024 * 1024;

    if (!address_parse(listen_on, 0, &address))
        program_fail(0, "--listen: \"%s\" is not ADDRESS:PORT", listen_on);
    int fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, &address.any, address.length) != 0)
        program_fail(errno, "cannot listen on %s", listen_on);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    return fd;
}

static void prepare(struct echo *echo)
{
    echo->octets = aligned_alloc(64, (size_t)echo->width * STRIDE);
    if (echo->octets == NULL)
        program_fail(errno, "cannot allocate the buffers");
    for (unsigned i = 0; i < echo->width; i++) {
        echo->parts[i].iov_base = echo->octets + (size_t)i * STRIDE;
        echo->messages[i].msg_hdr.msg_name = &echo->peers[i];
        echo->messages[i].msg_hdr.msg_iov = &echo->parts[i];
        echo->messages[i].msg_hdr.msg_iovlen = 1;
    }
}

static void turn(struct echo *echo, int fd)
{
    for (unsigned i = 0; i < echo->width; i++) {
        echo->parts[i].iov_len = 4096;
        echo->messages[i].msg_hdr.msg_namelen = sizeof echo->peers[i];
    }
    int count = recvmmsg(fd, echo->messages, echo->width, MSG_WAITFORONE, NULL);
    if (count < 0 && errno != EINTR)
        program_fail(errno, "recvmmsg");
    for (int i = 0; i < count; i++)
        echo->parts[i].iov_len = echo->messages[i].msg_len;
    for (int sent = 0; sent < count;) {
        int more = sendmmsg(fd, echo->messages + sent, (unsigned)(count - sent), 0);
        sent += more > 0 ? more : 1;
    }
}

int main(int argc, char **argv)
{
    const char *listen_on = "127.0.0.1:5300";
    double width = 32, processor = -1;
    const struct program_option options[] = {
        { "--listen", "ADDRESS:PORT", .text = &listen_on },
        { "--batch", "datagrams a system call (32)", .number = &width },
        { "--cpu", "run on this processor", .number = &processor },
        { NULL, NULL, NULL, NULL, NULL },
    };
    program_options(argc, argv, "Send every UDP datagram back.", options);

    if (width < 1 || width > WIDTH_MAX)
        program_fail(0, "--batch: 1 to %d", WIDTH_MAX);
    if (processor >= 0 && !cpu_pin((int)processor))
        program_fail(errno, "cannot run on processor %d", (int)processor);
    struct echo *echo = calloc(1, sizeof *echo);
    if (echo == NULL)
        program_fail(errno, "cannot allocate");
    echo->width = (unsigned)width;
    prepare(echo);
    int fd = open_socket(listen_on);
    for (;;)
        turn(echo, fd);
}
