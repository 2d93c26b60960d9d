#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/address.h"
#include "dns/wire.h"
#include "serve/socket.h"
#include "serve/udp_batch.h"

struct pair {
    struct udp_batch *batch;
    struct socket_counters counters;
    int ours, theirs;
};

static int set_up(void **state)
{
    static struct pair pair;
    int ends[2];

    memset(&pair, 0, sizeof pair);
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends), 0);
    pair.ours = ends[0];
    pair.theirs = ends[1];
    pair.batch = udp_batch_create(4);
    assert_non_null(pair.batch);
    *state = &pair;
    return 0;
}

static int take_down(void **state)
{
    struct pair *pair = *state;

    udp_batch_destroy(pair->batch);
    close(pair->ours);
    close(pair->theirs);
    return 0;
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
}

static void hear(int fd, const char *expected)
{
    char text[64] = "";
    ssize_t got = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
    assert_int_equal(got, strlen(expected));
    assert_string_equal(text, expected);
}

static void hear_nothing(int fd)
{
    char octet;
    assert_int_equal(recv(fd, &octet, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
}

static void a_reply_is_written_over_its_query(void **state)
{
    struct pair *pair = *state;
    size_t length;

    say(pair->theirs, "question");
    assert_int_equal(udp_batch_receive(pair->batch, pair->ours, false), 1);
    uint8_t *message = udp_batch_message(pair->batch, 0, &length);
    assert_int_equal(length, 8);
    assert_memory_equal(message, "question", 8);
    memcpy(message, "the answer", 10);
    udp_batch_reply(pair->batch, 0, 10);
    udp_batch_send(pair->batch, pair->ours, &pair->counters);
    hear(pair->theirs, "the answer");
    assert_int_equal(counter_read(&pair->counters.udp_replies), 1);
}

static void an_empty_socket_gives_nothing(void **state)
{
    struct pair *pair = *state;

    assert_int_equal(udp_batch_receive(pair->batch, pair->ours, false), 0);
}

static void a_batch_is_never_wider_than_it_was_made(void **state)
{
    struct pair *pair = *state;

    for (int i = 0; i < 5; i++)
        say(pair->theirs, "x");
    assert_int_equal(udp_batch_receive(pair->batch, pair->ours, false), 4);
    assert_int_equal(udp_batch_receive(pair->batch, pair->ours, false), 1);
}

static void silence_for_one_query_leaves_the_others_in_order(void **state)
{
    struct pair *pair = *state;

    say(pair->theirs, "one");
    say(pair->theirs, "two");
    say(pair->theirs, "three");
    assert_int_equal(udp_batch_receive(pair->batch, pair->ours, false), 3);
    udp_batch_reply(pair->batch, 0, 3);
    udp_batch_reply(pair->batch, 2, 5);
    udp_batch_send(pair->batch, pair->ours, &pair->counters);
    hear(pair->theirs, "one");
    hear(pair->theirs, "three");
    hear_nothing(pair->theirs);
}

static void replies_that_were_not_sent_are_forgotten_by_the_next_batch(void **state)
{
    struct pair *pair = *state;

    say(pair->theirs, "old");
    assert_int_equal(udp_batch_receive(pair->batch, pair->ours, false), 1);
    udp_batch_reply(pair->batch, 0, 3);
    assert_int_equal(udp_batch_receive(pair->batch, pair->ours, false), 0);
    udp_batch_send(pair->batch, pair->ours, &pair->counters);
    hear_nothing(pair->theirs);
}

static void an_over_long_datagram_is_there_cut(void **state)
{
    struct pair *pair = *state;
    static char long_one[DNS_UDP_MAX + 1];
    size_t length;

    assert_int_equal(send(pair->theirs, long_one, sizeof long_one, 0), sizeof long_one);
    assert_int_equal(udp_batch_receive(pair->batch, pair->ours, false), 1);
    (void)udp_batch_message(pair->batch, 0, &length);
    assert_int_equal(length, DNS_UDP_MAX);
}

static void fill(int fd)
{
    while (send(fd, "x", 1, MSG_DONTWAIT) == 1)
        ;
    assert_int_equal(errno, EAGAIN);
}

static void a_full_send_buffer_drops_replies_and_counts_them(void **state)
{
    struct pair *pair = *state;

    say(pair->theirs, "one");
    say(pair->theirs, "two");
    assert_int_equal(udp_batch_receive(pair->batch, pair->ours, false), 2);
    fill(pair->ours);
    udp_batch_reply(pair->batch, 0, 3);
    udp_batch_reply(pair->batch, 1, 3);
    udp_batch_send(pair->batch, pair->ours, &pair->counters);
    assert_int_equal(counter_read(&pair->counters.udp_replies), 0);
    assert_int_equal(counter_read(&pair->counters.udp_replies_dropped), 2);
}

/* A datagram socket with a name of the kernel's choice (unix(7), autobind). */
static int named_socket(void)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(sa_family_t)), 0);
    return fd;
}

