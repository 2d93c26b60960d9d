#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "serve/tcp_stream.h"

/* The answers of these tests: the query itself, or as long as its first two octets say,
 * or silence for a query of zeros. */
static size_t answer(void *owner, const struct sockaddr *peer, uint8_t *message,
                     size_t length, size_t capacity)
{
    (void)peer;
    unsigned *count = owner;
    size_t reply = bytes_get16(message);

    (*count)++;
    assert_true(capacity == 65535 && reply <= capacity);
    if (reply > length)
        memset(message + length, 'r', reply - length);
    return reply;
}

struct ends {
    struct tcp_stream stream;
    unsigned asked;
    int theirs;
    uint8_t in[TCP_STREAM_IN];
    uint8_t out[TCP_STREAM_OUT];
};

static int set_up(void **state)
{
    struct ends *ends = calloc(1, sizeof *ends);
    int pair[2];

    assert_non_null(ends);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    tcp_stream_init(&ends->stream, pair[0], NULL, ends->in, ends->out);
    ends->theirs = pair[1];
    *state = ends;
    return 0;
}

static int take_down(void **state)
{
    struct ends *ends = *state;

    close(ends->stream.fd);
    close(ends->theirs);
    free(ends);
    return 0;
}

/* A frame of `length` octets whose answer has `reply` octets. */
static size_t frame(uint8_t *at, uint16_t length, uint16_t reply)
{
    memset(at, 'q', 2u + length);
    bytes_put16(at, length);
    if (length >= 2)
        bytes_put16(at + 2, reply);
    return 2u + length;
}

static void give(struct ends *ends, const uint8_t *octets, size_t length)
{
    assert_int_equal(send(ends->theirs, octets, length, 0), length);
}

static unsigned turn(struct ends *ends)
{
    assert_true(tcp_stream_receive(&ends->stream) >= 0);
    unsigned answered = tcp_stream_answer(&ends->stream, answer, &ends->asked);
    assert_true(tcp_stream_send(&ends->stream) >= 0);
    return answered;
}

static void expect_frame(struct ends *ends, uint16_t length)
{
    uint8_t octets[2 + 65535];
    size_t wanted = 2u + length, got = 0;

    while (got < wanted) {
        ssize_t more = recv(ends->theirs, octets + got, wanted - got, 0);
        assert_true(more > 0);
        got += (size_t)more;
    }
    assert_int_equal(bytes_get16(octets), length);
}

static void expect_nothing(struct ends *ends)
{
    uint8_t octet;
    assert_int_equal(recv(ends->theirs, &octet, 1, 0), -1);
    assert_int_equal(errno, EAGAIN);
}

static void five_queries_in_one_write_get_five_replies_in_order(void **state)
{
    struct ends *ends = *state;
    uint8_t octets[5 * 40];
    size_t length = 0;

    for (uint16_t i = 0; i < 5; i++)
        length += frame(octets + length, 20, (uint16_t)(30 + i));
    give(ends, octets, length);
    assert_int_equal(turn(ends), 5);
    for (uint16_t i = 0; i < 5; i++)
        expect_frame(ends, (uint16_t)(30 + i));
    expect_nothing(ends);
}

static void a_query_in_single_octets_is_answered_at_its_last(void **state)
{
    struct ends *ends = *state;
    uint8_t octets[22];
    size_t length = frame(octets, 20, 20);

    for (size_t i = 0; i < length; i++) {
        assert_int_equal(ends->asked, 0);
        give(ends, octets + i, 1);
        (void)turn(ends);
        assert_int_equal(tcp_stream_partial(&ends->stream), i + 1 < length);
    }
    expect_frame(ends, 20);
}

/* SOCK_SEQPACKET keeps the borders of writes. */
static void a_reply_and_its_length_leave_in_one_write(void **state)
{
    struct ends *ends = *state;
    uint8_t octets[64];
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
    ends->stream.fd = pair[0];
    size_t length = frame(octets, 20, 25);
    assert_int_equal(send(pair[1], octets, length, 0), length);
    assert_int_equal(turn(ends), 1);
    assert_int_equal(recv(pair[1], octets, sizeof octets, 0), 27);
    close(pair[0]);
    close(pair[1]);
}

