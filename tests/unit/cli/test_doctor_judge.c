/* What `rollcall doctor` says of a host, told from the texts of its files and from what
 * its name servers answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/doctor.h"

#define MDNS "hosts: files mdns4_minimal [NOTFOUND=return] dns\n"

struct host {
    struct doctor_facts facts;
    struct doctor_verdict verdict;
};

/* A host with these two files whose first name server calls itself `version`; the zone
 * is found directly, and a name in it too. */
static struct host *a_host(const char *resolv, const char *nsswitch, const char *version)
{
    struct host *host = calloc(1, sizeof *host);
    struct doctor_facts *facts = &host->facts;

    assert_true(address_parse("127.0.0.1:8053", 0, &facts->rollcalld));
    strcpy(facts->rollcalld_text, "127.0.0.1:8053");
    resolv_conf_parse(resolv, &facts->resolv);
    nsswitch_parse(nsswitch, &facts->nsswitch);
    for (unsigned i = 0; i < facts->resolv.server_count; i++) {
        facts->servers[i].address = facts->resolv.servers[i];
        facts->servers[i].software = doctor_software(i == 0 ? version : "");
        address_print(&facts->servers[i].address, facts->servers[i].text, ADDRESS_TEXT);
    }
    facts->zone_count = 1;
    strcpy(facts->zones[0].apex, "service.local.");
    strcpy(facts->zones[0].name, "web.service.local.");
    facts->zones[0].direct = PROBE_ANSWER;
    return host;
}

/* What the first name server and getaddrinfo() say. */
static void judge(struct host *host, enum probe through, enum lookup lookup)
{
    struct doctor_zone *zone = &host->facts.zones[0];

    zone->through[0] = through;
    zone->name_through[0] = through == PROBE_ANSWER ? PROBE_ANSWER : PROBE_NOT_ASKED;
    zone->lookup = lookup;
    doctor_judge(&host->facts, &host->verdict);
}

static void assert_says(const struct host *host, const char *words)
{
    for (unsigned i = 0; i < host->verdict.count; i++)
        if (strstr(host->verdict.findings[i].text, words) != NULL ||
            strstr(host->verdict.findings[i].lines, words) != NULL ||
            strstr(host->verdict.findings[i].file, words) != NULL)
            return;
    fail_msg("nothing says \"%s\"; first: %s", words,
             host->verdict.count > 0 ? host->verdict.findings[0].text : "(no finding)");
}

static void what_is_found_works_without_a_word(void **state)
{
    struct host *host = a_host("nameserver 127.0.0.1\n", "", "dnsmasq-2.90");

    (void)state;
    judge(host, PROBE_ANSWER, LOOKUP_FOUND);
    assert_true(host->verdict.works);
    assert_int_equal(host->verdict.count, 0);
    free(host);
}

static void dnsmasq_that_does_not_know_the_zone_gets_its_lines(void **state)
{
    struct host *host = a_host("nameserver 127.0.0.1\n", "", "dnsmasq-2.90");

    (void)state;
    judge(host, PROBE_NXDOMAIN, LOOKUP_ABSENT);
    assert_false(host->verdict.works);
    assert_says(host, "127.0.0.1:53 (dnsmasq)");
    assert_says(host, "/etc/dnsmasq.d/rollcall.conf");
    assert_says(host, "server=/service.local/127.0.0.1#8053\n");
    assert_says(host, "systemctl restart dnsmasq");
    free(host);
}

static void the_lines_have_the_zone_and_the_address_filled_in(void **state)
{
    struct host *host = a_host("nameserver 127.0.0.1\n", "", "unbound 1.17.1");

    (void)state;
    strcpy(host->facts.zones[0].apex, "dc2.internal.");
    assert_true(address_parse("[fd00::1]:5300", 0, &host->facts.rollcalld));
    judge(host, PROBE_SERVFAIL, LOOKUP_FAILED);
    assert_says(host, "do-not-query-localhost: no");
    assert_says(host, "name: \"dc2.internal\"");
    assert_says(host, "stub-addr: fd00::1@5300");
    free(host);
}

static void bind_gets_lines_for_two_files(void **state)
{
    struct host *host = a_host("nameserver 127.0.0.1\n", "", "9.18.49-1~deb12u3-Debian");

    (void)state;
    judge(host, PROBE_REFUSED, LOOKUP_FAILED);
    assert_says(host, "/etc/bind/named.conf.local");
    assert_says(host, "forwarders { 127.0.0.1 port 8053; };");
    assert_says(host, "options { } of /etc/bind/named.conf.options");
    assert_says(host, "validate-except { \"service.local\"; };");
    free(host);
}

static void a_reverse_zone_gets_the_lines_of_reverse_zones(void **state)
{
    struct host *host = a_host("nameserver 127.0.0.1\n", "", "unbound 1.17.1");

    (void)state;
    strcpy(host->facts.zones[0].apex, "16.172.in-addr.arpa.");
    judge(host, PROBE_NXDOMAIN, LOOKUP_NOT_TRIED);
    assert_says(host, "local-zone: \"16.172.in-addr.arpa.\" nodefault");
    free(host);
}

