/* What the bytes of one query can break: docs/dns.md §3.1, §3.3 and §3.4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/query.h"

#define Q                                                                                \
    "03776562 0773657276696365 056c6f63616c 00 0001 0001" /* web.service.local A IN */
#define Q_IXFR "03776562 0773657276696365 056c6f63616c 00 00fb 0001"
#define O      "00 0029 04d0 00000000 0000"
#define SOA                                                                              \
    "c00c 0006 0001 00000005 0016 00 00 00000001 00000e10 00000258 00015180 00000005"
#define A_RR      "c00c 0001 0001 00000005 0004 0a000001"
#define TSIG      "00 00fa 00ff 00000000 0000"
#define H(counts) "04d2 0000 " counts " "

static uint8_t nibble(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* The octets of `hex` (blanks ignored) in a block that is exactly so long: a read past
 * the end is found by the address sanitizer. */
static uint8_t *from_hex(const char *hex, size_t *length)
{
    uint8_t *bytes = malloc(strlen(hex) / 2 + 1);
    size_t count = 0;

    assert_non_null(bytes);
    for (; *hex != '\0'; hex++) {
        if (*hex == ' ')
            continue;
        bytes[count++] = (uint8_t)(nibble(hex[0]) << 4 | nibble(hex[1]));
        hex++;
    }
    *length = count;
    uint8_t *exact = malloc(count == 0 ? 1 : count);
    assert_non_null(exact);
    memcpy(exact, bytes, count);
    free(bytes);
    return exact;
}

static enum dns_query_verdict verdict(const char *hex, bool tcp, struct dns_query *query)
{
    size_t length;
    uint8_t *message = from_hex(hex, &length);

    memset(query, 0xee, sizeof *query);
    enum dns_query_verdict result = dns_query_parse(message, length, tcp, query);
    query->cookie = query->cookie == NULL ? NULL : query->name; /* it dies with message */
    free(message);
    return result;
}

static void expect(const char *hex, enum dns_query_verdict wanted)
{
    struct dns_query query;
    enum dns_query_verdict got = verdict(hex, false, &query);

    if (got != wanted)
        fail_msg("%s: verdict %d, not %d", hex, (int)got, (int)wanted);
}

static void a_plain_query_is_read(void **state)
{
    (void)state;
    struct dns_query query;

    assert_int_equal(verdict(H("0001 0000 0000 0000") Q, false, &query), DNS_QUERY_OK);
    assert_int_equal(query.id, 0x04d2);
    assert_int_equal(query.type, 1);
    assert_int_equal(query.class_, 1);
    assert_int_equal(query.question_end, 35);
    assert_int_equal(query.name_length, 19);
    assert_memory_equal(query.name, "\3web\7service\5local\0\0\0\0\0\0", 24);
    assert_false(query.has_opt);
    assert_int_equal(query.udp_size, 512);
    assert_null(query.cookie);
}

static void the_name_is_folded_and_the_padding_is_zero(void **state)
{
    (void)state;
    struct dns_query query;

    assert_int_equal(
        verdict(H("0001 0000 0000 0000") "04 5745425A 00 0001 0001", false, &query),
        DNS_QUERY_OK);
    assert_memory_equal(query.name, "\4webz\0\0", 8);
    assert_int_equal(
        verdict(H("0001 0000 0000 0000") "06 5745425A5b40 00 0001 0001", false, &query),
        DNS_QUERY_OK);
    assert_memory_equal(query.name, "\6webz[@\0", 8);
    assert_int_equal(query.name_length, 8);
    assert_int_equal(verdict(H("0001 0000 0000 0000") "00 0002 0001", false, &query),
                     DNS_QUERY_OK);
    assert_int_equal(query.name_length, 1);
    assert_memory_equal(query.name, "\0\0\0\0\0\0\0", 8);
}

static void octets_above_127_are_not_letters(void **state)
{
    (void)state;
    struct dns_query query;

    assert_int_equal(verdict(H("0001 0000 0000 0000") "08 c1dad0416180ff5a 00 0001 0001",
                             false, &query),
                     DNS_QUERY_OK);
    assert_memory_equal(query.name, "\x08\xc1\xda\xd0\x61\x61\x80\xff\x7a\0", 10);
}

static void a_plain_opt_is_read(void **state)
{
    (void)state;
    struct dns_query query;

    assert_int_equal(
        verdict(H("0001 0000 0000 0001") Q "00 0029 1000 00008000 0000", false, &query),
        DNS_QUERY_OK);
    assert_true(query.has_opt);
    assert_true(query.do_bit);
    assert_int_equal(query.udp_size, 4096);
}

static void an_announced_size_under_512_counts_as_512(void **state)
{
    (void)state;
    struct dns_query query;

    assert_int_equal(
        verdict(H("0001 0000 0000 0001") Q "00 0029 0000 00000000 0000", false, &query),
        DNS_QUERY_OK);
    assert_int_equal(query.udp_size, 512);
    assert_int_equal(verdict(H("0001 0000 0000 0001") Q
                             "00 0029 0064 00000000 0004 00640000",
                             false, &query),
                     DNS_QUERY_OK);
    assert_int_equal(query.udp_size, 512);
}

static void what_is_no_query_is_dropped(void **state)
{
    (void)state;
    expect("", DNS_QUERY_DROP);
    expect("04", DNS_QUERY_DROP);
    expect("04d2 0000 0001 0000 0000 00", DNS_QUERY_DROP);     /* M1: 11 octets */
    expect("04d2 8000 0001 0000 0000 0000" Q, DNS_QUERY_DROP); /* M2 */
    expect("04d2 a800 0001 0000 0000 0000" Q, DNS_QUERY_DROP); /* a reply, any opcode */
}

static void other_opcodes_are_judged_before_anything_is_read(void **state)
{
    (void)state;
    char hex[64];

    for (unsigned opcode = 1; opcode < 16; opcode++) {
        snprintf(hex, sizeof hex, "04d2 %02x00 0000 0000 0000 0000", opcode << 3);
        expect(hex, opcode == 4 ? DNS_QUERY_REFUSED : DNS_QUERY_NOTIMP);
        snprintf(hex, sizeof hex, "04d2 %02x00 0001 0000 0000 0001 ff", opcode << 3);
        expect(hex, opcode == 4 ? DNS_QUERY_REFUSED : DNS_QUERY_NOTIMP);
    }
}

static void a_query_has_exactly_one_question(void **state)
{
    (void)state;
    expect(H("0000 0000 0000 0000"), DNS_QUERY_FORMERR);     /* M3 */
    expect(H("0000 0000 0000 0001") O, DNS_QUERY_FORMERR);   /* M4 */
    expect(H("0002 0000 0000 0000") Q Q, DNS_QUERY_FORMERR); /* M5 */
    expect(H("0001 0000 0000 0000"), DNS_QUERY_FORMERR);     /* counted, not there */
    expect(H("ffff 0000 0000 0000") Q, DNS_QUERY_FORMERR);
}

static void an_opt_without_a_question_is_still_seen(void **state)
{
    (void)state;
    struct dns_query query;

    assert_int_equal(verdict(H("0000 0000 0000 0001") O, false, &query),
                     DNS_QUERY_FORMERR);
    assert_true(query.has_opt);
    assert_int_equal(verdict(H("0002 0000 0000 0001") Q Q O, false, &query),
                     DNS_QUERY_FORMERR);
    assert_true(query.has_opt);
    assert_int_equal(verdict(H("0000 0000 0000 0000"), false, &query), DNS_QUERY_FORMERR);
    assert_false(query.has_opt);
}

static void nothing_may_trail(void **state)
{
    (void)state;
    struct dns_query query;

    expect(H("0001 0000 0000 0000") Q "ff", DNS_QUERY_FORMERR); /* M6 */
    expect(H("0001 0000 0000 0001") Q O "00", DNS_QUERY_FORMERR);
    assert_int_equal(verdict(H("0001 0000 0000 0001") Q O "00", false, &query),
                     DNS_QUERY_FORMERR);
    assert_true(query.has_opt);
}

static void a_cut_question_is_broken(void **state)
{
    (void)state;
    /* M7: every prefix of a whole query */
    const char whole[] = "04d20000000100000000000003776562077365727669636505"
                         "6c6f63616c0000010001";
    char hex[sizeof whole];

    for (size_t octets = 12; octets < 35; octets++) {
        memcpy(hex, whole, octets * 2);
        hex[octets * 2] = '\0';
        expect(hex, DNS_QUERY_FORMERR);
    }
}

static void a_question_name_is_never_compressed(void **state)
{
    (void)state;
    expect(H("0001 0000 0000 0000") "c00c 0001 0001", DNS_QUERY_FORMERR); /* M8 */
    expect(H("0001 0000 0000 0000") "03776562 c00c 0001 0001", DNS_QUERY_FORMERR);
    expect(H("0001 0000 0000 0000") "c020 0001 0001", DNS_QUERY_FORMERR); /* M9 */
    expect(H("0001 0000 0000 0000") "40 0001 0001", DNS_QUERY_FORMERR);
    expect(H("0001 0000 0000 0000") "8061 00 0001 0001", DNS_QUERY_FORMERR);
    expect(H("0001 0000 0000 0000") "c004 0001 0001", DNS_QUERY_FORMERR); /* M22 */
}

/* A query for a name of `octets` octets, in labels of at most 63. */
static enum dns_query_verdict ask_long(size_t octets, struct dns_query *query)
{
    uint8_t *message = calloc(1, 12 + octets + 4);
    size_t at = 12, left = octets - 1;

    assert_non_null(message);
    message[5] = 1;
    while (left > 0) {
        size_t label = left > 64 ? 63 : left - 1;
        if (left - label - 1 == 1) /* one octet can hold no label */
            label--;
        message[at] = (uint8_t)label;
        memset(message + at + 1, 'A', label);
        at += label + 1;
        left -= label + 1;
    }
    message[at + 2] = 1;
    message[at + 4] = 1;
    enum dns_query_verdict result =
        dns_query_parse(message, 12 + octets + 4, false, query);
    free(message);
    return result;
}

static void a_name_has_at_most_255_octets(void **state)
{
    (void)state;
    struct dns_query query;

    for (size_t octets = 3; octets <= 255; octets++) {
        assert_int_equal(ask_long(octets, &query), DNS_QUERY_OK);
        assert_int_equal(query.name_length, octets);
        for (size_t i = octets - 1; i < (octets + 7) / 8 * 8; i++)
            assert_int_equal(query.name[i], 0);
    }
    assert_int_equal(ask_long(256, &query), DNS_QUERY_FORMERR); /* M10 */
    assert_int_equal(ask_long(257, &query), DNS_QUERY_FORMERR);
    assert_int_equal(ask_long(400, &query), DNS_QUERY_FORMERR);
}

static void there_is_one_opt_and_it_belongs_to_the_root(void **state)
{
    (void)state;
    expect(H("0001 0000 0000 0002") Q O O, DNS_QUERY_FORMERR); /* M11 */
    expect(H("0001 0001 0000 0000") Q O, DNS_QUERY_FORMERR);   /* M12 */
    expect(H("0001 0000 0001 0000") Q O, DNS_QUERY_FORMERR);
    expect(H("0001 0000 0000 0001") Q "0161 00 0029 04d0 00000000 0000",
           DNS_QUERY_FORMERR); /* M13 */
    expect(H("0001 0000 0000 0001") Q "c00c 0029 04d0 00000000 0000", DNS_QUERY_FORMERR);
}

static void the_lengths_in_an_opt_fit(void **state)
{
    (void)state;
    /* M14 */
    expect(H("0001 0000 0000 0001") Q "00 0029 04d0 00000000 0004", DNS_QUERY_FORMERR);
    expect(H("0001 0000 0000 0001") Q "00 0029 04d0 00000000 0004 00640001",
           DNS_QUERY_FORMERR);
    expect(H("0001 0000 0000 0001") Q "00 0029 04d0 00000000 0005 00640000 00",
           DNS_QUERY_FORMERR);
    expect(H("0001 0000 0000 0001") Q "00 0029 04d0 00000000 0003 006400",
           DNS_QUERY_FORMERR);
    expect(H("0001 0000 0000 0001") Q "00 0029 04d0 00000000 00", DNS_QUERY_FORMERR);
}

static void every_counted_record_is_there(void **state)
{
    (void)state;
    expect(H("0001 0000 0000 0001") Q, DNS_QUERY_FORMERR); /* M15 */
    expect(H("0001 0000 0000 0002") Q O, DNS_QUERY_FORMERR);
    expect(H("0001 0000 0000 ffff") Q O, DNS_QUERY_FORMERR);
    expect(H("0001 0000 0000 0000") Q O, DNS_QUERY_FORMERR); /* there, not counted */
}

static void a_query_carries_no_answer(void **state)
{
    (void)state;
    expect(H("0001 0001 0000 0000") Q A_RR, DNS_QUERY_FORMERR); /* M16 */
    expect(H("0001 0000 0001 0000") Q A_RR, DNS_QUERY_FORMERR);
    expect(H("0001 0000 0001 0000") Q SOA, DNS_QUERY_FORMERR);
    expect(H("0001 0001 0000 0000") Q_IXFR SOA, DNS_QUERY_FORMERR);
    expect(H("0001 0000 0001 0000") Q_IXFR A_RR, DNS_QUERY_FORMERR);
    expect(H("0001 0000 0002 0000") Q_IXFR SOA SOA, DNS_QUERY_FORMERR);
    expect(H("0001 0000 0001 0000") Q_IXFR SOA, DNS_QUERY_OK);
    expect(H("0001 0000 0001 0001") Q_IXFR SOA O, DNS_QUERY_OK);
}

static enum dns_query_verdict with_cookie(unsigned octets, struct dns_query *query)
{
    char hex[512];
    int used = snprintf(hex, sizeof hex,
                        H("0001 0000 0000 0001") Q "00 0029 04d0 00000000 %04x 000a %04x",
                        octets + 4, octets);

    for (unsigned i = 0; i < octets; i++)
        used += snprintf(hex + used, sizeof hex - (size_t)used, "%02x", i);
    return verdict(hex, false, query);
}

static void a_cookie_has_8_or_16_to_40_octets(void **state)
{
    (void)state;
    for (unsigned octets = 0; octets <= 48; octets++) { /* M17 */
        struct dns_query query;
        bool good = octets == 8 || (octets >= 16 && octets <= 40);
        assert_int_equal(with_cookie(octets, &query),
                         good ? DNS_QUERY_OK : DNS_QUERY_FORMERR);
        assert_true(query.has_opt);
        assert_int_equal(query.cookie_length, good ? octets : 0);
        assert_true((query.cookie != NULL) == good);
    }
}

static void tsig_stands_last(void **state)
{
    (void)state;
    expect(H("0001 0000 0000 0002") Q TSIG O, DNS_QUERY_FORMERR); /* M19 */
    expect(H("0001 0000 0000 0002") Q O TSIG, DNS_QUERY_OK);
    expect(H("0001 0000 0000 0001") Q TSIG, DNS_QUERY_OK);
}

static void an_owner_may_point_back_and_only_back(void **state)
{
    (void)state;
    expect(H("0001 0000 0000 0001") Q A_RR, DNS_QUERY_OK);
    expect(H("0001 0000 0000 0001") Q "c023 0001 0001 00000005 0004 0a000001",
           DNS_QUERY_FORMERR); /* to itself */
    expect(H("0001 0000 0000 0001") Q "c030 0001 0001 00000005 0004 0a000001",
           DNS_QUERY_FORMERR); /* forward */
    expect(H("0001 0000 0000 0001") Q "c00b 0001 0001 00000005 0004 0a000001",
           DNS_QUERY_FORMERR); /* into the header */
    expect(H("0001 0000 0000 0001") Q "c0", DNS_QUERY_FORMERR);
    expect(H("0001 0000 0000 0001") Q "0161 c00c 0001 0001 00000005 0004 0a000001",
           DNS_QUERY_OK);
}

static void a_later_edns_version_is_told_ours(void **state)
{
    (void)state;
    struct dns_query query;

    assert_int_equal(
        verdict(H("0001 0000 0000 0001") Q "00 0029 04d0 00018000 0000", false, &query),
        DNS_QUERY_BADVERS);
    assert_int_equal(query.question_end, 35);
    assert_true(query.has_opt);
    assert_true(query.do_bit);
    /* E6, E19: what options a later version has is not ours to say */
    expect(H("0001 0000 0000 0001") Q "00 0029 04d0 00010000 0004 00640000",
           DNS_QUERY_BADVERS);
    expect(H("0001 0000 0000 0001") Q "00 0029 04d0 00010000 0001 ff", DNS_QUERY_BADVERS);
    /* a broken message is broken in every version */
    expect(H("0001 0000 0000 0001") Q "00 0029 04d0 00010000 0000 ff", DNS_QUERY_FORMERR);
}

static void unknown_options_and_flags_are_passed_over(void **state)
{
    (void)state;
    struct dns_query query;

    assert_int_equal(verdict(H("0001 0000 0000 0001") Q
                             "00 0029 04d0 00007fff 000a 00640000 00650002abcd",
                             false, &query),
                     DNS_QUERY_OK); /* E3, E4 */
    assert_false(query.do_bit);
    assert_false(query.nsid_asked);
    assert_null(query.cookie);
}

static void options_that_we_know_are_noted(void **state)
{
    (void)state;
    struct dns_query query;

    assert_int_equal(verdict(H("0001 0000 0000 0001") Q
                             "00 0029 04d0 00000000 0010"
                             "00030000 000a0008 0102030405060708",
                             false, &query),
                     DNS_QUERY_OK);
    assert_true(query.nsid_asked);
    assert_int_equal(query.cookie_length, 8);
}

static void keepalive_is_for_tcp_and_empty(void **state)
{
    (void)state;
    struct dns_query query;
    const char *empty = H("0001 0000 0000 0001") Q "00 0029 04d0 00000000 0004 000b0000";
    const char *full =
        H("0001 0000 0000 0001") Q "00 0029 04d0 00000000 0006 000b0002 0064";

    assert_int_equal(verdict(empty, true, &query), DNS_QUERY_OK);
    assert_true(query.keepalive_asked);
    assert_int_equal(verdict(empty, false, &query), DNS_QUERY_OK);
    assert_false(query.keepalive_asked);
    assert_int_equal(verdict(full, true, &query), DNS_QUERY_FORMERR);
    assert_false(query.keepalive_asked);
    assert_int_equal(verdict(full, false, &query), DNS_QUERY_OK);
}

static void sixty_four_kibibytes_of_zeros_are_broken(void **state)
{
    (void)state;
    struct dns_query query;
    uint8_t *zeros = calloc(1, 65535); /* M20 */

    assert_non_null(zeros);
    assert_int_equal(dns_query_parse(zeros, 65535, true, &query), DNS_QUERY_FORMERR);
    free(zeros);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void random_damage_never_reads_outside(void **state)
{
    (void)state;
    uint32_t seed = 20240607;
    const char *seeds[] = { H("0001 0000 0000 0001") Q O,
                            H("0001 0000 0001 0002") Q_IXFR SOA O TSIG,
                            H("0001 0000 0000 0001") Q "00 0029 04d0 00000000 0010"
                                                       "00030000 000a0008 01020304"
                                                       "05060708" };

    for (unsigned i = 0; i < 30000; i++) { /* M21 */
        size_t length;
        struct dns_query query;
        uint8_t *message = from_hex(seeds[i % 3], &length);
        for (unsigned n = next_random(&seed) % 4 + 1; n > 0; n--)
            message[next_random(&seed) % length] = (uint8_t)next_random(&seed);
        enum dns_query_verdict result =
            dns_query_parse(message, length, (i & 1) != 0, &query);
        assert_true(result <= DNS_QUERY_BADVERS);
        if (result == DNS_QUERY_OK)
            assert_true(query.question_end <= length && query.name_length > 0);
        free(message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_query_is_read),
        cmocka_unit_test(the_name_is_folded_and_the_padding_is_zero),
        cmocka_unit_test(octets_above_127_are_not_letters),
        cmocka_unit_test(a_plain_opt_is_read),
        cmocka_unit_test(an_announced_size_under_512_counts_as_512),
        cmocka_unit_test(what_is_no_query_is_dropped),
        cmocka_unit_test(other_opcodes_are_judged_before_anything_is_read),
        cmocka_unit_test(a_query_has_exactly_one_question),
        cmocka_unit_test(an_opt_without_a_question_is_still_seen),
        cmocka_unit_test(nothing_may_trail),
        cmocka_unit_test(a_cut_question_is_broken),
        cmocka_unit_test(a_question_name_is_never_compressed),
        cmocka_unit_test(a_name_has_at_most_255_octets),
        cmocka_unit_test(there_is_one_opt_and_it_belongs_to_the_root),
        cmocka_unit_test(the_lengths_in_an_opt_fit),
        cmocka_unit_test(every_counted_record_is_there),
        cmocka_unit_test(a_query_carries_no_answer),
        cmocka_unit_test(a_cookie_has_8_or_16_to_40_octets),
        cmocka_unit_test(tsig_stands_last),
        cmocka_unit_test(an_owner_may_point_back_and_only_back),
        cmocka_unit_test(a_later_edns_version_is_told_ours),
        cmocka_unit_test(unknown_options_and_flags_are_passed_over),
        cmocka_unit_test(options_that_we_know_are_noted),
        cmocka_unit_test(keepalive_is_for_tcp_and_empty),
        cmocka_unit_test(sixty_four_kibibytes_of_zeros_are_broken),
        cmocka_unit_test(random_damage_never_reads_outside),
    };
    return cmocka_run_group_tests_name("dns/query", tests, NULL, NULL);
}
