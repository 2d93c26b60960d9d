#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "serve/cookie.h"

#define SECRET "e5e973e5a6b2a43f48e7dc849e37bfcf"
#define CLIENT "2464c4abcf10c957"

struct box {
    struct cookie_secrets secrets;
    struct address from;
    uint8_t cookie[COOKIE_SIZE];
};

static void open_box(struct box *box, const char *secret, const char *ip, uint32_t now)
{
    memset(box, 0, sizeof *box);
    cookie_secrets_init(&box->secrets, secret, now);
    assert_true(address_parse(ip, 53, &box->from));
}

static void take_hex(struct box *box, const char *hex)
{
    for (size_t i = 0; i < strlen(hex) / 2; i++) {
        unsigned octet;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &octet), 1);
        box->cookie[i] = (uint8_t)octet;
    }
}

static enum cookie_verdict check(const struct box *box, uint32_t now)
{
    return cookie_check(&box->secrets, box->cookie, COOKIE_SIZE, &box->from.any, now);
}

static void make(struct box *box, uint32_t now)
{
    cookie_make(&box->secrets, box->cookie, &box->from.any, now, box->cookie);
}

static void expect(const struct box *box, const char *hex)
{
    char text[2 * COOKIE_SIZE + 1];

    for (unsigned i = 0; i < COOKIE_SIZE; i++)
        snprintf(text + 2 * i, 3, "%02x", box->cookie[i]);
    assert_string_equal(text, hex);
}

static void rfc_9018_a_1_a_new_server_cookie(void **state)
{
    struct box box;
    (void)state;

    open_box(&box, SECRET, "198.51.100.100", 1559731985);
    take_hex(&box, CLIENT);
    make(&box, 1559731985);
    expect(&box, CLIENT "010000005cf79f111f8130c3eee29480");
    assert_int_equal(check(&box, 1559731985), COOKIE_RIGHT);
}

static void rfc_9018_a_2_the_same_client_later(void **state)
{
    struct box box;
    (void)state;

    open_box(&box, SECRET, "198.51.100.100", 1559734385);
    take_hex(&box, CLIENT "010000005cf79f111f8130c3eee29480");
    assert_int_equal(check(&box, 1559734385), COOKIE_OLD); /* 40 minutes */
    make(&box, 1559734385);
    expect(&box, CLIENT "010000005cf7a871d4a564a1442aca77");
}

static void rfc_9018_a_3_reserved_octets_are_signed_as_they_came(void **state)
{
    struct box box;
    (void)state;

    open_box(&box, SECRET, "203.0.113.203", 1559727985);
    take_hex(&box, "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5");
    assert_int_equal(check(&box, 1559727985), COOKIE_RIGHT);
}

static void rfc_9018_a_4_over_ipv6_with_other_secrets(void **state)
{
    struct box box;
    (void)state;

    open_box(&box, "dd3bdf9344b678b185a6f5cb60fca715",
             "[2001:db8:220:1:59de:d0f4:8769:82b8]:53", 1559741817);
    take_hex(&box, "22681ab97d52c298");
    make(&box, 1559741817);
    expect(&box, "22681ab97d52c298010000005cf7c57926556bd0934c72f8");
    open_box(&box, "445536bcd2513298075a5d379663c962",
             "[2001:db8:220:1:59de:d0f4:8769:82b8]:53", 1559741961);
    take_hex(&box, "22681ab97d52c298");
    make(&box, 1559741961);
    expect(&box, "22681ab97d52c298010000005cf7c609a6bb79d16625507a");
}

