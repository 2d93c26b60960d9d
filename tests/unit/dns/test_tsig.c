#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "base/bytes.h"
#include "dns/tsig.h"
#include "dns/wire.h"

enum { NOW = 1700000000, ROOM = 1024, NAMES_AT = 31, NAMES_END = 31 + 3 + 10 + 13 };

struct exchange {
    struct tsig_key key;
    struct tsig_keys keys;
    struct tsig client;
    struct tsig server;
    uint8_t message[ROOM];
    size_t length;
};

static void key_make(struct tsig_key *key, const char *algorithm)
{
    memset(key, 0, sizeof *key);
    assert_true(dns_name_parse("k.", &key->name));
    key->algorithm = tsig_algorithm_find(algorithm);
    assert_non_null(key->algorithm);
    key->secret_length = 24;
    memcpy(key->secret, "secretsecretsecretsecret", 24);
}

/* A question for service.local. AXFR, signed by the client. */
static void begin_with(struct exchange *e, const char *algorithm)
{
    static const uint8_t question[] = "\x12\x34\0\0\0\1\0\0\0\0\0\0"
                                      "\7service\5local\0\0\374\0\1";

    memset(e, 0, sizeof *e);
    key_make(&e->key, algorithm);
    e->keys = (struct tsig_keys){ &e->key, 1 };
    e->length = sizeof question - 1;
    memcpy(e->message, question, e->length);
    tsig_begin(&e->client, &e->key, 0x1234);
    e->length = tsig_sign(&e->client, e->message, e->length, NOW);
    assert_true(e->length > sizeof question);
}

static bool check(struct exchange *e, uint64_t now)
{
    size_t at = tsig_find(e->message, e->length);

    assert_true(at > 0);
    return tsig_check(e->message, e->length, at, &e->keys, now, &e->server);
}

static void every_algorithm_verifies_what_it_signed(void **state)
{
    static const char *const names[] = { "hmac-sha1", "hmac-sha224", "hmac-sha256.",
                                         "HMAC-SHA384", "hmac-sha512" };
    (void)state;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct exchange e;
        begin_with(&e, names[i]);
        assert_true(check(&e, NOW + 300));
        assert_int_equal(e.server.error, TSIG_NOERROR);
        assert_ptr_equal(e.server.key, &e.key);
    }
}

static void md5_is_not_offered(void **state)
{
    (void)state;
    assert_null(tsig_algorithm_find("hmac-md5.sig-alg.reg.int"));
    assert_null(tsig_algorithm_find("hmac-sha"));
    assert_null(tsig_algorithm_find(""));
}

