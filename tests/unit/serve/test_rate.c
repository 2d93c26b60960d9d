/* The rate limit at the pipeline: many queries, one second, whose replies are counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "serve/query_ring.h"
#include "support/pipeline_fixture.h"

#define RATE 200

struct tally {
    unsigned whole, truncated, silent;
};

/* The sample, asked where others can ask. */
static struct fixture *limited(void **state, uint32_t slip)
{
    struct fixture *f = *state;
    static struct address listen;

    assert_true(address_parse("192.0.2.53:53", 0, &listen));
    f->dns.listen = &listen;
    f->dns.listen_count = 1;
    f->dns.rate_limit = RATE;
    f->dns.rate_limit_slip = slip;
    pipeline_destroy(f->pipeline);
    f->pipeline = pipeline_create(answer_index(f->town.answer), &f->dns);
    assert_non_null(f->pipeline);
    return f;
}

static void ask_once(struct fixture *f, const char *from, const char *name, bool tcp,
                     struct tally *seen)
{
    static uint8_t message[65536];
    struct address address;

    assert_true(address_parse(from, 4321, &address));
    size_t length = put_question(message, name, "A");
    answer_reader_online();
    length = pipeline_answer(f->pipeline, message, length, tcp ? 65535 : 4096,
                             &address.any, tcp);
    answer_reader_offline();
    if (length == 0)
        seen->silent++;
    else if ((message[2] & 2) != 0)
        seen->truncated++;
    else
        seen->whole++;
    /* what slips is the question and nothing more */
    if (length > 0 && (message[2] & 2) != 0)
        assert_int_equal(bytes_get16(message + 6) + bytes_get16(message + 8), 0);
}

static struct tally ask_often(struct fixture *f, const char *from, const char *name,
                              bool tcp)
{
    struct tally seen = { 0, 0, 0 };

    for (unsigned i = 0; i < 1000; i++)
        ask_once(f, from, name, tcp, &seen);
    return seen;
}

static void of_1000_in_a_second_200_are_answered_and_half_the_rest_slips(void **state)
{
    struct fixture *f = limited(state, 2);
    struct tally seen = ask_often(f, "198.51.100.7", "web." Z, false);

    assert_int_equal(seen.whole, 200);
    assert_int_equal(seen.truncated, 400);
    assert_int_equal(seen.silent, 400);
    assert_int_equal(counter_read(&pipeline_counters(f->pipeline)->rate_dropped), 400);
    assert_int_equal(counter_read(&pipeline_counters(f->pipeline)->rate_slipped), 400);
}

static void slip_1_truncates_all_and_slip_0_none(void **state)
{
    struct fixture *f = limited(state, 1);
    struct tally seen = ask_often(f, "198.51.100.7", "web." Z, false);

    assert_int_equal(seen.truncated, 800);
    f = limited(state, 0);
    seen = ask_often(f, "198.51.100.7", "web." Z, false);
    assert_int_equal(seen.silent, 800);
}

static void the_next_second_begins_anew(void **state)
{
    struct fixture *f = limited(state, 2);

    (void)ask_often(f, "198.51.100.7", "web." Z, false);
    pipeline_set_time(f->pipeline, 999, 0);
    assert_int_equal(ask_often(f, "198.51.100.7", "web." Z, false).whole, 0);
    pipeline_set_time(f->pipeline, 1000, 0);
    assert_int_equal(ask_often(f, "198.51.100.7", "web." Z, false).whole, 200);
}

static void one_network_shares_a_count_and_others_have_their_own(void **state)
{
    struct fixture *f = limited(state, 2);

    (void)ask_often(f, "198.51.100.7", "web." Z, false);
    assert_int_equal(ask_often(f, "198.51.100.200", "web." Z, false).whole, 0);
    assert_int_equal(ask_often(f, "198.51.101.7", "web." Z, false).whole, 200);
    (void)ask_often(f, "[2001:db8:0:ff::1]:1", "web." Z, false);
    assert_int_equal(ask_often(f, "[2001:db8:0:1::2]:1", "web." Z, false).whole, 0);
    assert_int_equal(ask_often(f, "[2001:db8:0:100::2]:1", "web." Z, false).whole, 200);
}

static void names_that_exist_have_a_count_each(void **state)
{
    struct fixture *f = limited(state, 2);

    (void)ask_often(f, "198.51.100.7", "web." Z, false);
    assert_int_equal(ask_often(f, "198.51.100.7", "log." Z, false).whole, 200);
}

static void made_up_names_share_the_one_of_their_zone(void **state)
{
    struct fixture *f = limited(state, 2);
    struct tally seen = { 0, 0, 0 };

    for (unsigned i = 0; i < 1000; i++) {
        char name[64];
        snprintf(name, sizeof name, "x%u.y%u." Z, i, i);
        ask_once(f, "198.51.100.7", name, false, &seen);
    }
    assert_int_equal(seen.whole, 200);
    assert_int_equal(ask_often(f, "198.51.100.7", "nosuch.dc2." Z, false).whole, 200);
}

static void refusals_share_one_count(void **state)
{
    struct fixture *f = limited(state, 2);
    struct tally seen = { 0, 0, 0 };

    for (unsigned i = 0; i < 1000; i++) {
        char name[64];
        snprintf(name, sizeof name, "x%u.example.com.", i);
        ask_once(f, "198.51.100.7", name, false, &seen);
    }
    assert_int_equal(seen.whole, 200);
}

