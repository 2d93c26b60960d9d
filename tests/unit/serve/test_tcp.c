#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/bytes.h"
#include "serve/tcp.h"

/* One server on a loop that the test turns by hand; its answer is the query, or as many
 * octets as the query's first two say. */
struct box {
    uv_loop_t loop;
    struct tcp_server *server;
    struct socket_counters counters;
    struct address address;
    unsigned timed; /* answers whose time was told */
};

static void nothing(void *owner)
{
    (void)owner;
}

static size_t answer(void *owner, const struct sockaddr *peer, uint8_t *message,
                     size_t length, size_t capacity)
{
    (void)peer;
    size_t reply = bytes_get16(message);
    (void)owner;
    (void)length;
    (void)capacity;
    return reply;
}

static void took(void *owner, int64_t us, unsigned answered)
{
    struct box *box = owner;

    assert_true(us >= 0);
    box->timed += answered;
}

static uint16_t free_port(void)
{
    struct address address;
    assert_true(address_parse("127.0.0.1:0", 0, &address));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, &address.any, address.length), 0);
    assert_int_equal(getsockname(fd, &address.any, &address.length), 0);
    close(fd);
    return address_port(&address);
}

static void open_box(struct box *box, const struct tcp_limits *limits)
{
    const struct tcp_answers answers = {
        .begin = nothing, .answer = answer, .end = nothing, .took = took, .owner = box
    };
    struct reason why = REASON_NONE;

    memset(box, 0, sizeof *box);
    assert_int_equal(uv_loop_init(&box->loop), 0);
    box->server = tcp_server_create(&box->loop, limits, &answers, &box->counters);
    assert_non_null(box->server);
    assert_true(address_parse("127.0.0.1", free_port(), &box->address));
    assert_int_equal(tcp_server_listen(box->server, &box->address, &why), ROLLCALL_OK);
}

/* The server must let the loop run out by itself, and libuv must know nothing of it. */
static void close_box(struct box *box)
{
    tcp_server_stop(box->server);
    assert_int_equal(uv_run(&box->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&box->loop), 0);
    tcp_server_destroy(box->server);
}

static void turn(struct box *box)
{
    for (int i = 0; i < 4; i++)
        (void)uv_run(&box->loop, UV_RUN_NOWAIT);
}

static int dial(struct box *box)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, &box->address.any, box->address.length), 0);
    turn(box);
    return fd;
}

static void ask(int fd, uint16_t reply)
{
    uint8_t frame[2 + 20] = { 0, 20 };
    bytes_put16(frame + 2, reply);
    assert_int_equal(send(fd, frame, sizeof frame, MSG_NOSIGNAL), sizeof frame);
}

static void expect_reply(int fd, uint16_t reply)
{
    uint8_t frame[64];
    assert_int_equal(recv(fd, frame, sizeof frame, MSG_DONTWAIT), 2 + reply);
    assert_int_equal(bytes_get16(frame), reply);
}

static bool is_closed(int fd)
{
    uint8_t octet;
    ssize_t got = recv(fd, &octet, 1, MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno == ECONNRESET);
}

static const struct tcp_limits generous = { 8, 8, 10000, 2000 };

static void a_connection_is_used_for_many_queries(void **state)
{
    struct box box;
    (void)state;
    open_box(&box, &generous);
    int fd = dial(&box);
    for (uint16_t i = 0; i < 3; i++) {
        ask(fd, (uint16_t)(20 + i));
        turn(&box);
        expect_reply(fd, (uint16_t)(20 + i));
    }
    assert_int_equal(box.timed, 3);
    assert_false(is_closed(fd));
    close(fd);
    close_box(&box);
}

static void beyond_the_limit_the_longest_idle_one_is_closed(void **state)
{
    const struct tcp_limits limits = { 3, 8, 10000, 2000 };
    struct box box;
    int fds[4];
    (void)state;
    open_box(&box, &limits);
    for (int i = 0; i < 3; i++)
        fds[i] = dial(&box);
    ask(fds[0], 20); /* now the second is the one without a query the longest */
    turn(&box);
    expect_reply(fds[0], 20);
    fds[3] = dial(&box);
    assert_true(is_closed(fds[1]));
    assert_false(is_closed(fds[0]) || is_closed(fds[2]) || is_closed(fds[3]));
    assert_int_equal(counter_read(&box.counters.tcp_evicted), 1);
    for (int i = 0; i < 4; i++)
        close(fds[i]);
    close_box(&box);
}

static void one_address_holds_no_more_than_its_share(void **state)
{
    const struct tcp_limits limits = { 8, 2, 10000, 2000 };
    struct box box;
    int fds[3];
    (void)state;
    open_box(&box, &limits);
    for (int i = 0; i < 3; i++)
        fds[i] = dial(&box);
    assert_true(is_closed(fds[2]));
    assert_false(is_closed(fds[0]) || is_closed(fds[1]));
    assert_int_equal(counter_read(&box.counters.tcp_over_address), 1);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    close_box(&box);
}

/* Turn the loop, which sleeps until its timer is due, until the peer is closed. */
static void run_until_closed(struct box *box, int fd)
{
    while (!is_closed(fd))
        (void)uv_run(&box->loop, UV_RUN_ONCE);
}

