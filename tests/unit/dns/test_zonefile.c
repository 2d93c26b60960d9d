#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "dns/types.h"
#include "dns/zonefile.h"

static enum rollcall_status parse(const char *text, struct zonefile *out,
                                  struct reason *why)
{
    struct dns_name apex;

    assert_true(dns_name_parse("service.local.", &apex));
    return zonefile_parse(text, strlen(text), "z", &apex, 5, out, why);
}

/* Every record as "LINE OWNER TTL TYPE HEX", in the order of the list. */
static void expect(const char *text, const char *wanted)
{
    struct zonefile file;
    struct reason why = REASON_NONE;
    char *found = NULL;
    size_t size;
    FILE *out = open_memstream(&found, &size);

    assert_non_null(out);
    if (parse(text, &file, &why) != ROLLCALL_OK)
        fail_msg("%s", why.text);
    for (size_t i = 0; i < file.count; i++) {
        const struct zonefile_record *record = &file.records[i];
        char owner[DNS_NAME_TEXT], type[16];
        dns_name_print(record->owner.wire, record->owner.length, owner, sizeof owner);
        dns_type_print(record->type, type, sizeof type);
        fprintf(out, "%u %s %u %s ", record->line, owner, record->ttl, type);
        for (size_t k = 0; k < record->rdata_length; k++)
            fprintf(out, "%02x", record->rdata[k]);
        fputs("\n", out);
    }
    fclose(out);
    assert_string_equal(found, wanted);
    free(found);
    zonefile_deinit(&file);
}

static void expect_fault(const char *text, const char *wanted)
{
    struct zonefile file;
    struct reason why = REASON_NONE;

    assert_int_equal(parse(text, &file, &why), ROLLCALL_E_CONFIG);
    if (strstr(why.text, wanted) != why.text)
        fail_msg("'%s' does not begin with '%s'", why.text, wanted);
}

static void a_record_becomes_wire(void **state)
{
    (void)state;
    expect("ns IN A 10.0.0.53\n", "1 ns.service.local. 5 A 0a000035\n");
    expect("ns.service.local. 60 AAAA fd00::2",
           "1 ns.service.local. 60 AAAA fd000000000000000000000000000002\n");
    expect("a TXT \"x;y\" z\n", "1 a.service.local. 5 TXT 03783b79017a\n");
    expect("a TYPE65280 \\# 2 abcd\n", "1 a.service.local. 5 TYPE65280 abcd\n");
    expect("a SRV 1 2 3 .\n", "1 a.service.local. 5 SRV 00010002000300\n");
}

static void names_are_lower_case_and_whole(void **state)
{
    (void)state;
    expect("WWW CNAME Web\n",
           "1 www.service.local. 5 CNAME 037765620773657276696365056c6f63616c00\n");
    expect("@ MX 10 Mail.Example.COM.\n",
           "1 service.local. 5 MX 000a046d61696c076578616d706c6503636f6d00\n");
    expect("a SRV 1 2 3 NS.Local.\n",
           "1 a.service.local. 5 SRV 000100020003026e73056c6f63616c00\n");
    expect("a TXT \"Kept As IS\"\n", "1 a.service.local. 5 TXT 0a4b657074204173204953\n");
}

static void an_empty_file_has_no_records(void **state)
{
    (void)state;
    expect("", "");
    expect("; only words\n\n   \n\t; more\n", "");
}

static void origin_and_ttl_hold_for_what_follows(void **state)
{
    (void)state;
    expect("a A 10.0.0.1\n$TTL 1h30m\nb A 10.0.0.1\n$ORIGIN sub\nc A 10.0.0.1\n"
           "@ 0 A 10.0.0.1\n$TTL 0\nd A 10.0.0.1\n$ORIGIN service.local.\n"
           "e A 10.0.0.1\n",
           "1 a.service.local. 5 A 0a000001\n"
           "3 b.service.local. 5400 A 0a000001\n"
           "5 c.sub.service.local. 5400 A 0a000001\n"
           "8 d.sub.service.local. 0 A 0a000001\n"
           "10 e.service.local. 0 A 0a000001\n"
           "6 sub.service.local. 0 A 0a000001\n");
}

static void a_line_without_an_owner_means_the_one_before(void **state)
{
    (void)state;
    expect(" A 10.0.0.1\na A 10.0.0.2\n A 10.0.0.3\n\n\n\tA 10.0.0.4\n",
           "2 a.service.local. 5 A 0a000002\n"
           "3 a.service.local. 5 A 0a000003\n"
           "6 a.service.local. 5 A 0a000004\n"
           "1 service.local. 5 A 0a000001\n");
}

static void a_record_may_stretch_over_lines_and_keeps_its_first(void **state)
{
    (void)state;
    expect("; head\n\n@ SOA ns hm ( ; here\n 1 2 ; a (\n 3 4\n 5 )\na A 10.0.0.1\n",
           "7 a.service.local. 5 A 0a000001\n"
           "3 service.local. 5 SOA 026e730773657276696365056c6f63616c00"
           "02686d0773657276696365056c6f63616c00"
           "0000000100000002000000030000000400000005\n");
}

