#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "dns/edns.h"
#include "dns/wire.h"

static void a_bare_opt_has_eleven_octets(void **state)
{
    (void)state;
    uint8_t out[64];

    assert_int_equal(dns_opt_write(out, sizeof out, 1232, 0, false, -1, NULL), 11);
    assert_memory_equal(out, "\0\0\x29\x04\xd0\0\0\0\0\0\0", 11);
    assert_int_equal(dns_opt_write(out, 11, 1232, 0, true, -1, NULL), 11);
    assert_memory_equal(out, "\0\0\x29\x04\xd0\0\0\x80\0\0\0", 11);
}

static void the_upper_bits_of_the_rcode_go_into_it(void **state)
{
    (void)state;
    uint8_t out[64];

    dns_opt_write(out, sizeof out, 1232, DNS_RCODE_BADVERS, false, -1, NULL);
    assert_int_equal(out[5], 1);
    assert_int_equal(out[6], 0);
    dns_opt_write(out, sizeof out, 1232, DNS_RCODE_REFUSED, false, -1, NULL);
    assert_int_equal(out[5], 0);
}

static void an_extended_error_carries_its_text(void **state)
{
    (void)state;
    uint8_t out[64];

    assert_int_equal(dns_opt_write(out, sizeof out, 1232, 5, false, 20, "no zone"), 24);
    assert_memory_equal(out + 9, "\0\x0d\0\x0f\0\x09\0\x14no zone", 15);
    assert_int_equal(dns_opt_write(out, sizeof out, 1232, 5, false, 20, NULL), 17);
    assert_memory_equal(out + 9, "\0\6\0\x0f\0\2\0\x14", 8);
}

static void a_long_text_is_cut(void **state)
{
    (void)state;
    uint8_t out[256];
    char text[DNS_EDE_TEXT_MAX + 8];

    memset(text, 'x', sizeof text - 1);
    text[DNS_EDE_TEXT_MAX - 1] = '9';
    text[sizeof text - 1] = '\0';
    assert_int_equal(dns_opt_write(out, sizeof out, 1232, 0, false, 14, text),
                     DNS_OPT_WRITE_MAX);
    assert_int_equal(out[DNS_OPT_WRITE_MAX - 1], '9');
}

static void where_room_is_tight_the_text_goes_first_then_the_error(void **state)
{
    (void)state;
    uint8_t out[64];

    for (size_t room = 0; room < 30; room++) {
        size_t wanted = room < 11 ? 0 : room < 17 ? 11 : room < 24 ? 17 : 24;
        memset(out, 0xa5, sizeof out);
        assert_int_equal(dns_opt_write(out, room, 1232, 0, false, 20, "no zone"), wanted);
        assert_int_equal(out[room], 0xa5);
    }
}

static void options_are_appended_as_room_allows(void **state)
{
    (void)state;
    uint8_t out[32];
    size_t length = dns_opt_write(out, sizeof out, 1232, 0, false, -1, NULL);

    length = dns_opt_add(out, length, sizeof out, DNS_OPTION_KEEPALIVE, "\0\x64", 2);
    assert_int_equal(length, 17);
    length = dns_opt_add(out, length, sizeof out, DNS_OPTION_NSID, "n1", 2);
    assert_int_equal(length, 23);
    assert_memory_equal(out + 9, "\0\x0c\0\x0b\0\2\0\x64\0\3\0\2n1", 14);
    assert_int_equal(dns_opt_add(out, length, 28, DNS_OPTION_NSID, "n1", 2), 23);
    assert_int_equal(out[10], 12);
}

static void behind_options_an_error_loses_its_text_first_and_then_itself(void **state)
{
    (void)state;
    uint8_t out[64];
    size_t length = dns_opt_write(out, sizeof out, 1232, 0, false, -1, NULL);

    length = dns_opt_add(out, length, sizeof out, DNS_OPTION_NSID, "n1", 2);
    assert_int_equal(dns_opt_add_ede(out, length, 30, 20, "no zone"), 30);
    assert_memory_equal(out + 17, "\0\x0f\0\x09\0\x14no zone", 13);
    length = dns_opt_write(out, sizeof out, 1232, 0, false, -1, NULL);
    length = dns_opt_add(out, length, sizeof out, DNS_OPTION_NSID, "n1", 2);
    assert_int_equal(dns_opt_add_ede(out, length, 29, 20, "no zone"), 23);
    assert_memory_equal(out + 9, "\0\x0c", 2);
    length = dns_opt_write(out, sizeof out, 1232, 0, false, -1, NULL);
    length = dns_opt_add(out, length, sizeof out, DNS_OPTION_NSID, "n1", 2);
    assert_int_equal(dns_opt_add_ede(out, length, 22, 20, "no zone"), 17);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bare_opt_has_eleven_octets),
        cmocka_unit_test(the_upper_bits_of_the_rcode_go_into_it),
        cmocka_unit_test(an_extended_error_carries_its_text),
        cmocka_unit_test(a_long_text_is_cut),
        cmocka_unit_test(where_room_is_tight_the_text_goes_first_then_the_error),
        cmocka_unit_test(options_are_appended_as_room_allows),
        cmocka_unit_test(behind_options_an_error_loses_its_text_first_and_then_itself),
    };
    return cmocka_run_group_tests_name("dns/edns", tests, NULL, NULL);
}
