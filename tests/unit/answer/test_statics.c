/* Static records: what a zone's file says beside the registry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>

#include "answer/resolve.h"
#include "answer/zone.h"
#include "dns/wire.h"
#include "support/sample.h"
#include "support/scratch.h"
#include "support/spoken.h"
#include "support/town.h"

struct fixture {
    struct scratch scratch;
    char path[128];
    struct town town;
    struct reason why;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    scratch_make(&f->scratch);
    scratch_path(&f->scratch, "z.zone", f->path, sizeof f->path);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    if (f->town.answer != NULL)
        town_close(&f->town);
    scratch_remove(&f->scratch);
    free(f);
    return 0;
}

static enum rollcall_status open_with(struct fixture *f, const char *text)
{
    FILE *file = fopen(f->path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    town_zone(&f->town, "z.");
    f->town.zone[0].file = f->path;
    enum rollcall_status status = town_open(&f->town, &f->why);
    if (status == ROLLCALL_OK)
        answer_flush(f->town.answer);
    return status;
}

/* The sections as the resolver fills them, spoken. */
static const char *ask(struct fixture *f, const char *text, uint16_t type)
{
    static uint8_t message[4096];
    static char out[16384];
    struct dns_query query;
    struct dns_name name;

    assert_true(dns_name_parse(text, &name));
    size_t length = dns_message_ask(message, 512, 1, &name, type, false, false);
    assert_int_equal(dns_query_parse(message, length, false, &query), DNS_QUERY_OK);
    struct reply reply = { .message = message, .at = length, .limit = 4096 };
    unsigned rcode = answer_resolve(answer_index(f->town.answer), &query, &reply);
    message[2] = 0x80;
    message[3] = (uint8_t)rcode;
    message[7] = (uint8_t)reply.answers;
    message[9] = (uint8_t)reply.authority;
    message[11] = (uint8_t)reply.additional;
    return spoken(message, reply.at, out, sizeof out);
}

#define NO_DATA "NOERROR | - | z. 5 SOA ns.z. hostmaster.z. 1 3600 600 86400 5 | -"

static void records_of_the_file_are_answered(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(open_with(f, "printer 60 IN A 10.0.9.1\n"
                                  "printer 60 IN TXT \"third floor\"\n"
                                  "a.b 60 IN AAAA fd00::9\n"),
                     ROLLCALL_OK);
    assert_string_equal(ask(f, "printer.z.", DNS_TYPE_A),
                        "NOERROR | printer.z. 60 A 10.0.9.1 | - | -");
    assert_string_equal(ask(f, "printer.z.", DNS_TYPE_TXT),
                        "NOERROR | printer.z. 60 TXT \"third floor\" | - | -");
    assert_string_equal(ask(f, "printer.z.", DNS_TYPE_AAAA), NO_DATA);
    assert_string_equal(ask(f, "b.z.", DNS_TYPE_A), NO_DATA);
}

static void targets_bring_their_addresses(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(open_with(f, "@ 60 IN MX 10 mail\n"
                                  "mail 60 IN A 10.0.9.2\n"
                                  "mail 60 IN AAAA fd00::2\n"
                                  "_s._tcp 60 IN SRV 2 1 80 far.example.\n"
                                  "_s._tcp 60 IN SRV 1 1 80 mail\n"),
                     ROLLCALL_OK);
    assert_string_equal(ask(f, "z.", DNS_TYPE_MX),
                        "NOERROR | z. 60 MX 10 mail.z. | - | mail.z. 60 A 10.0.9.2; "
                        "mail.z. 60 AAAA fd00::2");
    assert_string_equal(ask(f, "_s._tcp.z.", DNS_TYPE_SRV),
                        "NOERROR | _s._tcp.z. 60 SRV 1 1 80 mail.z.; _s._tcp.z. 60 SRV "
                        "2 1 80 far.example. | - | mail.z. 60 A 10.0.9.2; mail.z. 60 "
                        "AAAA fd00::2");
}

static void its_soa_and_ns_take_the_place_of_ours(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(open_with(f, "@ 100 IN SOA a.example. me.z. 77 1 2 3 9\n"
                                  "@ 100 IN NS n1\n@ 100 IN NS a.example.\n"),
                     ROLLCALL_OK);
    assert_string_equal(ask(f, "z.", DNS_TYPE_SOA),
                        "NOERROR | z. 100 SOA a.example. me.z. 1 1 2 3 9 | - | -");
    assert_string_equal(ask(f, "x.z.", DNS_TYPE_A),
                        "NXDOMAIN | - | z. 9 SOA a.example. me.z. 1 1 2 3 9 | -");
    assert_string_equal(ask(f, "z.", DNS_TYPE_NS),
                        "NOERROR | z. 100 NS n1.z.; z. 100 NS a.example. | - | n1.z. "
                        "3600 A 10.0.0.53");
}

static void a_chain_of_aliases_is_followed_to_its_end(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(open_with(f, "a 60 IN CNAME b\nb 60 IN CNAME c\nc 60 IN A 10.0.9.3\n"
                                  "x 60 IN CNAME y\ny 60 IN CNAME x\n"),
                     ROLLCALL_OK);
    assert_string_equal(ask(f, "a.z.", DNS_TYPE_A),
                        "NOERROR | a.z. 60 CNAME b.z.; b.z. 60 CNAME c.z.; c.z. 60 A "
                        "10.0.9.3 | - | -");
    assert_string_equal(ask(f, "x.z.", DNS_TYPE_A),
                        "NOERROR | x.z. 60 CNAME y.z.; y.z. 60 CNAME x.z. | - | -");
}

