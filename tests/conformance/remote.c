#include "conformance/remote.h"

#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/bytes.h"

static int dial(const struct address *server, bool tcp, unsigned wait_ms)
{
    struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };
    int fd = socket(server->any.sa_family, tcp ? SOCK_STREAM : SOCK_DGRAM, 0);

    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    if (connect(fd, &server->any, server->length) == 0)
        return fd;
    close(fd);
    return -1;
}

static bool read_exactly(int fd, uint8_t *out, size_t length)
{
    return length == 0 || recv(fd, out, length, MSG_WAITALL) == (ssize_t)length;
}

static size_t ask_tcp(int fd, uint8_t *message, size_t length, size_t capacity)
{
    uint8_t *frame = malloc(length + 2);
    uint8_t size[2];

    if (frame == NULL)
        return 0;
    bytes_put16(frame, (uint16_t)length);
    memcpy(frame + 2, message, length);
    ssize_t sent = send(fd, frame, length + 2, MSG_NOSIGNAL);
    free(frame);
    if (sent != (ssize_t)length + 2 || !read_exactly(fd, size, 2))
        return 0;
    size_t reply = bytes_get16(size);
    return reply <= capacity && read_exactly(fd, message, reply) ? reply : 0;
}

static size_t ask_udp(int fd, uint8_t *message, size_t length, size_t capacity)
{
    if (send(fd, message, length, 0) != (ssize_t)length)
        return 0;
    ssize_t got = recv(fd, message, capacity, 0);
    return got < 0 ? 0 : (size_t)got;
}

size_t remote_answer(const struct address *server, uint8_t *message, size_t length,
                     size_t capacity, bool tcp, unsigned wait_ms)
{
    int fd = dial(server, tcp, wait_ms);

    if (fd < 0)
        return 0;
    size_t reply = tcp ? ask_tcp(fd, message, length, capacity)
                       : ask_udp(fd, message, length, capacity);
    close(fd);
    return reply;
}