static void an_idle_connection_is_closed(void **state)
{
    const struct tcp_limits limits = { 8, 8, 20, 10000 };
    struct box box;
    (void)state;
    open_box(&box, &limits);
    int fd = dial(&box);
    run_until_closed(&box, fd);
    assert_int_equal(counter_read(&box.counters.tcp_timed_out), 1);
    close(fd);
    close_box(&box);
}

static void half_a_query_is_not_waited_for_as_long(void **state)
{
    const struct tcp_limits limits = { 8, 8, 60000, 20 };
    struct box box;
    (void)state;
    open_box(&box, &limits);
    int fd = dial(&box);
    assert_int_equal(send(fd, "\0", 1, 0), 1);
    run_until_closed(&box, fd);
    assert_int_equal(counter_read(&box.counters.tcp_timed_out), 1);
    close(fd);
    close_box(&box);
}

static void a_reader_that_does_not_read_is_closed(void **state)
{
    const struct tcp_limits limits = { 8, 8, 60000, 40 };
    struct box box;
    (void)state;
    open_box(&box, &limits);
    int fd = dial(&box);
    int small = 4096;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    for (int i = 0; i < 150; i++) /* 9.75 MB of replies: more than the kernel buffers */
        ask(fd, 65000);
    while (counter_read(&box.counters.tcp_timed_out) == 0)
        (void)uv_run(&box.loop, UV_RUN_ONCE);
    assert_int_equal(counter_read(&box.counters.tcp_open), 0);
    close(fd);
    close_box(&box);
}

/* Reads all that has arrived, into nothing. */
static size_t read_all(int fd)
{
    size_t read = 0;
    ssize_t got;

    while ((got = recv(fd, NULL, 1 << 24, MSG_TRUNC | MSG_DONTWAIT)) > 0)
        read += (size_t)got;
    return read;
}

/* Queries wait in our buffer while the queue is full; when the kernel then takes the
 * whole queue at once, nothing but that says that there is room again. */
static void a_reader_that_comes_late_gets_every_reply(void **state)
{
    enum { QUERIES = 120, REPLY = 60000 };
    struct box box;
    size_t read = 0;
    (void)state;
    open_box(&box, &generous);
    int fd = dial(&box);
    for (unsigned i = 0; i < QUERIES; i++)
        ask(fd, REPLY);
    for (unsigned i = 0; i < 20 * QUERIES && read < (size_t)QUERIES * (2 + REPLY); i++) {
        turn(&box);
        read += read_all(fd);
    }
    assert_int_equal(read, QUERIES * (2 + REPLY));
    assert_false(is_closed(fd));
    close(fd);
    close_box(&box);
}

static void stopping_answers_what_has_arrived(void **state)
{
    struct box box;
    (void)state;
    open_box(&box, &generous);
    int fd = dial(&box);
    ask(fd, 20);
    ask(fd, 21);
    close_box(&box);
    uint8_t replies[64];
    assert_int_equal(recv(fd, replies, sizeof replies, MSG_DONTWAIT), 22 + 23);
    assert_true(is_closed(fd));
    close(fd);
}

static void a_slot_is_used_again(void **state)
{
    const struct tcp_limits limits = { 1, 8, 10000, 2000 };
    struct box box;
    (void)state;
    open_box(&box, &limits);
    for (int i = 0; i < 100; i++) {
        int fd = dial(&box);
        ask(fd, 20);
        turn(&box);
        expect_reply(fd, 20);
        close(fd);
        turn(&box);
    }
    assert_int_equal(counter_read(&box.counters.tcp_evicted), 0);
    close_box(&box);
}

static void without_descriptors_the_listener_rests_and_comes_back(void **state)
{
    struct box box;
    struct rlimit before, tight;
    (void)state;
    open_box(&box, &generous);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, &box.address.any, box.address.length), 0);

    int next = dup(fd); /* the lowest number that is free */
    close(next);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    tight = before;
    tight.rlim_cur = (rlim_t)next;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    turn(&box);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(counter_read(&box.counters.tcp_accept_errors), 1);

    while (counter_read(&box.counters.tcp_accepted) == 0)
        (void)uv_run(&box.loop, UV_RUN_ONCE);
    ask(fd, 20);
    turn(&box);
    expect_reply(fd, 20);
    close(fd);
    close_box(&box);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_is_used_for_many_queries),
        cmocka_unit_test(beyond_the_limit_the_longest_idle_one_is_closed),
        cmocka_unit_test(one_address_holds_no_more_than_its_share),
        cmocka_unit_test(an_idle_connection_is_closed),
        cmocka_unit_test(half_a_query_is_not_waited_for_as_long),
        cmocka_unit_test(a_reader_that_does_not_read_is_closed),
        cmocka_unit_test(a_reader_that_comes_late_gets_every_reply),
        cmocka_unit_test(stopping_answers_what_has_arrived),
        cmocka_unit_test(a_slot_is_used_again),
        cmocka_unit_test(without_descriptors_the_listener_rests_and_comes_back),
    };
    return cmocka_run_group_tests_name("serve/tcp", tests, NULL, NULL);
}
