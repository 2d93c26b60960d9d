/* base/address.h: socket addresses as text and as bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include <cmocka.h>

static void reads_as(const char *text, uint16_t port, const char *expected)
{
    struct address address;
    char printed[ADDRESS_TEXT];

    if (!address_parse(text, port, &address))
        fail_msg("\"%s\" was refused", text);
    address_print(&address, printed, sizeof printed);
    assert_string_equal(printed, expected);
}

static void refused(const char *text, uint16_t port)
{
    struct address address;

    if (address_parse(text, port, &address))
        fail_msg("\"%s\" was taken", text);
}

static void an_address_with_port_is_read_and_printed(void **state)
{
    (void)state;
    reads_as("127.0.0.1:8053", 0, "127.0.0.1:8053");
    reads_as("[::1]:8053", 0, "[::1]:8053");
    reads_as("[2001:DB8::0:1]:53", 0, "[2001:db8::1]:53");
    reads_as("0.0.0.0:0", 0, "0.0.0.0:0");
}

static void a_missing_port_takes_the_default(void **state)
{
    (void)state;
    reads_as("127.0.0.1", 53, "127.0.0.1:53");
    reads_as("::1", 53, "[::1]:53");
    reads_as("[::1]", 53, "[::1]:53");
    refused("127.0.0.1", 0);
    refused("::1", 0);
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    refused("", 53);
    refused(":53", 53);
    refused("localhost:53", 53);
    refused("127.0.0.1:", 53);
    refused("127.0.0.1:65536", 53);
    refused("127.0.0.1:-1", 53);
    refused("127.0.0.1:53x", 53);
    refused("127.0.0.1.:53", 53);
    refused("[127.0.0.1]:53", 53);
    refused("[127.0.0.1]", 53);
    refused("[::1]53", 53);
    refused("[::1", 53);
    refused("[]", 53);
    refused("fe80::1%eth0", 53);
}

static void a_host_and_port_are_split_without_looking_anything_up(void **state)
{
    char host[256];
    uint16_t port;

    (void)state;
    assert_true(address_split("web.example:80", host, sizeof host, &port));
    assert_string_equal(host, "web.example");
    assert_int_equal(port, 80);
    assert_true(address_split(":81", host, sizeof host, &port));
    assert_string_equal(host, "");
    assert_int_equal(port, 81);
    assert_true(address_split("[::1]:82", host, sizeof host, &port));
    assert_string_equal(host, "::1");
    assert_int_equal(port, 82);
    assert_false(address_split("::1:82", host, sizeof host, &port));
    assert_false(address_split("web", host, sizeof host, &port));
    assert_false(address_split("web:", host, sizeof host, &port));
}

static void bytes_and_socket_addresses_convert_both_ways(void **state)
{
    struct rollcall_address ip;
    struct rollcall_address back;
    struct address address;

    (void)state;
    assert_true(address_parse_ip("fd00::1", &ip));
    address_from_ip(&ip, 443, &address);
    assert_int_equal(address_port(&address), 443);
    assert_true(address_to_ip(&address, &back));
    assert_true(address_ip_equal(&ip, &back));
    assert_true(address_parse_ip("10.0.0.1", &ip));
    assert_false(address_ip_equal(&ip, &back));
    address.any.sa_family = AF_UNIX;
    assert_false(address_to_ip(&address, &back));
}

static void only_the_unspecified_address_is_a_wildcard(void **state)
{
    struct address address;

    (void)state;
    assert_true(address_parse("0.0.0.0:53", 0, &address));
    assert_true(address_is_wildcard(&address));
    assert_true(address_parse("[::]:53", 0, &address));
    assert_true(address_is_wildcard(&address));
    assert_true(address_parse("[::1]:53", 0, &address));
    assert_false(address_is_wildcard(&address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_with_port_is_read_and_printed),
        cmocka_unit_test(a_missing_port_takes_the_default),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(a_host_and_port_are_split_without_looking_anything_up),
        cmocka_unit_test(bytes_and_socket_addresses_convert_both_ways),
        cmocka_unit_test(only_the_unspecified_address_is_a_wildcard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
