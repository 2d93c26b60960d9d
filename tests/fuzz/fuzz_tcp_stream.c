/* TCP framing: whatever arrives, in pieces of any size, the replies that leave are those
 * that a plain walk over all of it gives. The first octet is the size of the pieces. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "dns/wire.h"
#include "fuzz/fuzz.h"
#include "serve/tcp_stream.h"

enum { INPUT_MAX = 16384, REPLY_MAX = 300 };

/* What the query says its reply is: so many octets, all the same; 0: silence. */
static size_t reply_length(const uint8_t *query)
{
    return bytes_get16(query) % REPLY_MAX;
}

static size_t answer(void *owner, const struct sockaddr *peer, uint8_t *message,
                     size_t length, size_t capacity)
{
    size_t reply = reply_length(message);

    (void)owner;
    FUZZ_REQUIRE(peer == NULL);
    FUZZ_REQUIRE(length >= DNS_HEADER_SIZE && length <= TCP_STREAM_IN - 2);
    FUZZ_REQUIRE(capacity == DNS_MESSAGE_MAX);
    memset(message, message[length - 1], reply);
    return reply;
}

/* The replies to all of `data`, as the octets of the connection. */
static size_t expected_of(const uint8_t *data, size_t size, uint8_t *out)
{
    size_t used = 0;

    for (size_t at = 0; size - at >= 2;) {
        size_t length = bytes_get16(data + at);
        if (length < DNS_HEADER_SIZE || length > TCP_STREAM_IN - 2 ||
            size - at < 2 + length)
            break;
        size_t reply = reply_length(data + at + 2);
        if (reply == 0)
            break;
        bytes_put16(out + used, (uint16_t)reply);
        memset(out + used + 2, data[at + 1 + length], reply);
        used += 2 + reply;
        at += 2 + length;
    }
    return used;
}

struct line {
    int ends[2];
    struct tcp_stream stream;
    uint8_t *in, *out; /* as long as they are and no longer: for the sanitizer */
    uint8_t *got;
    size_t got_length;
};

static void turn(struct line *line, size_t room)
{
    FUZZ_REQUIRE(tcp_stream_receive(&line->stream) >= 0);
    (void)tcp_stream_answer(&line->stream, answer, NULL);
    FUZZ_REQUIRE(line->stream.in_end <= TCP_STREAM_IN);
    FUZZ_REQUIRE(line->stream.out_end <= TCP_STREAM_OUT);
    FUZZ_REQUIRE(tcp_stream_send(&line->stream) >= 0);
    for (;;) {
        ssize_t more = recv(line->ends[1], line->got + line->got_length,
                            room - line->got_length, MSG_DONTWAIT);
        if (more <= 0)
            return;
        line->got_length += (size_t)more;
    }
}

static void run(struct line *line, const uint8_t *data, size_t size, size_t piece,
                size_t room)
{
    for (size_t at = 0; at < size && !line->stream.ended; at += piece) {
        size_t length = size - at < piece ? size - at : piece;
        FUZZ_REQUIRE(send(line->ends[1], data + at, length, 0) == (ssize_t)length);
        for (unsigned i = 0; i < 2 + length / TCP_STREAM_IN; i++)
            turn(line, room);
    }
    shutdown(line->ends[1], SHUT_WR);
    for (unsigned i = 0; i < 4; i++)
        turn(line, room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > INPUT_MAX)
        return 0;
    size_t room = (size / (2 + DNS_HEADER_SIZE) + 1) * (2 + REPLY_MAX);
    uint8_t *expected = malloc(room);
    struct line line = { .in = malloc(TCP_STREAM_IN),
                         .out = malloc(TCP_STREAM_OUT),
                         .got = malloc(room + 1) };

    FUZZ_REQUIRE(expected != NULL && line.in != NULL && line.out != NULL &&
                 line.got != NULL);
    FUZZ_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, line.ends) == 0);
    tcp_stream_init(&line.stream, line.ends[0], NULL, line.in, line.out);
    size_t length = expected_of(data + 1, size - 1, expected);
    run(&line, data + 1, size - 1, data[0] == 0 ? size : data[0], room + 1);
    FUZZ_REQUIRE(line.got_length == length);
    FUZZ_REQUIRE(memcmp(line.got, expected, length) == 0);
    FUZZ_REQUIRE(line.stream.ended);
    close(line.ends[0]);
    close(line.ends[1]);
    free(expected);
    free(line.in);
    free(line.out);
    free(line.got);
    return 0;
}