static void any_flipped_bit_is_a_bad_signature_or_no_message(void **state)
{
    struct exchange e;
    size_t bad = 0;
    (void)state;

    begin_with(&e, "hmac-sha256");
    for (size_t bit = 16; bit < e.length * 8; bit++) {
        /* The case of letters in the two names does not count. */
        if (bit % 8 == 5 && bit / 8 >= NAMES_AT && bit / 8 < NAMES_END)
            continue;
        e.message[bit / 8] ^= (uint8_t)(1u << bit % 8);
        size_t at = tsig_find(e.message, e.length);
        if (at != 0 && tsig_check(e.message, e.length, at, &e.keys, NOW, &e.server)) {
            assert_int_not_equal(e.server.error, TSIG_NOERROR);
            bad++;
        }
        e.message[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(bad > 300);
    assert_true(check(&e, NOW));
    assert_int_equal(e.server.error, TSIG_NOERROR);
}

static void the_id_may_change_on_the_way(void **state)
{
    struct exchange e;
    (void)state;

    begin_with(&e, "hmac-sha256");
    e.message[0] ^= 0xff;
    assert_true(check(&e, NOW));
    assert_int_equal(e.server.error, TSIG_NOERROR);
    assert_int_equal(e.server.id, 0x1234);
}

/* The reply of a server, whose request is thrown away. */
static void reply_to(struct exchange *e, uint64_t now)
{
    e->length = 31;
    bytes_put16(e->message + 10, 0);
    e->length = tsig_sign(&e->server, e->message, e->length, now);
}

static void an_unknown_key_is_told_without_a_mac(void **state)
{
    struct exchange e;
    (void)state;

    begin_with(&e, "hmac-sha256");
    e.keys.count = 0;
    assert_true(check(&e, NOW));
    assert_int_equal(e.server.error, TSIG_BADKEY);
    size_t room = tsig_room(&e.server);
    reply_to(&e, NOW);
    assert_int_equal(e.length, 31 + room);
    assert_int_equal(bytes_get16(e.message + e.length - 4), TSIG_BADKEY);
    assert_int_equal(bytes_get16(e.message + e.length - 8), 0);
}

static void a_wrong_secret_is_told_without_a_mac(void **state)
{
    struct exchange e;
    (void)state;

    begin_with(&e, "hmac-sha256");
    e.key.secret[0] ^= 1;
    assert_true(check(&e, NOW));
    assert_int_equal(e.server.error, TSIG_BADSIG);
    reply_to(&e, NOW);
    assert_int_equal(bytes_get16(e.message + e.length - 4), TSIG_BADSIG);
    assert_int_equal(bytes_get16(e.message + e.length - 8), 0);
}

static void a_wrong_clock_is_told_signed_and_with_our_time(void **state)
{
    struct exchange e;
    (void)state;

    begin_with(&e, "hmac-sha256");
    assert_true(check(&e, NOW + 301));
    assert_int_equal(e.server.error, TSIG_BADTIME);
    reply_to(&e, NOW + 301);
    const uint8_t *end = e.message + e.length;
    assert_int_equal(bytes_get16(end - 8), 6);
    assert_int_equal(bytes_get16(end - 10), TSIG_BADTIME);
    assert_int_equal(bytes_get32(end - 4), NOW + 301);
    assert_true(tsig_check_reply(&e.client, e.message, e.length, NOW));
}

/* The MAC of the request, cut to `length` octets. */
static void cut_mac(struct exchange *e, size_t length)
{
    uint8_t *mac = e->message + e->length - 6 - 32;

    memmove(mac + length, mac + 32, 6);
    bytes_put16(mac - 2, (uint16_t)length);
    e->length -= 32 - length;
    uint8_t *rdlength = mac - 2 - 2 - 6 - 13 - 2;
    bytes_put16(rdlength, (uint16_t)(bytes_get16(rdlength) - (32 - length)));
}

static void a_mac_below_half_is_malformed(void **state)
{
    struct exchange e;
    (void)state;

    begin_with(&e, "hmac-sha256");
    cut_mac(&e, 15);
    assert_false(check(&e, NOW));
}

static void a_shortened_mac_is_bad_truncation(void **state)
{
    struct exchange e;
    (void)state;

    begin_with(&e, "hmac-sha256");
    cut_mac(&e, 16);
    assert_true(check(&e, NOW));
    assert_int_equal(e.server.error, TSIG_BADTRUNC);
}

static void several_messages_are_one_chain(void **state)
{
    struct exchange e;
    (void)state;

    begin_with(&e, "hmac-sha256");
    assert_true(check(&e, NOW));
    reply_to(&e, NOW);
    assert_true(tsig_check_reply(&e.client, e.message, e.length, NOW));
    uint8_t first[TSIG_MAC_MAX];
    memcpy(first, e.server.mac, sizeof first);
    reply_to(&e, NOW + 1);
    assert_memory_not_equal(first, e.server.mac, 32);
    assert_true(e.server.chained);
    /* The second is signed over the first's MAC and the times alone. */
    e.client.chained = false;
    assert_false(tsig_check_reply(&e.client, e.message, e.length, NOW));
}

static void a_reply_to_another_request_is_not_taken(void **state)
{
    struct exchange e;
    (void)state;

    begin_with(&e, "hmac-sha256");
    assert_true(check(&e, NOW));
    reply_to(&e, NOW);
    e.client.mac[0] ^= 1;
    assert_false(tsig_check_reply(&e.client, e.message, e.length, NOW));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_algorithm_verifies_what_it_signed),
        cmocka_unit_test(md5_is_not_offered),
        cmocka_unit_test(any_flipped_bit_is_a_bad_signature_or_no_message),
        cmocka_unit_test(the_id_may_change_on_the_way),
        cmocka_unit_test(an_unknown_key_is_told_without_a_mac),
        cmocka_unit_test(a_wrong_secret_is_told_without_a_mac),
        cmocka_unit_test(a_wrong_clock_is_told_signed_and_with_our_time),
        cmocka_unit_test(a_mac_below_half_is_malformed),
        cmocka_unit_test(a_shortened_mac_is_bad_truncation),
        cmocka_unit_test(several_messages_are_one_chain),
        cmocka_unit_test(a_reply_to_another_request_is_not_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
