/* A secondary on the line: from the octets that it sends to the messages that it gets,
 * through the connection, the transfer and its signatures as the daemon runs them. The
 * first octet says what is done with the rest, the second how it is cut into pieces. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "conformance/world.h"
#include "dns/message.h"
#include "dns/tsig.h"
#include "fuzz/fuzz.h"
#include "serve/transfers.h"

enum {
    FRAMED = 1,     /* the rest is one message, else the octets of the line */
    SIGNED = 2,     /* and it is signed with our key */
    LATE = 4,       /* by a clock that is an hour off */
    STRANGER = 8,   /* who asks is not in allow_transfer */
    GOES_AWAY = 16, /* the line breaks after the first reply */
    HANDED = 32     /* the first piece was read before */
};

enum { INPUT_MAX = 4000, OCTETS_MAX = 2 + 2 * INPUT_MAX, TURNS_MAX = 20000 };

static struct world *secondary_world(void)
{
    static struct world *world;
    struct reason why = REASON_NONE;

    if (world != NULL)
        return world;
    if (world_create(ROLLCALL_SOURCE_DIR "/tests/fuzz/transfer.yaml",
                     ROLLCALL_SOURCE_DIR "/tests/conformance/sample.registry", &world,
                     &why) != ROLLCALL_OK) {
        fprintf(stderr, "%s\n", why.text);
        abort();
    }
    /* Three serials, so that the journal has two changes. */
    FUZZ_REQUIRE(world_transfers(world) != NULL);
    FUZZ_REQUIRE(world_flip(world, "web-1", ROLLCALL_CRITICAL));
    FUZZ_REQUIRE(world_flip(world, "web-1", ROLLCALL_PASSING));
    return world;
}

struct line {
    int fd; /* the secondary's end */
    size_t length;
    uint8_t octets[OCTETS_MAX];
    size_t got;
    uint8_t in[2 + DNS_MESSAGE_MAX];
    unsigned messages;
    struct tsig tsig;
    bool is_signed;
};

static void sign(struct line *line, size_t size, bool late)
{
    const struct tsig_keys *keys = transfers_keys(world_transfers(secondary_world()));
    uint8_t *message = line->octets + 2;
    uint64_t now = (uint64_t)(clock_wall_ms() / 1000);

    tsig_begin(&line->tsig, &keys->keys[0], bytes_get16(message));
    line->length = 2 + tsig_sign(&line->tsig, message, size, late ? now + 3600 : now);
    bytes_put16(line->octets, (uint16_t)(line->length - 2));
    line->is_signed = !late;
}

static void prepare(struct line *line, unsigned how, const uint8_t *data, size_t size)
{
    memset(line, 0, offsetof(struct line, octets));
    line->got = line->messages = 0;
    line->is_signed = false;
    if ((how & FRAMED) == 0) {
        memcpy(line->octets, data, size);
        line->length = size;
        return;
    }
    memcpy(line->octets + 2, data, size);
    bytes_put16(line->octets, (uint16_t)size);
    line->length = 2 + size;
    if ((how & SIGNED) != 0 && size >= DNS_HEADER_SIZE)
        sign(line, size, (how & LATE) != 0);
}

/* Everything parses to its last octet; of a signed exchange the first reply must bear the
 * signature that belongs to it. */
static void check_message(struct line *line, const uint8_t *octets, size_t length)
{
    struct dns_message message;
    struct dns_record record;
    int more;

    FUZZ_REQUIRE(dns_message_open(&message, octets, length));
    while ((more = dns_message_next(&message, &record)) > 0)
        ;
    FUZZ_REQUIRE(more == 0 && message.at == length);
    FUZZ_REQUIRE((octets[2] & 0x80) != 0);
    bool good = line->messages++ == 0 && line->is_signed &&
                (bytes_get16(octets + 2) & 15) == DNS_RCODE_NOERROR;
    if (good)
        FUZZ_REQUIRE(tsig_check_reply(&line->tsig, octets, length,
                                      (uint64_t)(clock_wall_ms() / 1000)));
}

static void take_messages(struct line *line)
{
    size_t at = 0;

    while (line->got - at >= 2) {
        size_t length = bytes_get16(line->in + at);
        if (line->got - at < 2 + length)
            break;
        check_message(line, line->in + at + 2, length);
        at += 2 + length;
    }
    line->got -= at;
    memmove(line->in, line->in + at, line->got);
}

/* False: the other end has closed. */
static bool turn(struct line *line)
{
    world_turn(secondary_world());
    for (;;) {
        ssize_t got = recv(line->fd, line->in + line->got, sizeof line->in - line->got,
                           MSG_DONTWAIT);
        if (got <= 0)
            return got < 0 && errno == EAGAIN;
        line->got += (size_t)got;
        take_messages(line);
    }
}

static void hand_over(struct line *line, unsigned how, size_t length)
{
    struct address peer;
    int ends[2];

    FUZZ_REQUIRE(
        address_parse((how & STRANGER) != 0 ? "192.0.2.1" : "127.0.0.1", 4321, &peer));
    FUZZ_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    line->fd = ends[0];
    FUZZ_REQUIRE(transfers_hand_over(world_transfers(secondary_world()), ends[1], &peer,
                                     line->octets, length));
    close(ends[1]);
}

static void run(struct line *line, unsigned how, size_t piece)
{
    size_t at = (how & HANDED) != 0 && piece < line->length ? piece : 0;
    bool open = true;

    hand_over(line, how, at);
    for (; at < line->length && open; at += piece) {
        size_t length = line->length - at < piece ? line->length - at : piece;
        if (send(line->fd, line->octets + at, length, MSG_NOSIGNAL) < 0)
            break;
        open = turn(line);
        if ((how & GOES_AWAY) != 0 && line->messages > 0)
            break;
    }
    if ((how & GOES_AWAY) == 0) {
        shutdown(line->fd, SHUT_WR);
        for (unsigned i = 0; turn(line); i++)
            FUZZ_REQUIRE(i < TURNS_MAX);
        FUZZ_REQUIRE(line->got == 0);
    }
    close(line->fd);
    for (unsigned i = 0; i < 3; i++)
        world_turn(secondary_world());
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct line *line;

    if (size < 2 || size > INPUT_MAX)
        return 0;
    line = malloc(sizeof *line);
    FUZZ_REQUIRE(line != NULL);
    prepare(line, data[0], data + 2, size - 2);
    /* Byte by byte a long line costs a system call an octet. */
    size_t piece = data[1] == 0 ? line->length + 1 : data[1];
    if (line->length / piece > 64)
        piece = line->length / 64;
    run(line, data[0], piece);
    free(line);
    return 0;
}
