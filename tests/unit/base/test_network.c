#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/address.h"
#include "base/network.h"

static struct network network_of(const char *text)
{
    struct network network;
    assert_true(network_parse(text, &network));
    return network;
}

static bool is_inside(const char *network, const char *ip)
{
    struct network parsed = network_of(network);
    struct rollcall_address address;
    assert_true(address_parse_ip(ip, &address));
    return network_contains(&parsed, &address);
}

static void a_network_holds_its_first_and_last_address_and_no_other(void **state)
{
    (void)state;
    assert_true(is_inside("10.1.0.0/20", "10.1.0.0"));
    assert_true(is_inside("10.1.0.0/20", "10.1.15.255"));
    assert_false(is_inside("10.1.0.0/20", "10.1.16.0"));
    assert_false(is_inside("10.1.0.0/20", "10.0.255.255"));
    assert_true(is_inside("fd00::/9", "fd7f:ffff::1"));
    assert_false(is_inside("fd00::/9", "fd80::"));
}

static void an_address_is_a_network_of_itself(void **state)
{
    (void)state;
    assert_true(is_inside("192.0.2.1", "192.0.2.1"));
    assert_false(is_inside("192.0.2.1", "192.0.2.2"));
    assert_true(is_inside("::1", "::1"));
}

static void the_families_do_not_mix(void **state)
{
    (void)state;
    assert_false(is_inside("0.0.0.0/0", "::1"));
    assert_false(is_inside("::/0", "10.0.0.1"));
    assert_true(is_inside("any", "::1"));
    assert_true(is_inside("any", "10.0.0.1"));
}

static void bits_beyond_the_prefix_are_cleared_and_it_prints_as_it_parses(void **state)
{
    static const char *const texts[][2] = { { "10.1.2.3/8", "10.0.0.0/8" },
                                            { "2001:db8::1/33", "2001:db8::/33" },
                                            { "192.0.2.1/32", "192.0.2.1" },
                                            { "0.0.0.0/0", "0.0.0.0/0" },
                                            { "any", "any" } };
    (void)state;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct network network = network_of(texts[i][0]);
        char text[NETWORK_TEXT];
        network_print(&network, text, sizeof text);
        assert_string_equal(text, texts[i][1]);
    }
}

static void what_is_no_network_is_refused(void **state)
{
    static const char *const texts[] = {
        "",          "10.0.0.0/33", "10.0.0.0/",           "10.0.0/8",
        "/8",        "::/129",      "10.0.0.0/8 ",         "all",
        "[::1]/128", "10.0.0.0/-1", "::ffff:10.0.0.0/104", "::ffff:192.0.2.1"
    };
    struct network network;
    (void)state;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_false(network_parse(texts[i], &network));
}

static void no_networks_hold_nothing(void **state)
{
    struct rollcall_address address;
    (void)state;

    assert_true(address_parse_ip("10.0.0.1", &address));
    assert_false(networks_contain(NULL, 0, &address));
    assert_false(network_is_loopback(&address));
    assert_true(address_parse_ip("127.9.9.9", &address));
    assert_true(network_is_loopback(&address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_holds_its_first_and_last_address_and_no_other),
        cmocka_unit_test(an_address_is_a_network_of_itself),
        cmocka_unit_test(the_families_do_not_mix),
        cmocka_unit_test(bits_beyond_the_prefix_are_cleared_and_it_prints_as_it_parses),
        cmocka_unit_test(what_is_no_network_is_refused),
        cmocka_unit_test(no_networks_hold_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