static void tcp_and_loopback_are_never_limited(void **state)
{
    struct fixture *f = limited(state, 2);

    assert_int_equal(ask_often(f, "198.51.100.7", "web." Z, true).whole, 1000);
    assert_int_equal(ask_often(f, "127.0.0.1", "web." Z, false).whole, 1000);
    assert_int_equal(ask_often(f, "[::1]:1", "web." Z, false).whole, 1000);
}

static void networks_that_are_trusted_are_not_limited(void **state)
{
    struct fixture *f = limited(state, 2);
    struct network trusted;

    assert_true(network_parse("198.51.100.0/24", &trusted));
    f->dns.allow_unlimited = &trusted;
    f->dns.allow_unlimited_count = 1;
    assert_int_equal(ask_often(f, "198.51.100.7", "web." Z, false).whole, 1000);
    assert_int_equal(ask_often(f, "198.51.101.7", "web." Z, false).whole, 200);
}

static size_t ask_with_cookie(struct fixture *f, const struct address *from,
                              const uint8_t *cookie, uint8_t length)
{
    uint8_t message[4096];
    size_t end = put_question(message, "web." Z, "A");
    const uint8_t opt[] = { 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0 };

    message[11] = 1;
    memcpy(message + end, opt, sizeof opt);
    message[end + 10] = (uint8_t)(length + 4);
    message[end + 14] = length;
    memcpy(message + end + sizeof opt, cookie, length);
    answer_reader_online();
    size_t reply = pipeline_answer(f->pipeline, message, end + sizeof opt + length,
                                   sizeof message, &from->any, false);
    answer_reader_offline();
    return reply;
}

static void who_shows_a_valid_cookie_is_not_limited(void **state)
{
    struct fixture *f = limited(state, 0);
    struct cookie_secrets secrets;
    struct address from;
    uint8_t cookie[COOKIE_SIZE] = "client";
    unsigned answered = 0, half = 0;

    cookie_secrets_init(&secrets, "", 5);
    pipeline_use_cookies(f->pipeline, &secrets);
    pipeline_set_time(f->pipeline, 0, 5);
    assert_true(address_parse("198.51.100.7:53", 0, &from));
    cookie_make(&secrets, cookie, &from.any, 5, cookie);
    for (unsigned i = 0; i < 1000; i++) {
        answered += ask_with_cookie(f, &from, cookie, COOKIE_SIZE) > 0;
        half += ask_with_cookie(f, &from, cookie, COOKIE_CLIENT_SIZE) > 0;
    }
    assert_int_equal(answered, 1000);
    assert_int_equal(half, 200);
}

static void broken_queries_are_limited_too(void **state)
{
    struct fixture *f = limited(state, 0);
    struct address from;
    unsigned answered = 0;

    assert_true(address_parse("198.51.100.7:53", 0, &from));
    for (unsigned i = 0; i < 1000; i++) {
        uint8_t message[4096] = { 0, 1 };
        answered += pipeline_answer(f->pipeline, message, 12, sizeof message, &from.any,
                                    false) > 0;
    }
    assert_int_equal(answered, 200);
}

static void what_was_dropped_is_logged_with_its_own_rcode(void **state)
{
    struct fixture *f = limited(state, 0);
    struct query_ring *ring = aligned_alloc(64, sizeof *ring);
    struct query_record record;
    struct tally seen = { 0, 0, 0 };

    (void)ask_often(f, "198.51.100.7", "nosuch." Z, false);
    assert_non_null(ring);
    memset(ring, 0, sizeof *ring);
    ring->sample = 1;
    ring->rate = 10;
    pipeline_use_log(f->pipeline, ring);
    ask_once(f, "198.51.100.7", "web." Z, false, &seen);
    ask_once(f, "198.51.100.7", "nosuch." Z, false, &seen);
    assert_int_equal(seen.silent, 1);
    assert_true(query_ring_take(ring, &record));
    assert_int_equal(record.rcode, DNS_RCODE_NOERROR);
    assert_true(query_ring_take(ring, &record));
    assert_int_equal(record.rcode, DNS_RCODE_NXDOMAIN);
    assert_int_equal(record.size, 0);
    free(ring);
}

static void where_only_this_host_can_ask_there_is_no_limit(void **state)
{
    struct fixture *f = *state;
    struct address listen;

    assert_true(address_parse("127.0.0.1:53", 0, &listen));
    f->dns.listen = &listen;
    f->dns.listen_count = 1;
    f->dns.rate_limit = RATE;
    pipeline_destroy(f->pipeline);
    f->pipeline = pipeline_create(answer_index(f->town.answer), &f->dns);
    assert_int_equal(ask_often(f, "198.51.100.7", "web." Z, false).whole, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(of_1000_in_a_second_200_are_answered_and_half_the_rest_slips),
        TEST(slip_1_truncates_all_and_slip_0_none),
        TEST(the_next_second_begins_anew),
        TEST(one_network_shares_a_count_and_others_have_their_own),
        TEST(names_that_exist_have_a_count_each),
        TEST(made_up_names_share_the_one_of_their_zone),
        TEST(refusals_share_one_count),
        TEST(tcp_and_loopback_are_never_limited),
        TEST(networks_that_are_trusted_are_not_limited),
        TEST(who_shows_a_valid_cookie_is_not_limited),
        TEST(broken_queries_are_limited_too),
        TEST(what_was_dropped_is_logged_with_its_own_rcode),
        TEST(where_only_this_host_can_ask_there_is_no_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
