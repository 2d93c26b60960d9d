#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/socket.h"

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    assert_int_equal(getsockopt(fd, level, name, &value, &size), 0);
    return value;
}

/* A UDP socket on a free port of 127.0.0.1, which `*address` then names. */
static int open_free(struct address *address)
{
    int fd;
    struct reason why = REASON_NONE;

    assert_true(address_parse("127.0.0.1:0", 0, address));
    assert_int_equal(socket_open_udp(address, &fd, &why), ROLLCALL_OK);
    assert_int_equal(getsockname(fd, &address->any, &address->length), 0);
    return fd;
}

static void a_taken_port_is_named_with_what_to_do(void **state)
{
    struct address address;
    struct reason why = REASON_NONE;
    (void)state;

    int fd = open_free(&address);
    assert_int_equal(socket_probe(&address, &why), ROLLCALL_E_IO);
    assert_string_equal(why.field, "dns.listen");
    assert_non_null(strstr(why.text, "address already in use; is another DNS server"));
    close(fd);
}

/* A port that is free for UDP may be the local end of somebody's TCP connection. */
static void a_free_port_is_free_for_both_transports(void **state)
{
    enum rollcall_status status = ROLLCALL_E_IO;
    (void)state;

    for (unsigned i = 0; i < 50 && status != ROLLCALL_OK; i++) {
        struct address address;
        struct reason why = REASON_NONE;
        close(open_free(&address));
        status = socket_probe(&address, &why);
    }
    assert_int_equal(status, ROLLCALL_OK);
}

static void an_address_of_another_machine_is_said_to_be_one(void **state)
{
    struct address address;
    struct reason why = REASON_NONE;
    (void)state;

    assert_true(address_parse("192.0.2.1:8053", 0, &address)); /* RFC 5737 §3 */
    assert_int_equal(socket_probe(&address, &why), ROLLCALL_E_IO);
    assert_non_null(strstr(why.text, "192.0.2.1:8053: this machine has no such"));
}

static void several_workers_share_one_port(void **state)
{
    struct address address;
    struct reason why = REASON_NONE;
    int second;
    (void)state;

    int fd = open_free(&address);
    assert_int_equal(socket_open_udp(&address, &second, &why), ROLLCALL_OK);
    close(second);
    close(fd);
}

static void only_a_wildcard_socket_reports_destinations(void **state)
{
    struct address address;
    struct reason why = REASON_NONE;
    int wildcard;
    (void)state;

    int fd = open_free(&address);
    assert_int_equal(option(fd, IPPROTO_IP, IP_PKTINFO), 0);
    close(fd);
    assert_true(address_parse("0.0.0.0:0", 0, &address));
    assert_int_equal(socket_open_udp(&address, &wildcard, &why), ROLLCALL_OK);
    assert_int_equal(option(wildcard, IPPROTO_IP, IP_PKTINFO), 1);
    close(wildcard);
}

static void forged_icmp_cannot_shrink_replies(void **state)
{
    struct address address;
    (void)state;

    int fd = open_free(&address);
    int discover = option(fd, IPPROTO_IP, IP_MTU_DISCOVER);
    assert_true(discover == IP_PMTUDISC_OMIT || discover == IP_PMTUDISC_DONT);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_taken_port_is_named_with_what_to_do),
        cmocka_unit_test(a_free_port_is_free_for_both_transports),
        cmocka_unit_test(an_address_of_another_machine_is_said_to_be_one),
        cmocka_unit_test(several_workers_share_one_port),
        cmocka_unit_test(only_a_wildcard_socket_reports_destinations),
        cmocka_unit_test(forged_icmp_cannot_shrink_replies),
    };
    return cmocka_run_group_tests_name("serve/socket", tests, NULL, NULL);
}
