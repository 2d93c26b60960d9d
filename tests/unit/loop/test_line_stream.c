/* loop/line_stream.h over a socket pair: lines in, bytes out, and how it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop/line_stream.h"

enum { LINE_MAX_HERE = 64 };

/* One end of a socket pair under a stream, the other (`peer`) under the test. */
struct room {
    uv_loop_t loop;
    struct line_stream *stream;
    int peer;
    char heard[4096]; /* every line, each followed by '|' */
    int lines;
    int too_long;
    int ends;
    int closed;
    int pause_after; /* pause when this many lines came; 0: never */
    int close_after; /* close when this many lines came; 0: never */
};

static void on_line(void *owner, char *line, size_t length)
{
    struct room *room = owner;

    assert_int_equal(strlen(line), length);
    if (strlen(room->heard) + length + 2 < sizeof room->heard) {
        strcat(room->heard, line);
        strcat(room->heard, "|");
    }
    room->lines++;
    if (room->lines == room->pause_after)
        line_stream_pause(room->stream);
    if (room->lines == room->close_after)
        line_stream_close(room->stream);
}

static void on_too_long(void *owner)
{
    ((struct room *)owner)->too_long++;
}

static void on_end(void *owner)
{
    ((struct room *)owner)->ends++;
}

static void on_closed(void *owner)
{
    ((struct room *)owner)->closed++;
}

static const struct line_stream_callbacks callbacks = {
    .on_line = on_line,
    .on_too_long = on_too_long,
    .on_end = on_end,
    .on_closed = on_closed,
};

static int open_room(void **state)
{
    struct room *room = calloc(1, sizeof *room);
    int ends[2];

    assert_non_null(room);
    uv_loop_init(&room->loop);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    assert_int_equal(line_stream_open(&room->loop, ends[0], LINE_MAX_HERE, &callbacks,
                                      room, &room->stream),
                     ROLLCALL_OK);
    room->peer = ends[1];
    *state = room;
    return 0;
}

static void turn(struct room *room, int times)
{
    while (times-- > 0)
        uv_run(&room->loop, UV_RUN_NOWAIT);
}

static int close_room(void **state)
{
    struct room *room = *state;

    if (room->closed == 0)
        line_stream_close(room->stream);
    turn(room, 3);
    assert_int_equal(room->closed, 1);
    close(room->peer);
    assert_int_equal(uv_loop_close(&room->loop), 0);
    free(room);
    return 0;
}

static void say(struct room *room, const char *text)
{
    assert_int_equal(send(room->peer, text, strlen(text), MSG_NOSIGNAL), strlen(text));
    turn(room, 2);
}

static void several_lines_in_one_read_are_all_handed_over(void **state)
{
    struct room *room = *state;

    say(room, "one\n\nthree\nfou");
    assert_string_equal(room->heard, "one||three|");
    say(room, "r\n");
    assert_string_equal(room->heard, "one||three|four|");
}

static void a_line_that_comes_byte_by_byte_is_whole(void **state)
{
    struct room *room = *state;
    const char *text = "abcdef\nghi\n";

    for (size_t i = 0; i < strlen(text); i++) {
        assert_int_equal(write(room->peer, text + i, 1), 1);
        turn(room, 1);
    }
    assert_string_equal(room->heard, "abcdef|ghi|");
}

static void a_line_as_long_as_allowed_is_taken(void **state)
{
    struct room *room = *state;
    char line[LINE_MAX_HERE + 1];

    memset(line, 'x', sizeof line);
    line[LINE_MAX_HERE - 1] = '\n';
    line[LINE_MAX_HERE] = '\0';
    say(room, line);
    assert_int_equal(room->lines, 1);
    assert_int_equal(room->too_long, 0);
}

