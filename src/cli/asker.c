#include "cli/asker.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/random.h"
#include "dns/wire.h"

enum { UDP_TRIES = 3, UDP_WAIT_MS = 2000, TCP_WAIT_MS = 5000, QUERY_MAX = 512 };

struct question {
    const struct ask *ask;
    uint16_t id;
    uint8_t bytes[2 + QUERY_MAX]; /* with the length that TCP wants before it */
    size_t length;                /* without that */
};

/* Is it the reply to our question, and not to an older one or somebody else's? */
static bool is_reply(const struct question *question, struct asked *out, size_t length)
{
    struct dns_message *message = &out->message;

    if (!dns_message_open(message, out->bytes, length))
        return false;
    if (message->id != question->id || (message->flags & DNS_FLAG_QR) == 0)
        return false;
    if (message->question.length == 0) /* FORMERR may leave it out */
        return true;
    return message->question_type == question->ask->type &&
           dns_name_equal(message->question.wire, message->question.length,
                          question->ask->name->wire, question->ask->name->length);
}

/* Ready for `events` before `deadline` (monotonic ms)? */
static bool wait_for(int fd, short events, int64_t deadline)
{
    struct pollfd one = { .fd = fd, .events = events };
    int64_t left = deadline - clock_monotonic_ms();

    return left > 0 && poll(&one, 1, (int)left) > 0;
}

static int open_socket(const struct address *server, int kind, struct reason *why)
{
    char text[ADDRESS_TEXT];
    int fd = socket(server->any.sa_family, kind | SOCK_CLOEXEC, 0);

    address_print(server, text, sizeof text);
    if (fd >= 0 && connect(fd, &server->any, server->length) == 0)
        return fd;
    reason_set(why, "cannot reach %s: %s", text, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* True: the reply is there. False with errno 0: not in time. */
static bool receive_udp(int fd, const struct question *question, struct asked *out)
{
    int64_t deadline = clock_monotonic_ms() + question->ask->wait_ms;

    while (wait_for(fd, POLLIN, deadline)) {
        ssize_t got = recv(fd, out->bytes, sizeof out->bytes, 0);
        if (got < 0)
            return false;
        if (is_reply(question, out, (size_t)got))
            return true;
    }
    errno = 0;
    return false;
}

static bool ask_udp(const struct address *server, const struct question *question,
                    struct asked *out, struct reason *why)
{
    char text[ADDRESS_TEXT];
    int fd = open_socket(server, SOCK_DGRAM, why);
    bool found = false;

    if (fd < 0)
        return false;
    address_print(server, text, sizeof text);
    errno = 0;
    for (unsigned i = 0; i < question->ask->tries && !found && errno == 0; i++) {
        int64_t begin = clock_monotonic_us();
        if (send(fd, question->bytes + 2, question->length, 0) < 0)
            break;
        found = receive_udp(fd, question, out);
        out->microseconds = clock_monotonic_us() - begin;
    }
    if (!found && errno != 0)
        reason_set(why, "nobody answers DNS at %s: %s", text, strerror(errno));
    else if (!found)
        reason_set(why, "%s did not answer within %u ms, asked %u times", text,
                   question->ask->tries * question->ask->wait_ms, question->ask->tries);
    out->closed = !found && errno == ECONNREFUSED;
    close(fd);
    return found;
}

static bool receive_exactly(int fd, uint8_t *bytes, size_t length, int64_t deadline)
{
    while (length > 0) {
        if (!wait_for(fd, POLLIN, deadline))
            return false;
        ssize_t got = recv(fd, bytes, length, 0);
        if (got <= 0)
            return false;
        bytes += got;
        length -= (size_t)got;
    }
    return true;
}

static bool ask_tcp(const struct address *server, const struct question *question,
                    struct asked *out, struct reason *why)
{
    int64_t begin = clock_monotonic_us();
    int64_t deadline = begin / 1000 + TCP_WAIT_MS;
    int fd = open_socket(server, SOCK_STREAM, why);
    uint8_t prefix[2];

    if (fd < 0)
        return false;
    size_t length = question->length + 2;
    bool found = send(fd, question->bytes, length, MSG_NOSIGNAL) == (ssize_t)length &&
                 receive_exactly(fd, prefix, 2, deadline) &&
                 receive_exactly(fd, out->bytes, bytes_get16(prefix), deadline) &&
                 is_reply(question, out, bytes_get16(prefix));
    if (!found)
        reason_set(why, "the reply was truncated, and over TCP none came");
    out->microseconds = clock_monotonic_us() - begin;
    close(fd);
    return found;
}

bool ask_patiently(const struct address *server, const struct ask *ask, struct asked *out,
                   struct reason *why)
{
    struct question question = { .ask = ask, .id = (uint16_t)random_seed() };
    uint8_t *message = question.bytes + 2;

    question.length = dns_message_ask(message, QUERY_MAX, question.id, ask->name,
                                      ask->type, true, true);
    if (question.length == 0) {
        reason_set(why, "the question does not fit into a DNS message");
        return false;
    }
    bytes_put16(message + DNS_HEADER_SIZE + ask->name->length + 2, ask->class_);
    bytes_put16(question.bytes, (uint16_t)question.length);
    out->truncated = false;
    out->closed = false;
    if (!ask_udp(server, &question, out, why))
        return false;
    if ((out->message.flags & DNS_FLAG_TC) == 0)
        return true;
    out->truncated = true;
    return ask_tcp(server, &question, out, why);
}

bool ask_server(const struct address *server, const struct dns_name *name, uint16_t type,
                struct asked *out, struct reason *why)
{
    const struct ask ask = { .name = name,
                             .type = type,
                             .class_ = DNS_CLASS_IN,
                             .tries = UDP_TRIES,
                             .wait_ms = UDP_WAIT_MS };

    return ask_patiently(server, &ask, out, why);
}
