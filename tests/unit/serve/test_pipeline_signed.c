#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "dns/tsig.h"
#include "dns/wire.h"
#include "support/pipeline_fixture.h"

enum { NOW = 1700000000, UDP_PLAIN = 512, WHOLE = 1, PART_OF_NAME = 40 };

/* A fixture with a key, and the client that has it. */
struct signed_fixture {
    struct fixture *is;
    struct tsig_key key;
    struct tsig_keys keys;
    struct tsig client;
    uint8_t message[DNS_MESSAGE_MAX];
    size_t question_end;
    size_t length;
};

static struct tsig_key key_of(const char *name)
{
    struct tsig_key key = { .algorithm = tsig_algorithm_find("hmac-sha512"),
                            .secret_length = 16,
                            .secret = "0123456789abcde" };

    assert_true(dns_name_parse(name, &key.name));
    return key;
}

static int setup_signed(void **state)
{
    struct signed_fixture *f = calloc(1, sizeof *f);
    void *is;

    assert_int_equal(setup(&is), 0);
    f->is = is;
    f->key = key_of(
        "a-key-with-a-name-made-of-the-names-of.both-hosts-that-"
        "share-it-as-tools-that-make-keys-like-to-do.in-a-zone-of-its-own-for-keys.");
    f->keys = (struct tsig_keys){ &f->key, 1 };
    pipeline_use_keys(f->is->pipeline, &f->keys, true);
    pipeline_set_time(f->is->pipeline, 1000, NOW);
    *state = f;
    return 0;
}

static int teardown_signed(void **state)
{
    struct signed_fixture *f = *state;
    void *is = f->is;

    free(f);
    return teardown(&is);
}

/* `labels` of 40 octets before web.service.local. */
static void put_query(struct signed_fixture *f, unsigned labels, uint16_t type, bool opt)
{
    static const uint8_t plain_opt[DNS_OPT_SIZE] = { 0, 0, DNS_TYPE_OPT, 2, 0 };
    uint8_t *at = f->message + DNS_HEADER_SIZE;
    struct dns_name name;

    memset(f->message, 0, DNS_HEADER_SIZE);
    bytes_put16(f->message, 4711);
    bytes_put16(f->message + 4, 1);
    assert_true(dns_name_parse("web." Z, &name));
    for (unsigned i = 0; i < labels; i++) {
        *at = PART_OF_NAME;
        memset(at + 1, 'x', PART_OF_NAME);
        at += 1 + PART_OF_NAME;
    }
    memcpy(at, name.wire, name.length);
    at += name.length;
    bytes_put16(at, type);
    bytes_put16(at + 2, DNS_CLASS_IN);
    at += 4;
    f->question_end = (size_t)(at - f->message);
    if (opt) {
        memcpy(at, plain_opt, sizeof plain_opt);
        at += sizeof plain_opt;
        bytes_put16(f->message + 10, 1);
    }
    f->length = (size_t)(at - f->message);
}

/* The flags of the reply by UDP; its signature is right. */
static unsigned answered(struct signed_fixture *f, const struct tsig_key *key)
{
    struct sockaddr_in from = { .sin_family = AF_INET };

    tsig_begin(&f->client, key, 4711);
    f->length = tsig_sign(&f->client, f->message, f->length, NOW);
    f->length = pipeline_answer(f->is->pipeline, f->message, f->length, DNS_MESSAGE_MAX,
                                (const struct sockaddr *)&from, false);
    assert_in_range(f->length, f->question_end + WHOLE, UDP_PLAIN);
    return bytes_get16(f->message + 2);
}

static void is_signed(struct signed_fixture *f)
{
    assert_true(tsig_check_reply(&f->client, f->message, f->length, NOW));
}

static unsigned count_at(const struct signed_fixture *f, unsigned section)
{
    return bytes_get16(f->message + 4 + 2 * (size_t)section);
}

/* Only the question, this many additional records, of which the TSIG is the last. */
static void is_empty(const struct signed_fixture *f, unsigned additional)
{
    assert_int_equal(count_at(f, 0), 1);
    assert_int_equal(count_at(f, 1), 0);
    assert_int_equal(count_at(f, 2), 0);
    assert_int_equal(count_at(f, 3), additional);
}

static void a_signed_query_without_edns_is_answered_whole(void **state)
{
    struct signed_fixture *f = *state;

    put_query(f, 0, DNS_TYPE_A, false);
    assert_int_equal(answered(f, &f->key), DNS_FLAG_QR | DNS_FLAG_AA);
    assert_int_equal(count_at(f, 1), 3);
    is_signed(f);
}

static void what_has_no_room_beside_the_signature_is_truncated(void **state)
{
    struct signed_fixture *f = *state;

    put_query(f, 5, DNS_TYPE_A, false); /* NXDOMAIN, and an SOA that does not fit */
    assert_int_equal(answered(f, &f->key), DNS_FLAG_QR | DNS_FLAG_TC);
    is_empty(f, 1);
    is_signed(f);
}

static void an_opt_stays_where_there_is_room_for_nothing_else(void **state)
{
    struct signed_fixture *f = *state;

    put_query(f, 5, DNS_TYPE_A, true);
    assert_int_equal(answered(f, &f->key), DNS_FLAG_QR | DNS_FLAG_TC);
    is_empty(f, 2);
    is_signed(f);
}

static void a_bad_key_is_told_without_room_too(void **state)
{
    struct signed_fixture *f = *state;
    struct tsig_key other = key_of(
        "a-key-that-nobody-here-has-ever-heard-of.in-a-zone-that-makes-the-name-of-the-"
        "key-long.and-a-bit-longer-than-any-real-one.and-still-not-too-long-for-a-name.");

    put_query(f, 5, DNS_TYPE_A, true);
    assert_int_equal(answered(f, &other), DNS_FLAG_QR | DNS_RCODE_NOTAUTH);
    is_empty(f, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_signed, teardown_signed)
        TEST(a_signed_query_without_edns_is_answered_whole),
        TEST(what_has_no_room_beside_the_signature_is_truncated),
        TEST(an_opt_stays_where_there_is_room_for_nothing_else),
        TEST(a_bad_key_is_told_without_room_too),
    };
    return cmocka_run_group_tests_name("serve/pipeline, signed", tests, NULL, NULL);
}
