/* Real workers on loopback, over the sample: what the kernel and the threads add. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/address.h"
#include "serve/workers.h"
#include "support/pipeline_fixture.h"

struct box {
    struct fixture *f;
    struct address listen;
    struct workers *workers;
};

static void find_free_port(struct address *address)
{
    assert_true(address_parse("127.0.0.1:0", 0, address));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, &address->any, address->length), 0);
    assert_int_equal(getsockname(fd, &address->any, &address->length), 0);
    close(fd);
}

static int set_up(void **state)
{
    struct box *box = calloc(1, sizeof *box);
    struct reason why = REASON_NONE;

    setup((void **)&box->f);
    find_free_port(&box->listen);
    struct config_dns *dns = &box->f->dns;
    dns->listen = &box->listen;
    dns->listen_count = 1;
    dns->workers = 2;
    dns->batch = 4;
    dns->tcp_clients = 8;
    dns->tcp_clients_per_address = 8;
    dns->tcp_io_ms = 2000;
    assert_int_equal(
        workers_open(dns, answer_index(box->f->town.answer), &box->workers, &why),
        ROLLCALL_OK);
    *state = box;
    return 0;
}

static int take_down(void **state)
{
    struct box *box = *state;

    workers_destroy(box->workers);
    teardown((void **)&box->f);
    free(box);
    return 0;
}

static void start(struct box *box)
{
    struct reason why = REASON_NONE;
    assert_int_equal(workers_start(box->workers, &why), ROLLCALL_OK);
}

static int dial(struct box *box, int type)
{
    const struct timeval patience = { .tv_sec = 10 };
    int fd = socket(AF_INET, type, 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience),
                     0);
    assert_int_equal(connect(fd, &box->listen.any, box->listen.length), 0);
    return fd;
}

static void send_question(int fd, const char *name)
{
    uint8_t message[512];
    size_t length = put_question(message, name, "A");
    assert_int_equal(send(fd, message, length, 0), length);
}

static uint64_t count(const struct counter_group *group, const char *name)
{
    for (const struct counter_row *row = group->rows; row->name != NULL; row++)
        if (strcmp(row->name, name) == 0)
            return counter_sum(group, row);
    fail_msg("no counter %s", name);
    return 0;
}

static uint64_t timed(const struct workers *workers)
{
    const struct counter_group *const groups[] = { workers_counters(workers), NULL };
    struct histogram_sum sum;

    assert_true(histogram_find(groups, "dns_query_duration_seconds", &sum));
    return sum.count;
}

/* More than a batch is wide, and more than one batch. */
static void every_datagram_of_a_burst_is_answered(void **state)
{
    struct box *box = *state;
    uint8_t reply[512];

    start(box);
    int fd = dial(box, SOCK_DGRAM);
    for (unsigned i = 0; i < 50; i++)
        send_question(fd, i % 2 == 0 ? "web-1.web." Z : "nosuch." Z);
    for (unsigned i = 0; i < 50; i++)
        assert_true(recv(fd, reply, sizeof reply, 0) > 12);
    close(fd);
    workers_stop(box->workers);
    assert_int_equal(count(workers_counters(box->workers), "udp_queries"), 50);
    assert_int_equal(count(workers_counters(box->workers), "nxdomain"), 25);
    assert_int_equal(timed(box->workers), 50);
    assert_int_equal(count(workers_socket_counters(box->workers), "udp_replies"), 50);
}

/* Sockets are open before the threads run. */
static void queries_that_came_early_wait_for_the_start(void **state)
{
    struct box *box = *state;
    uint8_t reply[512];

    int fd = dial(box, SOCK_DGRAM);
    send_question(fd, "web-1.web." Z);
    start(box);
    assert_true(recv(fd, reply, sizeof reply, 0) > 12);
    close(fd);
    workers_stop(box->workers);
}

static void tcp_is_answered_like_udp(void **state)
{
    struct box *box = *state;
    uint8_t frame[514] = { 0 }, reply[514], text[514];

    start(box);
    int fd = dial(box, SOCK_STREAM);
    size_t length = put_question(frame + 2, "web-1.web." Z, "A");
    frame[1] = (uint8_t)length;
    assert_int_equal(send(fd, frame, 2 + length, 0), 2 + length);
    ssize_t got = recv(fd, reply, sizeof reply, 0);
    assert_true(got > 14);
    assert_string_equal(spoken(reply + 2, (size_t)got - 2, (char *)text, sizeof text),
                        "NOERROR aa | web-1.web." Z " 30 A 10.0.0.1 | - | -");
    close(fd);
    workers_stop(box->workers);
}

static void a_second_daemon_on_the_port_is_told(void **state)
{
    struct box *box = *state;
    struct workers *second = NULL;
    struct reason why = REASON_NONE;

    assert_int_equal(
        workers_open(&box->f->dns, answer_index(box->f->town.answer), &second, &why),
        ROLLCALL_E_IO);
    assert_null(second);
    assert_non_null(strstr(why.text, "address already in use"));
}

static void workers_that_never_started_are_destroyed(void **state)
{
    (void)state; /* set_up() opened them, take_down() destroys them */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, take_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_datagram_of_a_burst_is_answered),
        TEST(queries_that_came_early_wait_for_the_start),
        TEST(tcp_is_answered_like_udp),
        TEST(a_second_daemon_on_the_port_is_told),
        TEST(workers_that_never_started_are_destroyed),
    };
    return cmocka_run_group_tests_name("serve/workers", tests, NULL, NULL);
}