static void one_byte_more_is_too_long_and_nothing_more_is_read(void **state)
{
    struct room *room = *state;
    char line[LINE_MAX_HERE + 2];

    memset(line, 'x', sizeof line);
    line[LINE_MAX_HERE] = '\n';
    line[LINE_MAX_HERE + 1] = '\0';
    say(room, line);
    say(room, "short\n");
    assert_int_equal(room->lines, 0);
    assert_int_equal(room->too_long, 1);
    assert_int_equal(room->ends, 0);
}

static void too_much_without_a_newline_is_too_long_at_once(void **state)
{
    struct room *room = *state;

    for (int i = 0; i < LINE_MAX_HERE / 8; i++)
        say(room, "12345678");
    assert_int_equal(room->too_long, 1);
}

static void a_paused_stream_keeps_its_lines_until_resumed(void **state)
{
    struct room *room = *state;

    room->pause_after = 2;
    say(room, "1\n2\n3\n4\nhal");
    say(room, "f\n");
    assert_string_equal(room->heard, "1|2|");
    line_stream_resume(room->stream);
    assert_string_equal(room->heard, "1|2|"); /* never from inside the call */
    turn(room, 4);
    assert_string_equal(room->heard, "1|2|3|4|half|");
}

static void pausing_once_a_line_loses_and_repeats_nothing(void **state)
{
    struct room *room = *state;
    char expected[1024] = "";
    char text[1024] = "";

    for (int i = 0; i < 100; i++) {
        sprintf(text + strlen(text), "%d\n", i);
        sprintf(expected + strlen(expected), "%d|", i);
    }
    room->pause_after = 1;
    say(room, text);
    for (int i = 0; i < 100; i++) {
        room->pause_after = room->lines + 1;
        line_stream_resume(room->stream);
        turn(room, 2);
    }
    assert_string_equal(room->heard, expected);
}

static void closing_from_inside_a_line_hands_over_no_more(void **state)
{
    struct room *room = *state;

    room->close_after = 2;
    buffer_text(line_stream_output(room->stream), "bye");
    say(room, "1\n2\n3\n");
    turn(room, 3);
    assert_string_equal(room->heard, "1|2|");
    assert_int_equal(room->closed, 1);
    assert_int_equal(room->ends, 0);
}

static void what_was_written_before_closing_arrives(void **state)
{
    struct room *room = *state;
    char got[16] = "";

    buffer_text(line_stream_output(room->stream), "bye\n");
    line_stream_close(room->stream);
    turn(room, 3);
    assert_int_equal(read(room->peer, got, sizeof got), 4);
    assert_string_equal(got, "bye\n");
    assert_int_equal(read(room->peer, got, sizeof got), 0);
}

static void the_end_of_the_peer_is_told_once_after_its_lines(void **state)
{
    struct room *room = *state;

    assert_int_equal(write(room->peer, "last\nhalf", 9), 9);
    shutdown(room->peer, SHUT_WR);
    turn(room, 5);
    assert_string_equal(room->heard, "last|");
    assert_int_equal(room->ends, 1);
    buffer_text(line_stream_output(room->stream), "reply\n");
    line_stream_flush(room->stream);
    char got[16] = "";
    assert_int_equal(read(room->peer, got, sizeof got), 6);
}

static void writing_to_a_closed_peer_ends_without_a_signal(void **state)
{
    struct room *room = *state;

    close(room->peer);
    room->peer = dup(STDOUT_FILENO);
    buffer_text(line_stream_output(room->stream), "reply\n");
    line_stream_flush(room->stream);
    assert_int_equal(room->ends, 0); /* never from inside the call */
    turn(room, 3);
    assert_int_equal(room->ends, 1);
    assert_int_equal(line_stream_queued(room->stream), 0);
}

