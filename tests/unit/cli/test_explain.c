/* What a reply is said to mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/explain.h"
#include "dns/wire.h"

/* web.service.local. A IN, after the header. */
#define QUESTION      "\3web\7service\5local\0\0\1\0\1"
#define ADDRESS(last) "\xc0\x0c\0\1\0\1\0\0\0\5\0\4\x0a\0\0" last
/* Of service.local., TTL 60, MINIMUM 5. */
#define SOA                                                                              \
    "\xc0\x10\0\6\0\1\0\0\0\x3c\0\x18\xc0\x10\xc0\x10"                                   \
    "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"
/* OPT with an extended error 20 and no text. */
#define OPT "\0\0\x29\x04\xd0\0\0\0\0\0\6\0\x0f\0\2\0\x14"

struct said {
    uint8_t bytes[512];
    struct dns_message message;
    struct reply_sum sum;
    char verdict[24];
    struct buffer text;
};

#define REPLY(said, flags, counts, records)                                              \
    read_reply(said, flags, (const uint8_t *)counts, QUESTION records,                   \
               sizeof(QUESTION records) - 1)

/* `counts`: records in the three sections, an octet each. */
static void read_reply(struct said *said, uint16_t flags, const uint8_t *counts,
                       const char *rest, size_t length)
{
    memset(said, 0, sizeof *said);
    said->bytes[2] = (uint8_t)(flags >> 8);
    said->bytes[3] = (uint8_t)flags;
    said->bytes[5] = 1;
    for (int i = 0; i < 3; i++)
        said->bytes[7 + 2 * i] = counts[i];
    memcpy(said->bytes + 12, rest, length);
    assert_true(dns_message_open(&said->message, said->bytes, 12 + length));
    explain_sum(&said->message, DNS_TYPE_A, &said->sum);
    explain_verdict(&said->message, &said->sum, said->verdict, sizeof said->verdict);
}

static void explain(struct said *said, const struct registered *registered)
{
    buffer_init(&said->text, 8192);
    explain_reply(&said->message, DNS_TYPE_A, &said->sum, registered, &said->text);
}

static void assert_says(struct said *said, const char *words)
{
    if (strstr(said->text.data, words) == NULL)
        fail_msg("expected \"%s\" in: %s", words, said->text.data);
    buffer_deinit(&said->text);
}

static void addresses_of_a_service_are_its_healthy_instances(void **state)
{
    const struct registered web = { true, "web", 4, 3 };
    struct said said;
    (void)state;

    REPLY(&said, 0x8400, "\3\0\0", ADDRESS("\1") ADDRESS("\2") ADDRESS("\3"));
    assert_string_equal(said.verdict, "NOERROR");
    assert_int_equal(said.sum.answers, 3);
    explain(&said, &web);
    assert_says(&said, "3 healthy instances of 4 registered");
}

static void addresses_of_an_unknown_name_are_just_records(void **state)
{
    const struct registered nothing = { .known = false };
    struct said said;
    (void)state;

    REPLY(&said, 0x8400, "\1\0\0", ADDRESS("\1"));
    explain(&said, &nothing);
    assert_says(&said, "1 A record.\nTTL 5s");
}

static void a_name_without_the_type_is_nodata_and_says_why(void **state)
{
    const struct registered web = { true, "web", 2, 0 };
    struct said said;
    (void)state;

    REPLY(&said, 0x8400, "\0\1\0", SOA);
    assert_string_equal(said.verdict, "NODATA");
    assert_int_equal(said.sum.negative, 5);
    explain(&said, &web);
    assert_says(&said, "Of 2 registered instances 0 are healthy: rollcall show web says "
                       "why.\nNegative TTL 5s");
}

static void a_missing_name_is_nxdomain_with_its_zone(void **state)
{
    const struct registered nothing = { .known = false };
    struct said said;
    (void)state;

    REPLY(&said, 0x8403, "\0\1\0", SOA);
    assert_string_equal(said.verdict, "NXDOMAIN");
    explain(&said, &nothing);
    assert_says(&said, "There is no such name in service.local.");
}

static void a_refusal_says_not_our_zone_and_the_servers_own_words(void **state)
{
    const struct registered nothing = { .known = false };
    struct said said;
    (void)state;

    REPLY(&said, 0x8005, "\0\0\1", OPT);
    assert_string_equal(said.verdict, "REFUSED");
    explain(&said, &nothing);
    assert_says(&said, "in none of the zones that this server answers for.\nThe server "
                       "adds: extended error 20 (not authoritative).");
}

static void an_answer_through_a_resolver_is_marked_as_such(void **state)
{
    const struct registered nothing = { .known = false };
    struct said said;
    (void)state;

    REPLY(&said, 0x8180, "\1\0\0", ADDRESS("\1"));
    explain(&said, &nothing);
    assert_says(&said, "it comes through a resolver");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_a_service_are_its_healthy_instances),
        cmocka_unit_test(addresses_of_an_unknown_name_are_just_records),
        cmocka_unit_test(a_name_without_the_type_is_nodata_and_says_why),
        cmocka_unit_test(a_missing_name_is_nxdomain_with_its_zone),
        cmocka_unit_test(a_refusal_says_not_our_zone_and_the_servers_own_words),
        cmocka_unit_test(an_answer_through_a_resolver_is_marked_as_such),
    };
    return cmocka_run_group_tests_name("cli/explain", tests, NULL, NULL);
}