static void lines_may_end_with_carriage_return(void **state)
{
    (void)state;
    expect("a A 10.0.0.1\r\n\r\nb A 10.0.0.2\r\n",
           "1 a.service.local. 5 A 0a000001\n3 b.service.local. 5 A 0a000002\n");
}

static void repeated_records_become_one(void **state)
{
    (void)state;
    expect("a A 10.0.0.2\na A 10.0.0.1\nA A 10.0.0.2\n",
           "1 a.service.local. 5 A 0a000002\n2 a.service.local. 5 A 0a000001\n");
}

static void an_rrset_takes_its_least_ttl(void **state)
{
    (void)state;
    log_set_level(LOG_LEVEL_ERROR); /* the warning is not what is tested */
    expect("a 30 A 10.0.0.1\na 20 A 10.0.0.2\na 40 AAAA ::1\n",
           "1 a.service.local. 20 A 0a000001\n2 a.service.local. 20 A 0a000002\n"
           "3 a.service.local. 40 AAAA 00000000000000000000000000000001\n");
    expect("a 30 A 10.0.0.1\na 20 A 10.0.0.1\n", "1 a.service.local. 20 A 0a000001\n");
    log_set_level(LOG_LEVEL_INFO);
}

static void a_bad_record_is_named_by_its_line(void **state)
{
    (void)state;
    expect_fault("a A 10.0.0\n", "z:1: ");
    expect_fault("a A 10.0.0.1\n; c\n\nb BOGUS x\n", "z:4: ");
    expect_fault("a A\n", "z:1: ");
    expect_fault("@ SOA ns hm (\n1 2\n3 4 )\n", "z:1: ");
    expect_fault("a..b A 10.0.0.1\n", "z:1: ");
}

static void a_number_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    expect_fault("a SRV 1 2 70000 b\n", "z:1: 70000 is too large; at most 65535");
    expect_fault("a  60 IN\t MX 65536 b\n", "z:1: 65536 is too large; at most 65535");
    expect_fault("a 99999999999 A 10.0.0.1\n", "z:1: 99999999999 is too large");
    expect_fault(" 4294967296 TXT x\n", "z:1: 4294967296 is too large");
    expect_fault("@ SOA ns hm 4294967296 2 3 4 5\n", "z:1: 4294967296 is too large");
    expect_fault("@ SOA ns hm 1 2 3 4 99999999999\n", "z:1: 99999999999 is too large");
    expect_fault("a CAA 256 issue \"x\"\n", "z:1: 256 is too large; at most 255");
    expect("a TXT 99999999999\n", "1 a.service.local. 5 TXT 0b3939393939393939393939\n");
    expect("70000 SRV 65535 65535 65535 .\n",
           "1 70000.service.local. 5 SRV ffffffffffff00\n");
}

static void what_is_opened_must_be_closed(void **state)
{
    (void)state;
    expect_fault("a A 10.0.0.1\nb TXT ( \"x\"\n",
                 "z:2: a parenthesis is opened and never");
    expect_fault("a TXT \"x\nb A 10.0.0.1\n", "z:1: a quote is opened and not closed");
    expect_fault("a TXT \"x", "z:1: a quote is opened and never closed");
    expect_fault("a A 10.0.0.1 )\n", "z:1: a closing parenthesis without");
}

static void an_owner_outside_the_zone_is_refused(void **state)
{
    (void)state;
    expect_fault("www.example.com. A 10.0.0.1\n",
                 "z:1: www.example.com. lies outside the zone service.local.");
    expect_fault("$ORIGIN local.\nxservice A 10.0.0.1\n", "z:2: xservice.local. lies");
}

static void only_class_in_and_data_types_are_taken(void **state)
{
    (void)state;
    expect_fault("a CH TXT x\n", "z:1: a.service.local.: only class IN");
    expect_fault("a TYPE255 \\# 0\n", "z:1: a.service.local.: a zone cannot hold");
    expect_fault("a TYPE41 \\# 0\n", "z:1: a.service.local.: a zone cannot hold");
    expect_fault("a TYPE0 \\# 0\n", "z:1: a.service.local.: a zone cannot hold");
    expect_fault("a DNAME b\n", "z:1: a.service.local.: a zone cannot hold");
}

static void an_alias_stands_alone(void **state)
{
    (void)state;
    expect_fault("a A 10.0.0.1\nb A 10.0.0.1\na CNAME b\n",
                 "z:3: a.service.local. is an alias (CNAME) and can hold nothing else; "
                 "see line 1");
    expect_fault("a CNAME b\na CNAME c\n", "z:1: a.service.local. is an alias");
    expect_fault("; top\n@ CNAME b\n", "z:2: service.local. is the top of the zone");
}

