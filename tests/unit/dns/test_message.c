#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "dns/message.h"
#include "dns/query.h"
#include "dns/wire.h"

/* A reply to "w. A": one A, one SRV with a compressed target (which no server should
 * send, and any reader must bear), one record of an unknown type, and an OPT with an
 * extended error. */
static const uint8_t reply[] = { 0x12, 0x34, 0x84, 0x05, 0,    1,   0,    2,    0,  1,
                                 0,    1, /* header, rcode 5 */
                                 1,    'w',  0,    0,    1,    0,   1, /* w. A IN */
                                 0xc0, 12,   0,    1,    0,    1,   0,    0,    0,  5,
                                 0,    4,    10,   0,    0,    1, /* A */
                                 0xc0, 12,   0,    33,   0,    1,   0,    0,    0,  5,
                                 0,    10,   0,    1,    0,    2,   0x1f, 0x90, 1,  'x',
                                 0xc0, 12,   1,    'z',  0xc0, 12,  0xff, 0x00, 0,  1,
                                 0,    0,    0,    9,    0,    2,   0xab, 0xcd, 0,  0,
                                 41,   0x04, 0xd0, 1,    0,    0,   0,    0,    10, 0,
                                 15,   0,    6,    0,    20,   'n', 'o',  7,    '!' };

static void a_question_is_one_that_our_own_parser_takes(void **state)
{
    (void)state;
    uint8_t out[DNS_UDP_CLASSIC];
    struct dns_name name;
    struct dns_query query;

    assert_true(dns_name_parse("Web.service.local", &name));
    size_t length = dns_message_ask(out, sizeof out, 0x1234, &name, 33, true, true);
    assert_int_equal(length, 12 + 19 + 4 + 11);
    assert_int_equal(dns_query_parse(out, length, false, &query), DNS_QUERY_OK);
    assert_int_equal(query.id, 0x1234);
    assert_int_equal(query.type, 33);
    assert_int_equal(query.flags, DNS_FLAG_RD);
    assert_true(query.has_opt);
    assert_int_equal(query.udp_size, 1232);

    length = dns_message_ask(out, sizeof out, 1, &name, 1, false, false);
    assert_int_equal(length, 12 + 19 + 4);
    assert_int_equal(dns_query_parse(out, length, false, &query), DNS_QUERY_OK);
    assert_int_equal(query.flags, 0);
    assert_false(query.has_opt);
}

static void a_question_that_does_not_fit_is_not_written(void **state)
{
    (void)state;
    uint8_t out[64];
    struct dns_name name;

    assert_true(dns_name_parse("web.service.local", &name));
    assert_int_equal(dns_message_ask(out, 45, 1, &name, 1, false, true), 0);
    assert_int_equal(dns_message_ask(out, 46, 1, &name, 1, false, true), 46);
    assert_int_equal(dns_message_ask(out, 34, 1, &name, 1, false, false), 0);
    assert_int_equal(dns_message_ask(out, 35, 1, &name, 1, false, false), 35);
}

static void a_reply_is_read_record_by_record(void **state)
{
    (void)state;
    struct dns_message message;
    struct dns_record record;
    char text[256];

    assert_true(dns_message_open(&message, reply, sizeof reply));
    assert_int_equal(message.id, 0x1234);
    assert_int_equal(message.question_type, 1);
    assert_memory_equal(message.question.wire, "\1w\0", 3);

    assert_int_equal(dns_message_next(&message, &record), 1);
    assert_int_equal(record.section, 1);
    assert_int_equal(record.ttl, 5);
    assert_true(dns_message_rdata(&message, &record, text, sizeof text));
    assert_string_equal(text, "10.0.0.1");

    assert_int_equal(dns_message_next(&message, &record), 1);
    assert_int_equal(record.section, 1);
    assert_true(dns_message_rdata(&message, &record, text, sizeof text));
    assert_string_equal(text, "1 2 8080 x.w.");

    assert_int_equal(dns_message_next(&message, &record), 1);
    assert_int_equal(record.section, 2);
    assert_memory_equal(record.owner.wire, "\1z\1w\0", 5);
    assert_true(dns_message_rdata(&message, &record, text, sizeof text));
    assert_string_equal(text, "\\# 2 ABCD");

    assert_int_equal(dns_message_next(&message, &record), 1);
    assert_int_equal(record.section, 3);
    assert_int_equal(record.type, DNS_TYPE_OPT);
    assert_int_equal(dns_message_next(&message, &record), 0);
    assert_int_equal(dns_message_next(&message, &record), 0);
}

static void the_opt_completes_the_rcode_and_gives_the_extended_error(void **state)
{
    (void)state;
    struct dns_message message;

    assert_true(dns_message_open(&message, reply, sizeof reply));
    assert_int_equal(message.rcode, 1 << 4 | 5);
    assert_int_equal(message.ede, 20);
    assert_string_equal(message.ede_text, "no?!"); /* a control character is not shown */
}

