/* Every name and type of docs/dns.md §1.12 that a flat zone has, asked of the registry of
 * §0: the queries are octets, the replies are read back and spoken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support/pipeline_fixture.h"

struct row {
    const char *name, *type, *expected;
};

static void check(void **state, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *got = ask(*state, rows[i].name, rows[i].type, false);
        if (strcmp(got, rows[i].expected) != 0)
            fail_msg("%s%s %s\n  says  %s\n  not   %s", rows[i].name, Z, rows[i].type,
                     got, rows[i].expected);
    }
}

#define CHECK(state, rows) check(state, rows, sizeof(rows) / sizeof *(rows))

#define ADD_1 "web-1.web." Z " 30 A 10.0.0.1"
#define ADD_2 "web-2.web." Z " 30 A 10.0.0.2; web-2.web." Z " 30 AAAA fd00::2"
#define ADD_3 "web-3.web." Z " 30 A 10.0.0.3"
#define SRV_3(owner, ttl, port)                                                          \
    owner Z " " ttl " SRV 1 10 " port " web-1.web." Z "; " owner Z " " ttl               \
            " SRV 1 10 " port " web-2.web." Z "; " owner Z " " ttl " SRV 1 1 " port      \
            " web-3.web." Z
#define SRV_2(owner)                                                                     \
    "NOERROR aa | " owner Z " 5 SRV 1 10 8080 web-1.web." Z "; " owner Z                 \
    " 5 SRV 1 10 8080 web-2.web." Z " | - | " ADD_1 "; " ADD_2

static void a_service_answers_with_its_healthy_members(void **state)
{
    static const struct row rows[] = {
        { "web.", "A",
          "NOERROR aa | web." Z " 5 A 10.0.0.1; web." Z " 5 A 10.0.0.2; web." Z
          " 5 A 10.0.0.3 | - | -" },
        { "web.", "AAAA", "NOERROR aa | web." Z " 5 AAAA fd00::2 | - | -" },
        { "web.", "SRV",
          "NOERROR aa | " SRV_3("web.", "5", "8080") " | - | " ADD_1 "; " ADD_2
                                                     "; " ADD_3 },
        { "web.", "TXT", "NOERROR aa | web." Z " 5 TXT \"team=front\" | - | -" },
        { "web.", "MX", NO_DATA },
        { "web.", "HTTPS", NO_DATA },
        { "web.", "TYPE666", NO_DATA },
        { "web.", "SOA", NO_DATA },
        { "web.", "NS", NO_DATA },
        { "web.", "DS", NO_DATA },
        { "web.", "CNAME", NO_DATA },
        { "web.", "TYPE0", NO_DATA },
        { "web.", "TYPE41", NO_DATA },
        { "web.", "TYPE250", NO_DATA },
        { "web.", "MAILB", NO_DATA },
        { "six.", "A", NO_DATA },
        { "six.", "AAAA", "NOERROR aa | six." Z " 5 AAAA fd00::6 | - | -" },
        { "web.", "ANY",
          "NOERROR aa | web." Z " 5 A 10.0.0.1; web." Z " 5 A 10.0.0.2; web." Z
          " 5 A 10.0.0.3 | - | -" },
    };
    CHECK(state, rows);
}

static void tags_and_ports_have_names_of_their_own(void **state)
{
    static const struct row rows[] = {
        { "v1.web.", "A",
          "NOERROR aa | v1.web." Z " 5 A 10.0.0.1; v1.web." Z " 5 A 10.0.0.2 | - | -" },
        { "v1.web.", "SRV", SRV_2("v1.web.") },
        { "canary.web.", "A", "NOERROR aa | canary.web." Z " 5 A 10.0.0.3 | - | -" },
        { "_http._tcp.web.", "SRV",
          "NOERROR aa | " SRV_3("_http._tcp.web.", "5", "8080") " | - | " ADD_1 "; " ADD_2
                                                                "; " ADD_3 },
        { "_metrics._tcp.web.", "SRV",
          "NOERROR aa | " SRV_3("_metrics._tcp.web.", "5",
                                "9090") " | - | " ADD_1 "; " ADD_2 "; " ADD_3 },
        { "_http._tcp.web.", "A", NO_DATA },
        { "_http._tcp.v1.web.", "SRV", SRV_2("_http._tcp.v1.web.") },
        { "_web._tcp.", "SRV",
          "NOERROR aa | " SRV_3("_web._tcp.", "5", "8080") " | - | " ADD_1 "; " ADD_2
                                                           "; " ADD_3 },
        { "_web._v1.", "SRV", SRV_2("_web._v1.") },
        { "_web._udp.", "SRV", NX },
        { "_web._nope.", "SRV", NX },
        { "_log._udp.", "SRV",
          "NOERROR aa | _log._udp." Z " 5 SRV 1 1 514 log-1.log." Z " | - | log-1.log." Z
          " 30 A 10.0.2.1" },
        { "_http.web.", "SRV", NX },
        { "_nope._tcp.web.", "SRV", NX },
        { "_http._udp.web.", "SRV", NX },
    };
    CHECK(state, rows);
}

static void an_instance_answers_whatever_its_health(void **state)
{
    static const struct row rows[] = {
        { "web-1.web.", "A", "NOERROR aa | " ADD_1 " | - | -" },
        { "web-1.web.", "AAAA", NO_DATA },
        { "web-1.web.", "SRV",
          "NOERROR aa | web-1.web." Z " 30 SRV 1 10 8080 web-1.web." Z " | - | " ADD_1 },
        { "web-1.web.", "TXT", "NOERROR aa | web-1.web." Z " 30 TXT \"path=/\" | - | -" },
        { "web-4.web.", "A", "NOERROR aa | web-4.web." Z " 30 A 10.0.0.4 | - | -" },
        { "web-2.web.", "ANY", "NOERROR aa | web-2.web." Z " 30 A 10.0.0.2 | - | -" },
        { "_metrics._tcp.web-3.web.", "SRV",
          "NOERROR aa | _metrics._tcp.web-3.web." Z " 30 SRV 1 1 9090 web-3.web." Z
          " | - | " ADD_3 },
        { "_metrics._tcp.web-3.web.", "A", NO_DATA },
        { "_tcp.web-3.web.", "A", NO_DATA },
        { "_udp.web-3.web.", "A", NX },
        { "_nope._tcp.web-3.web.", "SRV", NX },
        { "idle-1.idle.", "A", "NOERROR aa | idle-1.idle." Z " 30 A 10.0.4.1 | - | -" },
    };
    CHECK(state, rows);
}

static void a_name_exists_only_where_something_is_at_or_below_it(void **state)
{
    static const struct row rows[] = {
        { "nosuch.", "A", NX },
        { "x.web.", "A", NX },
        { "*.web.", "A", NX },
        { "*.", "A", NX },
        { "_tcp.web.", "A", NO_DATA },
        { "_tcp.", "SRV", NO_DATA },
        { "_udp.", "A", NO_DATA },
        { "_v1.", "A", NO_DATA },
        { "idle.", "A", NO_DATA },
        { "idle.", "SRV", NO_DATA },
        { "_http._tcp.idle.", "SRV", NO_DATA },
        { "_idle._tcp.", "SRV", NO_DATA },
        { "blue.idle.", "A", NO_DATA },
        { "void.", "A", NO_DATA },
        { "addr.", "A", NO_DATA },
        { "addr-1.addr.", "A", NX },
    };
    CHECK(state, rows);
}

static void hosts_are_aliases_and_srv_targets(void **state)
{
    static const struct row rows[] = {
        { "ext.", "A", "NOERROR aa | ext." Z " 5 CNAME www.example.net. | - | -" },
        { "ext.", "SRV", "NOERROR aa | ext." Z " 5 CNAME www.example.net. | - | -" },
        { "ext.", "ANY", "NOERROR aa | ext." Z " 5 CNAME www.example.net. | - | -" },
        { "_https._tcp.ext.", "SRV",
          "NOERROR aa | _https._tcp.ext." Z " 5 SRV 1 1 443 www.example.net. | - | -" },
        { "_ext._tcp.", "SRV",
          "NOERROR aa | _ext._tcp." Z " 5 SRV 1 1 443 www.example.net. | - | -" },
        { "ext-1.ext.", "A",
          "NOERROR aa | ext-1.ext." Z " 30 CNAME www.example.net. | - | -" },
        { "mix.", "A", "NOERROR aa | mix." Z " 5 A 10.0.3.1 | - | -" },
        { "mix.", "SRV",
          "NOERROR aa | mix." Z " 5 SRV 1 1 80 mix-1.mix." Z "; mix." Z
          " 5 SRV 1 1 80 www.example.net. | - | mix-1.mix." Z " 30 A 10.0.3.1" },
        { "in.", "A",
          "NOERROR aa | in." Z " 5 CNAME web-1.web." Z "; " ADD_1 " | - | -" },
        { "in.", "AAAA", "NOERROR aa | in." Z " 5 CNAME web-1.web." Z " | " SOA " | -" },
        { "in.", "CNAME", "NOERROR aa | in." Z " 5 CNAME web-1.web." Z " | - | -" },
        { "in-1.in.", "A",
          "NOERROR aa | in-1.in." Z " 30 CNAME web-1.web." Z "; " ADD_1 " | - | -" },
        { "lost.", "A", "NXDOMAIN aa | lost." Z " 5 CNAME nobody." Z " | " SOA " | -" },
        { "loop.", "A",
          "NOERROR aa | loop." Z " 5 CNAME loop-1.loop." Z " | " SOA " | -" },
        { "loop-1.loop.", "A", NO_DATA },
    };
    CHECK(state, rows);
}

static void the_apex_says_who_serves_it(void **state)
{
    static const struct row rows[] = {
        { "", "SOA", "NOERROR aa | " SOA " | - | -" },
        { "", "NS",
          "NOERROR aa | " Z " 3600 NS ns." Z " | - | ns." Z " 3600 A 10.0.0.53" },
        { "", "A", NO_DATA },
        { "", "DNSKEY", NO_DATA },
        { "", "ANY", "NOERROR aa | " SOA " | - | -" },
        { "ns.", "A", "NOERROR aa | ns." Z " 3600 A 10.0.0.53 | - | -" },
    };
    CHECK(state, rows);
}

static void a_zone_inside_another_answers_for_itself(void **state)
{
    static const struct row rows[] = {
        { "web.dc2.", "A",
          "NOERROR aa | web.dc2." Z " 5 A 10.0.0.1; web.dc2." Z
          " 5 A 10.0.0.2; web.dc2." Z " 5 A 10.0.0.3 | - | -" },
        { "x.dc2.", "A",
          "NXDOMAIN aa | - | dc2." Z " 5 SOA ns.dc2." Z " hostmaster.dc2." Z
          " 1 3600 600 86400 5 | -" },
        { "dc2.", "DS", NO_DATA },
        { "dc2.", "NS",
          "NOERROR aa | dc2." Z " 3600 NS ns.dc2." Z " | - | ns.dc2." Z
          " 3600 A 10.0.0.53" },
    };
    CHECK(state, rows);
}

static void srv_goes_by_priority(void **state)
{
    static const struct row rows[] = {
        { "two.", "SRV",
          "NOERROR aa | two." Z " 5 SRV 1 1 2 two-2.two." Z "; two." Z
          " 5 SRV 2 1 1 two-1.two." Z " | - | two-2.two." Z " 30 A 10.0.6.2; two-1.two." Z
          " 30 A 10.0.6.1" },
    };
    CHECK(state, rows);
}

static void over_tcp_any_gives_all(void **state)
{
    assert_string_equal(
        ask(*state, "web.", "ANY", true),
        "NOERROR aa | web." Z " 5 A 10.0.0.1; web." Z " 5 A 10.0.0.2; web." Z
        " 5 A 10.0.0.3; web." Z
        " 5 AAAA fd00::2; " SRV_3("web.", "5", "8080") "; web." Z
                                                       " 5 TXT \"team=front\" | - | -");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_service_answers_with_its_healthy_members),
        TEST(tags_and_ports_have_names_of_their_own),
        TEST(an_instance_answers_whatever_its_health),
        TEST(a_name_exists_only_where_something_is_at_or_below_it),
        TEST(hosts_are_aliases_and_srv_targets),
        TEST(the_apex_says_who_serves_it),
        TEST(a_zone_inside_another_answers_for_itself),
        TEST(srv_goes_by_priority),
        TEST(over_tcp_any_gives_all),
    };
    return cmocka_run_group_tests_name("serve/pipeline", tests, NULL, NULL);
}