static void the_stub_of_resolved_gets_a_drop_in(void **state)
{
    struct host *host = a_host("nameserver 127.0.0.53\n", "", "");

    (void)state;
    host->facts.servers[0].software = SOFTWARE_RESOLVED;
    assert_true(address_parse("[::1]:8053", 0, &host->facts.rollcalld));
    judge(host, PROBE_SERVFAIL, LOOKUP_FAILED);
    assert_says(host, "/etc/systemd/resolved.conf.d/rollcall.conf");
    assert_says(host, "DNS=[::1]:8053\nDomains=~service.local\n");
    free(host);
}

static void a_router_cannot_reach_loopback(void **state)
{
    struct host *host = a_host("nameserver 192.168.1.1\n", "", "");

    (void)state;
    judge(host, PROBE_NXDOMAIN, LOOKUP_ABSENT);
    assert_says(host, "does not reach rollcalld at 127.0.0.1:8053");
    assert_says(host, "server=/service.local/127.0.0.1#8053");
    free(host);
}

static void multicast_in_the_way_gets_the_line_to_write(void **state)
{
    struct host *host = a_host("nameserver 127.0.0.1\n", MDNS, "dnsmasq-2.90");

    (void)state;
    judge(host, PROBE_ANSWER, LOOKUP_ABSENT);
    assert_false(host->verdict.works);
    assert_says(host, "mdns4_minimal [NOTFOUND=return] stands before DNS");
    assert_says(host, "/etc/nsswitch.conf");
    assert_says(host, "hosts: files dns mdns4_minimal [NOTFOUND=return]");
    free(host);
}

static void multicast_that_lets_the_name_pass_is_only_a_note(void **state)
{
    struct host *host = a_host("nameserver 127.0.0.1\n", MDNS, "dnsmasq-2.90");

    (void)state;
    judge(host, PROBE_ANSWER, LOOKUP_FOUND);
    assert_true(host->verdict.works);
    assert_int_equal(host->verdict.count, 1);
    assert_int_equal(host->verdict.findings[0].kind, FINDING_NOTE);
    free(host);
}

static void multicast_is_not_blamed_outside_of_local(void **state)
{
    struct host *host = a_host("nameserver 127.0.0.1\n", MDNS, "dnsmasq-2.90");

    (void)state;
    strcpy(host->facts.zones[0].apex, "service.internal.");
    judge(host, PROBE_ANSWER, LOOKUP_ABSENT);
    assert_int_equal(host->verdict.count, 1);
    assert_null(strstr(host->verdict.findings[0].text, "multicast"));
    free(host);
}

static void a_hosts_line_without_dns_is_named(void **state)
{
    struct host *host =
        a_host("nameserver 127.0.0.1\n", "hosts: files myhostname\n", "dnsmasq-2.90");

    (void)state;
    judge(host, PROBE_ANSWER, LOOKUP_ABSENT);
    assert_says(host, "never asks DNS");
    assert_says(host, "hosts: files myhostname dns");
    free(host);
}

static void addresses_that_are_not_ours_are_a_fault(void **state)
{
    struct host *host = a_host("nameserver 127.0.0.1\n", "", "dnsmasq-2.90");

    (void)state;
    strcpy(host->facts.zones[0].addresses, "192.0.2.9");
    judge(host, PROBE_ANSWER, LOOKUP_OTHERS);
    assert_false(host->verdict.works);
    assert_says(host, "192.0.2.9");
    assert_says(host, "/etc/hosts");
    free(host);
}

static void addresses_taken_out_by_the_forwarder_are_its_fault(void **state)
{
    struct host *host = a_host("nameserver 127.0.0.1\n", MDNS, "unbound 1.17.1");

    (void)state;
    host->facts.zones[0].through[0] = PROBE_ANSWER;
    host->facts.zones[0].name_through[0] = PROBE_EMPTY;
    host->facts.zones[0].lookup = LOOKUP_ABSENT;
    doctor_judge(&host->facts, &host->verdict);
    assert_int_equal(host->verdict.count, 1);
    assert_says(host, "rebinding");
    assert_says(host, "private-domain: \"service.local\"");
    free(host);
}

static void a_second_name_server_that_does_not_know_is_a_note(void **state)
{
    struct host *host = a_host("nameserver 127.0.0.1\nnameserver 10.0.0.1\n", "", "");

    (void)state;
    host->facts.zones[0].through[1] = PROBE_NXDOMAIN;
    judge(host, PROBE_ANSWER, LOOKUP_FOUND);
    assert_true(host->verdict.works);
    assert_int_equal(host->verdict.count, 1);
    assert_int_equal(host->verdict.findings[0].kind, FINDING_NOTE);
    assert_says(host, "10.0.0.1:53");
    free(host);
}