static void what_a_closed_peer_sent_is_told_though_nobody_reads_replies(void **state)
{
    struct room *room = *state;

    line_stream_pause(room->stream);
    assert_int_equal(write(room->peer, "one\ntwo\n", 8), 8);
    close(room->peer);
    room->peer = dup(STDOUT_FILENO);
    buffer_text(line_stream_output(room->stream), "reply\n");
    line_stream_flush(room->stream);
    turn(room, 3);
    assert_string_equal(room->heard, "");
    line_stream_resume(room->stream);
    turn(room, 3);
    assert_string_equal(room->heard, "one|two|");
    assert_int_equal(room->ends, 1);
}

static size_t read_all(struct room *room, size_t wanted)
{
    static char bytes[65536];
    size_t total = 0;

    for (int i = 0; i < 10000 && total < wanted; i++) {
        ssize_t got = read(room->peer, bytes, sizeof bytes);
        for (ssize_t j = 0; j < got; j++)
            assert_int_equal(bytes[j], 'a' + (int)((total + (size_t)j) % 26));
        total += got > 0 ? (size_t)got : 0;
        turn(room, 1);
    }
    return total;
}

static void output_that_the_socket_does_not_take_waits_its_turn(void **state)
{
    struct room *room = *state;
    size_t total = 3 * 1024 * 1024;

    for (size_t i = 0; i < total; i++)
        buffer_char(line_stream_output(room->stream), (char)('a' + i % 26));
    line_stream_flush(room->stream);
    assert_true(line_stream_queued(room->stream) > 0);
    assert_int_equal(read_all(room, total), total);
    assert_int_equal(line_stream_queued(room->stream), 0);
    assert_int_equal(room->ends, 0);
}

static void a_peer_that_never_reads_is_ended(void **state)
{
    struct room *room = *state;
    char block[65536];

    memset(block, 'x', sizeof block);
    for (int i = 0; i < 200; i++) {
        buffer_append(line_stream_output(room->stream), block, sizeof block);
        line_stream_flush(room->stream);
    }
    turn(room, 3);
    assert_int_equal(room->ends, 1);
    assert_true(line_stream_queued(room->stream) <= 8 * 1024 * 1024);
}

static void a_stream_without_a_half_line_owns_no_buffers(void **state)
{
    struct room *room = *state;
    char line[LINE_MAX_HERE];

    memset(line, 'x', sizeof line - 2);
    line[sizeof line - 2] = '\n';
    line[sizeof line - 1] = '\0';
    say(room, line);
    for (int i = 0; i < 100; i++)
        buffer_text(line_stream_output(room->stream), "a reply of some length\n");
    line_stream_flush(room->stream);
    assert_int_equal(line_stream_queued(room->stream), 0);
    assert_true(line_stream_output(room->stream)->capacity <= 512);
}

#define ROOM_TEST(name) cmocka_unit_test_setup_teardown(name, open_room, close_room)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROOM_TEST(several_lines_in_one_read_are_all_handed_over),
        ROOM_TEST(a_line_that_comes_byte_by_byte_is_whole),
        ROOM_TEST(a_line_as_long_as_allowed_is_taken),
        ROOM_TEST(one_byte_more_is_too_long_and_nothing_more_is_read),
        ROOM_TEST(too_much_without_a_newline_is_too_long_at_once),
        ROOM_TEST(a_paused_stream_keeps_its_lines_until_resumed),
        ROOM_TEST(pausing_once_a_line_loses_and_repeats_nothing),
        ROOM_TEST(closing_from_inside_a_line_hands_over_no_more),
        ROOM_TEST(what_was_written_before_closing_arrives),
        ROOM_TEST(the_end_of_the_peer_is_told_once_after_its_lines),
        ROOM_TEST(writing_to_a_closed_peer_ends_without_a_signal),
        ROOM_TEST(what_a_closed_peer_sent_is_told_though_nobody_reads_replies),
        ROOM_TEST(output_that_the_socket_does_not_take_waits_its_turn),
        ROOM_TEST(a_peer_that_never_reads_is_ended),
        ROOM_TEST(a_stream_without_a_half_line_owns_no_buffers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
