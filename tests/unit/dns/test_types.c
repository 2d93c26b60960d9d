#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "dns/types.h"

static void words_and_numbers_of_types_go_both_ways(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        uint16_t number;
    } rows[] = { { "A", 1 },
                 { "NS", 2 },
                 { "CNAME", 5 },
                 { "SOA", 6 },
                 { "PTR", 12 },
                 { "MX", 15 },
                 { "TXT", 16 },
                 { "AAAA", 28 },
                 { "SRV", 33 },
                 { "NAPTR", 35 },
                 { "OPT", 41 },
                 { "DS", 43 },
                 { "RRSIG", 46 },
                 { "NSEC", 47 },
                 { "DNSKEY", 48 },
                 { "HTTPS", 65 },
                 { "SVCB", 64 },
                 { "TSIG", 250 },
                 { "IXFR", 251 },
                 { "AXFR", 252 },
                 { "ANY", 255 },
                 { "CAA", 257 },
                 { "URI", 256 },
                 { "TYPE0", 0 },
                 { "TYPE666", 666 },
                 { "TYPE65280", 65280 },
                 { "TYPE65535", 65535 } };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint16_t number = 9999;
        char word[16];
        assert_true(dns_type_parse(rows[i].word, &number));
        assert_int_equal(number, rows[i].number);
        dns_type_print(rows[i].number, word, sizeof word);
        assert_string_equal(word, rows[i].word);
    }
}

static void every_number_prints_as_a_word_that_reads_back(void **state)
{
    (void)state;
    for (unsigned number = 0; number <= 65535; number++) {
        char word[16];
        uint16_t back;
        dns_type_print((uint16_t)number, word, sizeof word);
        assert_true(dns_type_parse(word, &back));
        assert_int_equal(back, number);
    }
}

static void words_are_read_in_any_case(void **state)
{
    (void)state;
    uint16_t number;

    assert_true(dns_type_parse("aaaa", &number));
    assert_int_equal(number, 28);
    assert_true(dns_type_parse("type1", &number));
    assert_int_equal(number, 1);
}

static void other_words_are_no_types(void **state)
{
    (void)state;
    static const char *const bad[] = { "",       "B",      "TYPE",   "TYPE65536",
                                       "TYPE-1", "TYPE 1", "TYPE1x", "TYPE100000",
                                       "TYPE+1", "A " };
    uint16_t number = 7;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (dns_type_parse(bad[i], &number))
            fail_msg("'%s' is taken for a type", bad[i]);
    assert_int_equal(number, 7);
}

static void response_codes_have_words(void **state)
{
    (void)state;
    char word[16];

    dns_rcode_print(0, word, sizeof word);
    assert_string_equal(word, "NOERROR");
    dns_rcode_print(3, word, sizeof word);
    assert_string_equal(word, "NXDOMAIN");
    dns_rcode_print(16, word, sizeof word);
    assert_string_equal(word, "BADVERS");
    dns_rcode_print(24, word, sizeof word);
    assert_string_equal(word, "RCODE24");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_numbers_of_types_go_both_ways),
        cmocka_unit_test(every_number_prints_as_a_word_that_reads_back),
        cmocka_unit_test(words_are_read_in_any_case),
        cmocka_unit_test(other_words_are_no_types),
        cmocka_unit_test(response_codes_have_words),
    };
    return cmocka_run_group_tests_name("dns/types", tests, NULL, NULL);
}