static void ends_with_length(struct ends *ends, uint16_t length)
{
    uint8_t octets[TCP_STREAM_IN] = { 0 };
    bytes_put16(octets, length);
    give(ends, octets, 14);
    assert_int_equal(turn(ends), 0);
    assert_true(ends->stream.ended && ends->stream.bad_framing);
    assert_int_equal(ends->asked, 0);
}

static void length_zero_ends_the_stream(void **state)
{
    ends_with_length(*state, 0);
}

static void a_message_shorter_than_a_header_ends_the_stream(void **state)
{
    ends_with_length(*state, 11);
}

static void a_message_longer_than_the_buffer_ends_the_stream(void **state)
{
    ends_with_length(*state, TCP_STREAM_IN - 1);
}

static void the_longest_message_that_fits_is_answered(void **state)
{
    struct ends *ends = *state;
    uint8_t octets[TCP_STREAM_IN];

    give(ends, octets, frame(octets, TCP_STREAM_IN - 2, 100));
    assert_int_equal(turn(ends), 1);
    expect_frame(ends, 100);
}

static void queries_before_a_bad_length_are_still_answered(void **state)
{
    struct ends *ends = *state;
    uint8_t octets[64];
    size_t length = frame(octets, 20, 20);

    length += frame(octets + length, 1, 0);
    give(ends, octets, length);
    assert_int_equal(turn(ends), 1);
    assert_true(ends->stream.ended);
    expect_frame(ends, 20);
}

static void silence_instead_of_a_reply_ends_the_stream(void **state)
{
    struct ends *ends = *state;
    uint8_t octets[64];

    give(ends, octets, frame(octets, 20, 0));
    (void)turn(ends);
    assert_true(ends->stream.ended);
    assert_false(tcp_stream_pending(&ends->stream));
}

static void a_half_closed_peer_still_gets_its_reply(void **state)
{
    struct ends *ends = *state;
    uint8_t octets[64];

    give(ends, octets, frame(octets, 20, 20));
    assert_int_equal(shutdown(ends->theirs, SHUT_WR), 0);
    assert_int_equal(turn(ends), 1);
    (void)turn(ends);
    assert_true(ends->stream.ended);
    assert_false(ends->stream.bad_framing);
    expect_frame(ends, 20);
}

static void a_reader_that_does_not_read_stops_being_read(void **state)
{
    struct ends *ends = *state;
    uint8_t octets[32];
    unsigned sent = 0;

    /* Each query asks for the longest reply; the kernel's buffer takes a few. */
    while (tcp_stream_readable(&ends->stream) && sent < 100) {
        give(ends, octets, frame(octets, 20, 65535));
        sent++;
        (void)turn(ends);
    }
    assert_true(sent < 100);
    assert_true(ends->stream.out_end - ends->stream.out_start <= TCP_STREAM_OUT);
    assert_int_equal(ends->asked, sent);
}

static void queries_that_waited_for_room_are_answered_later_and_in_order(void **state)
{
    struct ends *ends = *state;
    uint8_t octets[256];
    size_t length = 0;

    for (uint16_t i = 0; i < 8; i++)
        length += frame(octets + length, 20, (uint16_t)(65000 + i));
    give(ends, octets, length);
    for (uint16_t i = 0; i < 8; i++) {
        (void)turn(ends);
        expect_frame(ends, (uint16_t)(65000 + i));
    }
    expect_nothing(ends);
    assert_int_equal(ends->asked, 8);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, take_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(five_queries_in_one_write_get_five_replies_in_order),
        TEST(a_query_in_single_octets_is_answered_at_its_last),
        TEST(a_reply_and_its_length_leave_in_one_write),
        TEST(length_zero_ends_the_stream),
        TEST(a_message_shorter_than_a_header_ends_the_stream),
        TEST(a_message_longer_than_the_buffer_ends_the_stream),
        TEST(the_longest_message_that_fits_is_answered),
        TEST(queries_before_a_bad_length_are_still_answered),
        TEST(silence_instead_of_a_reply_ends_the_stream),
        TEST(a_half_closed_peer_still_gets_its_reply),
        TEST(a_reader_that_does_not_read_stops_being_read),
        TEST(queries_that_waited_for_room_are_answered_later_and_in_order),
    };
    return cmocka_run_group_tests_name("serve/tcp_stream", tests, NULL, NULL);
}