static void a_reply_cut_anywhere_is_broken_and_never_read_past(void **state)
{
    (void)state;
    for (size_t length = 0; length < sizeof reply; length++) {
        struct dns_message message;
        struct dns_record record;
        int more = 1;
        uint8_t *cut = malloc(length + (length == 0));
        assert_non_null(cut);
        memcpy(cut, reply, length);
        bool open = dns_message_open(&message, cut, length);
        assert_true(open == (length >= 19));
        while (open && (more = dns_message_next(&message, &record)) > 0)
            continue;
        if (open)
            assert_int_equal(more, -1);
        free(cut);
    }
}

static void a_pointer_that_does_not_lead_back_is_broken(void **state)
{
    (void)state;
    struct dns_message message;
    uint8_t loop[] = { 0, 0, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1 };

    assert_false(dns_message_open(&message, loop, sizeof loop));
    loop[13] = 14;
    assert_false(dns_message_open(&message, loop, sizeof loop));
    /* two that point at each other */
    uint8_t pair[] = {
        0, 0, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 0xc0, 12, 0, 1, 0, 1
    };
    assert_false(dns_message_open(&message, pair, sizeof pair));
}

/* `type` and its RDATA printed. */
static const char *printed(uint16_t type, const void *rdata, size_t length, char *out)
{
    static const uint8_t head[12] = { 0, 0, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0 };
    uint8_t bytes[512];
    struct dns_message message;
    struct dns_record record;

    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, head, sizeof head);
    bytes[13] = (uint8_t)(type >> 8);
    bytes[14] = (uint8_t)type;
    bytes[16] = 1;
    bytes[21] = (uint8_t)(length >> 8);
    bytes[22] = (uint8_t)length;
    memcpy(bytes + 23, rdata, length);
    assert_true(dns_message_open(&message, bytes, 23 + length));
    assert_int_equal(dns_message_next(&message, &record), 1);
    assert_true(dns_message_rdata(&message, &record, out, 512));
    return out;
}

#define PRINTED(type, rdata) printed((type), (rdata), sizeof(rdata) - 1, text)

static void rdata_prints_as_in_a_master_file(void **state)
{
    (void)state;
    char text[512];

    assert_string_equal(PRINTED(1, "\x0a\0\0\1"), "10.0.0.1");
    assert_string_equal(PRINTED(28, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2"), "fd00::2");
    assert_string_equal(PRINTED(2, "\2ns\1z\0"), "ns.z.");
    assert_string_equal(PRINTED(15, "\0\x0a\2mx\0"), "10 mx.");
    assert_string_equal(PRINTED(16, "\3a=b\4\"\\\x7fx"), "\"a=b\" \"\\\"\\\\\\127x\"");
    assert_string_equal(PRINTED(16, "\0"), "\"\"");
    assert_string_equal(PRINTED(33, "\0\1\0\x0a\x1f\x90\1w\0"), "1 10 8080 w.");
    assert_string_equal(PRINTED(6, "\2ns\0\1h\0\0\0\0\1\0\0\x0e\x10\0\0\2\x58\0\1\x51\x80"
                                   "\0\0\0\5"),
                        "ns. h. 1 3600 600 86400 5");
    assert_string_equal(PRINTED(257, "\0\5issueca.net"), "0 \"issue\" \"ca.net\"");
    assert_string_equal(PRINTED(65280, ""), "\\# 0");
}

static void rdata_of_the_wrong_shape_prints_in_hex(void **state)
{
    (void)state;
    char text[512];

    assert_string_equal(PRINTED(1, "\x0a\0\0"), "\\# 3 0A0000");
    assert_string_equal(PRINTED(1, "\x0a\0\0\1\2"), "\\# 5 0A00000102");
    assert_string_equal(PRINTED(16, "\5ab"), "\\# 3 056162");
    assert_string_equal(PRINTED(16, ""), "\\# 0");
    assert_string_equal(PRINTED(33, "\0\1\0"), "\\# 3 000100");
}

static void a_text_that_is_too_long_says_so(void **state)
{
    (void)state;
    struct dns_message message;
    struct dns_record record;
    char text[6];

    assert_true(dns_message_open(&message, reply, sizeof reply));
    assert_int_equal(dns_message_next(&message, &record), 1);
    assert_false(dns_message_rdata(&message, &record, text, sizeof text));
    assert_true(strlen(text) < sizeof text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_is_one_that_our_own_parser_takes),
        cmocka_unit_test(a_question_that_does_not_fit_is_not_written),
        cmocka_unit_test(a_reply_is_read_record_by_record),
        cmocka_unit_test(the_opt_completes_the_rcode_and_gives_the_extended_error),
        cmocka_unit_test(a_reply_cut_anywhere_is_broken_and_never_read_past),
        cmocka_unit_test(a_pointer_that_does_not_lead_back_is_broken),
        cmocka_unit_test(rdata_prints_as_in_a_master_file),
        cmocka_unit_test(rdata_of_the_wrong_shape_prints_in_hex),
        cmocka_unit_test(a_text_that_is_too_long_says_so),
    };
    return cmocka_run_group_tests_name("dns/message", tests, NULL, NULL);
}