static void a_chain_ends_after_eight_steps(void **state)
{
    struct fixture *f = *state;
    char text[1024] = "";

    for (unsigned i = 0; i < 20; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "c%u 60 IN CNAME c%u\n",
                 i, i + 1);
    assert_int_equal(open_with(f, text), ROLLCALL_OK);
    const char *spoken_text = ask(f, "c0.z.", DNS_TYPE_A);
    assert_non_null(strstr(spoken_text, "c8.z. 60 CNAME c9.z."));
    assert_null(strstr(spoken_text, "c9.z. 60 CNAME"));
}

static void a_record_below_a_delegation_is_an_error_with_its_line(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(open_with(f, "x.sub 60 IN TXT \"x\"\nsub 60 IN NS ns.example.\n"),
                     ROLLCALL_E_CONFIG);
    assert_non_null(strstr(f->why.text, "z.zone:1"));
    assert_non_null(strstr(f->why.text, "sub.z. is delegated"));
}

static void so_is_one_beside_it(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(open_with(f, "sub 60 IN NS ns.example.\nsub 60 IN MX 1 mail\n"),
                     ROLLCALL_E_CONFIG);
    assert_non_null(strstr(f->why.text, "z.zone:2"));
}

static void ds_of_the_zone_itself_is_an_error(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(open_with(f, "@ 60 IN DS 1 8 2 "
                                  "0123456789abcdef0123456789abcdef0123456789abcdef0123"
                                  "456789abcdef\n"),
                     ROLLCALL_E_CONFIG);
    assert_non_null(strstr(f->why.text, "z.zone:1"));
    assert_non_null(strstr(f->why.text, "the zone above"));
}

static void a_name_server_that_is_an_alias_is_an_error(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(open_with(f, "www 60 IN A 10.0.0.1\nns 60 IN CNAME www\n"),
                     ROLLCALL_E_CONFIG);
    assert_non_null(strstr(f->why.text, "z.zone:2"));
    assert_non_null(strstr(f->why.text, "ns.z."));
}

static void a_record_in_a_zone_of_ours_below_is_an_error(void **state)
{
    struct fixture *f = *state;

    town_zone(&f->town, "sub.z.");
    assert_int_equal(open_with(f, ""), ROLLCALL_OK);
    town_close(&f->town);
    town_zone(&f->town, "sub.z.");
    FILE *file = fopen(f->path, "w");
    fputs("a.sub 60 IN A 10.0.0.1\n", file);
    fclose(file);
    town_zone(&f->town, "z.");
    f->town.zone[1].file = f->path;
    assert_int_equal(town_open(&f->town, &f->why), ROLLCALL_E_CONFIG);
    assert_non_null(strstr(f->why.text, "a.sub.z."));
}

static struct rollcall_instance web(const char *const *tag)
{
    static const struct rollcall_address address = { 4, { 10, 0, 0, 1 } };
    struct rollcall_instance is = sample_bare("w1", "web");

    is.addresses = &address;
    is.address_count = 1;
    is.tags = tag;
    is.tag_count = tag != NULL;
    return is;
}

static void a_clash_with_a_registration_names_file_and_line(void **state)
{
    struct fixture *f = *state;
    struct reason warning = REASON_NONE, why = REASON_NONE;
    const char *blue = "blue", *red = "red";

    assert_int_equal(open_with(f, "other 60 IN A 10.0.0.1\n\nblue.web 60 IN A 10.0.0.2\n"
                                  "w9.web 60 IN A 10.0.0.3\n"),
                     ROLLCALL_OK);
    struct rollcall_instance is = web(&blue);
    assert_int_equal(answer_admit(f->town.answer, &is, "w1", &warning, &why),
                     ROLLCALL_E_CONFLICT);
    assert_non_null(strstr(why.text, "blue.web.z."));
    assert_non_null(strstr(why.text, "z.zone:3"));
    is = web(&red);
    assert_int_equal(answer_admit(f->town.answer, &is, "w9", &warning, &why),
                     ROLLCALL_E_CONFLICT);
    assert_non_null(strstr(why.text, "z.zone:4"));
    assert_int_equal(answer_admit(f->town.answer, &is, "w1", &warning, &why),
                     ROLLCALL_OK);
}

static void the_file_stands_where_both_claim_a_name(void **state)
{
    struct fixture *f = *state;
    struct rollcall_instance is = web(NULL);

    assert_int_equal(open_with(f, "web 60 IN A 10.0.0.99\n"), ROLLCALL_OK);
    town_put(&f->town, &is, ROLLCALL_PASSING);
    answer_flush(f->town.answer);
    assert_string_equal(ask(f, "web.z.", DNS_TYPE_A),
                        "NOERROR | web.z. 60 A 10.0.0.99 | - | -");
    town_remove(&f->town, "web", "w1");
    answer_flush(f->town.answer);
    assert_string_equal(ask(f, "web.z.", DNS_TYPE_A),
                        "NOERROR | web.z. 60 A 10.0.0.99 | - | -");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(records_of_the_file_are_answered),
        TEST(targets_bring_their_addresses),
        TEST(its_soa_and_ns_take_the_place_of_ours),
        TEST(a_chain_of_aliases_is_followed_to_its_end),
        TEST(a_chain_ends_after_eight_steps),
        TEST(a_record_below_a_delegation_is_an_error_with_its_line),
        TEST(so_is_one_beside_it),
        TEST(ds_of_the_zone_itself_is_an_error),
        TEST(a_name_server_that_is_an_alias_is_an_error),
        TEST(a_record_in_a_zone_of_ours_below_is_an_error),
        TEST(a_clash_with_a_registration_names_file_and_line),
        TEST(the_file_stands_where_both_claim_a_name),
    };
    return cmocka_run_group_tests_name("answer/statics", tests, NULL, NULL);
}