static void a_no_of_the_first_name_server_is_final(void **state)
{
    struct host *host = a_host("nameserver 127.0.0.1\nnameserver 10.0.0.1\n", "", "");

    (void)state;
    host->facts.zones[0].through[1] = PROBE_ANSWER;
    judge(host, PROBE_NXDOMAIN, LOOKUP_NOT_TRIED);
    assert_false(host->verdict.works);
    memset(&host->verdict, 0, sizeof host->verdict);
    judge(host, PROBE_SILENT, LOOKUP_NOT_TRIED);
    assert_true(host->verdict.works);
    free(host);
}

static void a_zone_of_the_forwarder_itself_is_not_ours(void **state)
{
    struct host *host = a_host("nameserver 127.0.0.1\n", "", "unbound 1.17.1");

    (void)state;
    strcpy(host->facts.zones[0].apex, "10.in-addr.arpa.");
    judge(host, PROBE_FOREIGN, LOOKUP_NOT_TRIED);
    assert_false(host->verdict.works);
    assert_says(host, "a zone of its own");
    assert_says(host, "local-zone: \"10.in-addr.arpa.\" nodefault");
    free(host);
}

static void rollcalld_itself_comes_first(void **state)
{
    struct host *host = a_host("nameserver 127.0.0.1\n", MDNS, "dnsmasq-2.90");

    (void)state;
    host->facts.zones[0].direct = PROBE_CLOSED;
    judge(host, PROBE_SERVFAIL, LOOKUP_NOT_TRIED);
    assert_false(host->verdict.works);
    assert_int_equal(host->verdict.count, 1);
    assert_says(host, "rollcalld at 127.0.0.1:8053 is not there");
    free(host);
}

static void rollcalld_that_refuses_this_host_is_told_its_key(void **state)
{
    struct host *host = a_host("nameserver 127.0.0.1\n", "", "dnsmasq-2.90");

    (void)state;
    host->facts.zones[0].direct = PROBE_REFUSED;
    judge(host, PROBE_REFUSED, LOOKUP_NOT_TRIED);
    assert_int_equal(host->verdict.count, 1);
    assert_says(host, "dns.allow_query");
    free(host);
}

static void a_forwarder_that_is_not_there_can_be_had(void **state)
{
    struct host *host = a_host("", "", "");

    (void)state;
    judge(host, PROBE_CLOSED, LOOKUP_FAILED);
    assert_says(host, "/etc/resolv.conf names no server");
    assert_says(host, "like dnsmasq with these lines:");
    assert_says(host, "server=/service.local/127.0.0.1#8053");
    assert_says(host, "/etc/dnsmasq.d/rollcall.conf");
    free(host);
}

static void resolved_that_is_not_there_is_to_be_started(void **state)
{
    struct host *host = a_host("nameserver 127.0.0.53\n", "", "");

    (void)state;
    host->facts.servers[0].software = SOFTWARE_RESOLVED;
    judge(host, PROBE_CLOSED, LOOKUP_FAILED);
    assert_says(host, "systemctl restart systemd-resolved");
    assert_string_equal(host->verdict.findings[0].lines, "");
    free(host);
}

static void zones_that_were_not_looked_at_do_not_work(void **state)
{
    struct host *host = a_host("nameserver 127.0.0.1\n", "", "dnsmasq-2.90");

    (void)state;
    host->facts.zones_left_out = 3;
    judge(host, PROBE_ANSWER, LOOKUP_FOUND);
    assert_false(host->verdict.works);
    assert_says(host, "3 zones were not looked at");
    free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_found_works_without_a_word),
        cmocka_unit_test(dnsmasq_that_does_not_know_the_zone_gets_its_lines),
        cmocka_unit_test(the_lines_have_the_zone_and_the_address_filled_in),
        cmocka_unit_test(bind_gets_lines_for_two_files),
        cmocka_unit_test(a_reverse_zone_gets_the_lines_of_reverse_zones),
        cmocka_unit_test(the_stub_of_resolved_gets_a_drop_in),
        cmocka_unit_test(a_router_cannot_reach_loopback),
        cmocka_unit_test(multicast_in_the_way_gets_the_line_to_write),
        cmocka_unit_test(multicast_that_lets_the_name_pass_is_only_a_note),
        cmocka_unit_test(multicast_is_not_blamed_outside_of_local),
        cmocka_unit_test(a_hosts_line_without_dns_is_named),
        cmocka_unit_test(addresses_that_are_not_ours_are_a_fault),
        cmocka_unit_test(addresses_taken_out_by_the_forwarder_are_its_fault),
        cmocka_unit_test(a_second_name_server_that_does_not_know_is_a_note),
        cmocka_unit_test(a_no_of_the_first_name_server_is_final),
        cmocka_unit_test(a_zone_of_the_forwarder_itself_is_not_ours),
        cmocka_unit_test(rollcalld_itself_comes_first),
        cmocka_unit_test(rollcalld_that_refuses_this_host_is_told_its_key),
        cmocka_unit_test(a_forwarder_that_is_not_there_can_be_had),
        cmocka_unit_test(resolved_that_is_not_there_is_to_be_started),
        cmocka_unit_test(zones_that_were_not_looked_at_do_not_work),
    };
    return cmocka_run_group_tests_name("cli/doctor_judge", tests, NULL, NULL);
}