static void there_is_one_soa_and_it_stands_at_the_top(void **state)
{
    (void)state;
    expect_fault("a SOA ns hm 1 2 3 4 5\n",
                 "z:1: a.service.local.: an SOA may stand only");
    expect_fault("@ SOA ns hm 1 2 3 4 5\n@ SOA ns hm 2 2 3 4 5\n",
                 "z:2: service.local. has a second SOA; see line 1");
}

static void directives_are_checked(void **state)
{
    (void)state;
    expect_fault("$TTL x\n", "z:1: $TTL: x is not a number of seconds");
    expect_fault("$TTL -1\n", "z:1: $TTL");
    expect_fault("$TTL 99999999999999999999999\n", "z:1: $TTL");
    expect_fault("$TTL 4000w\n", "z:1: $TTL");
    expect_fault("$TTL\n", "z:1: $TTL takes one value");
    expect_fault("$TTL 1 2\n", "z:1: $TTL takes one value");
    expect_fault("$ORIGIN\n", "z:1: $ORIGIN takes one value");
    expect_fault("$ORIGIN a..b\n", "z:1: $ORIGIN: a..b is not a domain name");
    expect_fault("$INCLUDE other\n", "z:1: $INCLUDE is not supported");
    expect_fault("$GENERATE 1-2 a A 1\n", "z:1: $GENERATE is not known");
    expect_fault("a 3000000000 A 10.0.0.1\n", "z:1: a.service.local. A: the TTL");
}

static void a_zero_octet_is_no_text(void **state)
{
    (void)state;
    struct dns_name apex;
    struct zonefile file;
    struct reason why = REASON_NONE;
    const char text[] = "a A 10.0.0.1\nb\0A 10.0.0.1\n";

    assert_true(dns_name_parse("service.local", &apex));
    assert_int_equal(zonefile_parse(text, sizeof text - 1, "z", &apex, 5, &file, &why),
                     ROLLCALL_E_CONFIG);
    assert_string_equal(why.text, "z:2: a zero octet: this is not a text file");
}

static void more_than_a_hundred_thousand_records_are_refused(void **state)
{
    (void)state;
    char *text = malloc(100001 * 16 + 1);
    size_t used = 0;
    struct reason why = REASON_NONE;
    struct zonefile file;

    assert_non_null(text);
    for (unsigned i = 0; i < 100001; i++)
        used += (size_t)sprintf(text + used, "n%u A 10.0.0.1\n", i % 1000);
    assert_int_equal(parse(text, &file, &why), ROLLCALL_E_CONFIG);
    assert_string_equal(why.text, "z:100001: more than 100000 records");
    free(text);
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    struct dns_name apex;
    struct zonefile file;
    struct reason why = REASON_NONE;

    assert_true(dns_name_parse("service.local", &apex));
    assert_int_equal(zonefile_read("/nowhere/x.zone", &apex, 5, &file, &why),
                     ROLLCALL_E_CONFIG);
    assert_string_equal(why.text, "/nowhere/x.zone: No such file or directory; it is the "
                                  "`file` of the zone service.local.");
    assert_int_equal(zonefile_read("/", &apex, 5, &file, &why), ROLLCALL_E_CONFIG);
    assert_string_equal(why.text, "/: not a file, but the `file` of a zone must be one");
}

static void the_example_zone_is_good(void **state)
{
    (void)state;
    struct dns_name apex;
    struct zonefile file;
    struct reason why = REASON_NONE;

    assert_true(dns_name_parse("service.local", &apex));
    if (zonefile_read(ROLLCALL_SOURCE_DIR "/zones/service.local.zone", &apex, 5, &file,
                      &why) != ROLLCALL_OK)
        fail_msg("%s", why.text);
    assert_true(file.count > 0);
    zonefile_deinit(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_becomes_wire),
        cmocka_unit_test(names_are_lower_case_and_whole),
        cmocka_unit_test(an_empty_file_has_no_records),
        cmocka_unit_test(origin_and_ttl_hold_for_what_follows),
        cmocka_unit_test(a_line_without_an_owner_means_the_one_before),
        cmocka_unit_test(a_record_may_stretch_over_lines_and_keeps_its_first),
        cmocka_unit_test(lines_may_end_with_carriage_return),
        cmocka_unit_test(repeated_records_become_one),
        cmocka_unit_test(an_rrset_takes_its_least_ttl),
        cmocka_unit_test(a_bad_record_is_named_by_its_line),
        cmocka_unit_test(a_number_that_does_not_fit_is_refused),
        cmocka_unit_test(what_is_opened_must_be_closed),
        cmocka_unit_test(an_owner_outside_the_zone_is_refused),
        cmocka_unit_test(only_class_in_and_data_types_are_taken),
        cmocka_unit_test(an_alias_stands_alone),
        cmocka_unit_test(there_is_one_soa_and_it_stands_at_the_top),
        cmocka_unit_test(directives_are_checked),
        cmocka_unit_test(a_zero_octet_is_no_text),
        cmocka_unit_test(more_than_a_hundred_thousand_records_are_refused),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(the_example_zone_is_good),
    };
    return cmocka_run_group_tests_name("dns/zonefile", tests, NULL, NULL);
}