static void ask_from(int fd, int server)
{
    struct sockaddr_un name;
    socklen_t size = sizeof name;
    assert_int_equal(getsockname(server, (struct sockaddr *)&name, &size), 0);
    assert_int_equal(sendto(fd, "hi", 2, 0, (struct sockaddr *)&name, size), 2);
}

static void one_refused_reply_does_not_stop_the_others(void **state)
{
    struct pair *pair = *state;
    int server = named_socket(), gone = named_socket(), there = named_socket();

    ask_from(gone, server);
    ask_from(there, server);
    close(gone);
    assert_int_equal(udp_batch_receive(pair->batch, server, false), 2);
    udp_batch_reply(pair->batch, 0, 2);
    udp_batch_reply(pair->batch, 1, 2);
    udp_batch_send(pair->batch, server, &pair->counters);
    hear(there, "hi");
    assert_int_equal(counter_read(&pair->counters.udp_send_errors), 1);
    assert_int_equal(counter_read(&pair->counters.udp_replies), 1);
    close(there);
    close(server);
}

/* A connected socket hears nobody but the address it asked. */
static void echo_through_wildcard(struct pair *pair, const char *wildcard,
                                  const char *asked)
{
    struct address address, to;
    int server;
    struct reason why = REASON_NONE;

    assert_true(address_parse(wildcard, 0, &address));
    assert_int_equal(socket_open_udp(&address, &server, &why), ROLLCALL_OK);
    address.length = sizeof address.storage;
    assert_int_equal(getsockname(server, &address.any, &address.length), 0);
    assert_true(address_parse(asked, address_port(&address), &to));
    int client = socket(to.any.sa_family, SOCK_DGRAM, 0);
    assert_int_equal(connect(client, &to.any, to.length), 0);

    say(client, "hi");
    assert_int_equal(udp_batch_receive(pair->batch, server, true), 1);
    udp_batch_reply(pair->batch, 0, 2);
    udp_batch_send(pair->batch, server, &pair->counters);
    hear(client, "hi");
    close(client);
    close(server);
}

static void a_wildcard_socket_replies_from_the_address_that_was_asked(void **state)
{
    echo_through_wildcard(*state, "0.0.0.0:0", "127.0.0.2");
}

static void an_ipv6_wildcard_socket_does_too(void **state)
{
    struct address probe;

    assert_true(address_parse("[::1]:1", 0, &probe));
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    bool has_ipv6 = fd >= 0 && connect(fd, &probe.any, probe.length) == 0;
    close(fd);
    if (!has_ipv6) {
        print_message("skipped: this machine has no IPv6 loopback\n");
        skip();
    }
    echo_through_wildcard(*state, "[::]:0", "::1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, take_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reply_is_written_over_its_query),
        TEST(an_empty_socket_gives_nothing),
        TEST(a_batch_is_never_wider_than_it_was_made),
        TEST(silence_for_one_query_leaves_the_others_in_order),
        TEST(replies_that_were_not_sent_are_forgotten_by_the_next_batch),
        TEST(an_over_long_datagram_is_there_cut),
        TEST(a_full_send_buffer_drops_replies_and_counts_them),
        TEST(one_refused_reply_does_not_stop_the_others),
        TEST(a_wildcard_socket_replies_from_the_address_that_was_asked),
        TEST(an_ipv6_wildcard_socket_does_too),
    };
    return cmocka_run_group_tests_name("serve/udp_batch", tests, NULL, NULL);
}
