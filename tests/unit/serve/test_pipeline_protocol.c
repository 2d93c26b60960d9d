/* Headers, classes, EDNS and broken messages (docs/dns.md §3.1 to §3.4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support/pipeline_fixture.h"

static void outside_our_zones_is_refused(void **state)
{
    assert_string_equal(raw(*state, 0x100, "example.com.", 1, 1, "", 0, false),
                        "REFUSED rd | - | - | -");
    assert_string_equal(raw(*state, 0, ".", 2, 1, OPT_1232, 11, false),
                        "REFUSED opt ede20 | - | - | -");
    assert_string_equal(raw(*state, 0, "local.", 1, 1, "", 0, false),
                        "REFUSED | - | - | -");
}

static void flags_are_copied_only_where_they_mean_something(void **state)
{
    /* AA, TC, RA, AD, CD and Z set by the asker */
    assert_string_equal(raw(*state, 0x07f0, "six." Z, 1, 1, "", 0, false),
                        "NOERROR aa rd | - | " SOA " | -");
}

static void classes_other_than_in(void **state)
{
    assert_string_equal(raw(*state, 0, "version.bind.", 16, 3, "", 0, false),
                        "NOERROR | version.bind. 0 TXT \\# 9 08726F6C6C63616C6C | - | -");
    assert_string_equal(raw(*state, 0, "id.server.", 16, 3, "", 0, false),
                        "REFUSED | - | - | -");
    assert_string_equal(raw(*state, 0, "authors.bind.", 16, 3, "", 0, false),
                        "REFUSED | - | - | -");
    assert_string_equal(raw(*state, 0, "web." Z, 1, 4, "", 0, false),
                        "REFUSED | - | - | -");
    assert_string_equal(raw(*state, 0, "six." Z, 28, 255, "", 0, false),
                        "NOERROR | six." Z " 5 AAAA fd00::6 | - | -");
}

static void transfers_are_not_offered(void **state)
{
    assert_string_equal(raw(*state, 0, Z, 252, 1, OPT_1232, 11, false),
                        "NOTIMP opt ede21 | - | - | -");
    assert_string_equal(raw(*state, 0, Z, 252, 1, OPT_1232, 11, true),
                        "REFUSED opt ede18 | - | - | -");
    assert_string_equal(raw(*state, 0, Z, 251, 1, "", 0, true), "REFUSED | - | - | -");
}

static void edns_is_answered_with_edns(void **state)
{
    assert_string_equal(raw(*state, 0, "six." Z, 28, 1, OPT_DO_4096, 11, false),
                        "NOERROR aa opt | six." Z " 5 AAAA fd00::6 | - | -");
    assert_string_equal(raw(*state, 0, "six." Z, 28, 1, OPT_V1, 11, false),
                        "BADVERS opt | - | - | -");
}

static void keepalive_is_told_over_tcp(void **state)
{
    struct fixture *f = *state;
    uint8_t message[512] = { 0 };
    struct dns_name name;

    message[5] = message[11] = 1;
    dns_name_parse("six." Z, &name);
    memcpy(message + 12, name.wire, name.length);
    size_t at = 12u + name.length;
    memcpy(message + at, "\0\x1c\0\x01", 4);
    memcpy(message + at + 4, OPT_KEEPALIVE, 15);
    answer_reader_online();
    size_t length =
        pipeline_answer(f->pipeline, message, at + 19, sizeof message, NULL, true);
    answer_reader_offline();
    assert_memory_equal(message + length - 8, "\0\x06\0\x0b\0\x02\0\x64", 8);
}

/* docs/dns.md T14: pending replies of a server that stops. */
static void while_it_stops_no_connection_is_promised_to_be_kept(void **state)
{
    static uint8_t message[65535];
    struct fixture *f = *state;
    size_t at = put_question(message, "web." Z, "A");

    message[11] = 1;
    memcpy(message + at, OPT_KEEPALIVE, 15);
    pipeline_stopping(f->pipeline);
    answer_reader_online();
    size_t length =
        pipeline_answer(f->pipeline, message, at + 15, sizeof message, NULL, true);
    answer_reader_offline();
    assert_memory_equal(message + length - 8, "\0\x06\0\x0b\0\x02\0\0", 8);
}

static void broken_messages_get_a_header_or_silence(void **state)
{
    struct fixture *f = *state;
    uint8_t message[512] = { 0 };

    assert_string_equal(answer_of(f, message, 11, false), "silence");
    message[2] = 0x80;
    assert_string_equal(answer_of(f, message, 12, false), "silence");
    memset(message, 0, sizeof message);
    assert_string_equal(answer_of(f, message, 12, false), "FORMERR | - | - | -");
    memset(message, 0, sizeof message);
    message[2] = 0x79; /* opcode 15, RD */
    assert_string_equal(answer_of(f, message, 12, false), "NOTIMP | - | - | -");
    memset(message, 0, sizeof message);
    message[2] = 0x20; /* NOTIFY */
    assert_string_equal(answer_of(f, message, 12, false), "REFUSED | - | - | -");
}

static void the_question_is_echoed_octet_for_octet(void **state)
{
    struct fixture *f = *state;
    uint8_t asked[512], message[4096];
    size_t length = put_question(asked, "wEb.SerVice.LOCAL.", "A");

    memcpy(message, asked, length);
    answer_reader_online();
    pipeline_answer(f->pipeline, message, length, sizeof message, NULL, false);
    answer_reader_offline();
    assert_memory_equal(message + 12, asked + 12, length - 12);
    assert_int_equal(message[7], 3);
}

static void before_the_first_flush_it_is_servfail(void **state)
{
    assert_string_equal(raw(*state, 0, "web." Z, 1, 1, OPT_1232, 11, false),
                        "SERVFAIL opt ede14 | - | - | -");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name)  cmocka_unit_test_setup_teardown(name, setup, teardown)
#define EMPTY(name) cmocka_unit_test_setup_teardown(name, setup_empty, teardown)
        TEST(outside_our_zones_is_refused),
        TEST(flags_are_copied_only_where_they_mean_something),
        TEST(classes_other_than_in),
        TEST(transfers_are_not_offered),
        TEST(edns_is_answered_with_edns),
        TEST(keepalive_is_told_over_tcp),
        TEST(while_it_stops_no_connection_is_promised_to_be_kept),
        TEST(broken_messages_get_a_header_or_silence),
        TEST(the_question_is_echoed_octet_for_octet),
        EMPTY(before_the_first_flush_it_is_servfail),
    };
    return cmocka_run_group_tests_name("serve/pipeline_protocol", tests, NULL, NULL);
}