static void one_bit_anywhere_makes_it_wrong(void **state)
{
    struct box box;
    (void)state;

    open_box(&box, SECRET, "198.51.100.100", 1000000);
    take_hex(&box, CLIENT);
    make(&box, 1000000);
    for (unsigned bit = 0; bit < 8 * COOKIE_SIZE; bit++) {
        box.cookie[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(check(&box, 1000000), COOKIE_WRONG);
        box.cookie[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(check(&box, 1000000), COOKIE_RIGHT);
}

static void another_address_of_the_same_family_makes_it_wrong(void **state)
{
    struct box box;
    (void)state;

    open_box(&box, SECRET, "198.51.100.100", 1000000);
    make(&box, 1000000);
    assert_true(address_parse("198.51.100.101", 53, &box.from));
    assert_int_equal(check(&box, 1000000), COOKIE_WRONG);
}

static void the_times_hold_also_where_the_seconds_begin_again(void **state)
{
    struct box box;
    uint32_t now = UINT32_MAX - 100;
    (void)state;

    open_box(&box, SECRET, "198.51.100.100", now);
    make(&box, now);
    assert_int_equal(check(&box, now + 1800), COOKIE_RIGHT);
    assert_int_equal(check(&box, now + 1801), COOKIE_OLD);
    assert_int_equal(check(&box, now + 3600), COOKIE_OLD);
    assert_int_equal(check(&box, now + 3601), COOKIE_WRONG);
    assert_int_equal(check(&box, now - 300), COOKIE_RIGHT);
    assert_int_equal(check(&box, now - 301), COOKIE_WRONG);
}

static void the_secret_before_is_good_for_an_hour_and_is_renewed(void **state)
{
    struct box box;
    (void)state;

    open_box(&box, "", "198.51.100.100", 1000000);
    make(&box, 1000000 - 10);
    cookie_secrets_roll(&box.secrets, 1000000);
    assert_int_equal(check(&box, 1000000), COOKIE_OLD);
    box.cookie[0] ^= 1;
    assert_int_equal(check(&box, 1000000), COOKIE_WRONG);
    box.cookie[0] ^= 1;
    assert_int_equal(check(&box, 1000000 + 3590), COOKIE_OLD);
    make(&box, 1000000 + 3590);
    assert_int_equal(check(&box, 1000000 + 3590), COOKIE_RIGHT);
}

static void the_secret_before_the_one_before_is_forgotten(void **state)
{
    struct box box;
    (void)state;

    open_box(&box, "", "198.51.100.100", 1000000);
    make(&box, 1000000);
    cookie_secrets_roll(&box.secrets, 1000000);
    cookie_secrets_roll(&box.secrets, 1000000);
    assert_int_equal(check(&box, 1000000), COOKIE_WRONG);
}

static void the_secret_before_ends_an_hour_after_the_roll(void **state)
{
    struct box box;
    (void)state;

    open_box(&box, "", "198.51.100.100", 1000000);
    make(&box, 1000000 + 200); /* a clock that is ahead */
    cookie_secrets_roll(&box.secrets, 1000000);
    assert_int_equal(check(&box, 1000000 + 3599), COOKIE_OLD);
    assert_int_equal(check(&box, 1000000 + 3600), COOKIE_WRONG);
}

static void a_configured_secret_never_rolls(void **state)
{
    struct box box;
    (void)state;

    open_box(&box, SECRET, "198.51.100.100", 1000000);
    make(&box, 1000000);
    cookie_secrets_roll(&box.secrets, 1000000);
    assert_int_equal(check(&box, 1000000), COOKIE_RIGHT);
}

/* Three steps take the servers of one address to another secret (RFC 9018 §5); in each a
 * server that is a step ahead and one that is behind take what the other gave. */
static void a_staging_secret_is_taken_and_never_given(void **state)
{
    static const char next[] = "445536bcd2513298075a5d379663c962";
    static const char *const steps[][2] = {
        { SECRET, "" }, { SECRET, next }, { next, SECRET }, { next, "" }
    };
    (void)state;

    for (size_t i = 0; i + 1 < sizeof steps / sizeof *steps; i++) {
        struct box behind, ahead;
        open_box(&behind, steps[i][0], "198.51.100.100", 1000000);
        cookie_secrets_stage(&behind.secrets, steps[i][1]);
        open_box(&ahead, steps[i + 1][0], "198.51.100.100", 1000000);
        cookie_secrets_stage(&ahead.secrets, steps[i + 1][1]);
        make(&behind, 1000000);
        make(&ahead, 1000000);
        assert_int_equal(check(&ahead, 1000000), COOKIE_RIGHT);
        struct box given = ahead;
        memcpy(ahead.cookie, behind.cookie, COOKIE_SIZE);
        assert_int_equal(check(&ahead, 1000000), i == 1 ? COOKIE_OLD : COOKIE_RIGHT);
        memcpy(behind.cookie, given.cookie, COOKIE_SIZE);
        assert_int_equal(check(&behind, 1000000), i == 1 ? COOKIE_OLD : COOKIE_RIGHT);
    }
}

static void two_random_secrets_differ(void **state)
{
    struct box box, other;
    (void)state;

    open_box(&box, "", "198.51.100.100", 1000000);
    open_box(&other, "", "198.51.100.100", 1000000);
    make(&box, 1000000);
    memcpy(other.cookie, box.cookie, sizeof other.cookie);
    assert_int_equal(check(&other, 1000000), COOKIE_WRONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_9018_a_1_a_new_server_cookie),
        cmocka_unit_test(rfc_9018_a_2_the_same_client_later),
        cmocka_unit_test(rfc_9018_a_3_reserved_octets_are_signed_as_they_came),
        cmocka_unit_test(rfc_9018_a_4_over_ipv6_with_other_secrets),
        cmocka_unit_test(one_bit_anywhere_makes_it_wrong),
        cmocka_unit_test(another_address_of_the_same_family_makes_it_wrong),
        cmocka_unit_test(the_times_hold_also_where_the_seconds_begin_again),
        cmocka_unit_test(the_secret_before_is_good_for_an_hour_and_is_renewed),
        cmocka_unit_test(the_secret_before_the_one_before_is_forgotten),
        cmocka_unit_test(the_secret_before_ends_an_hour_after_the_roll),
        cmocka_unit_test(a_configured_secret_never_rolls),
        cmocka_unit_test(a_staging_secret_is_taken_and_never_given),
        cmocka_unit_test(two_random_secrets_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
