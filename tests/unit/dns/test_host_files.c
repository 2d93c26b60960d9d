/* What resolv.conf and nsswitch.conf say to the resolver of this host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/host_files.h"

static void assert_server(const struct resolv_conf *conf, unsigned index,
                          const char *expected)
{
    char text[ADDRESS_TEXT];

    assert_true(index < conf->server_count);
    address_print(&conf->servers[index], text, sizeof text);
    assert_string_equal(text, expected);
}

static void the_first_three_nameservers_count(void **state)
{
    struct resolv_conf conf;

    (void)state;
    resolv_conf_parse("nameserver 10.0.0.1\n# nameserver 9.9.9.9\n;nameserver 9.9.9.8\n"
                      "nameserver fd00::1\n nameserver\t10.0.0.3 # third\n"
                      "nameserver 10.0.0.4\n",
                      &conf);
    assert_int_equal(conf.server_count, 3);
    assert_server(&conf, 0, "10.0.0.1:53");
    assert_server(&conf, 1, "[fd00::1]:53");
    assert_server(&conf, 2, "10.0.0.3:53");
    assert_false(conf.by_default);
}

static void without_a_nameserver_it_is_this_host(void **state)
{
    struct resolv_conf conf;

    (void)state;
    resolv_conf_parse("nameserver dns.example\nnameserver 127.0.0.1:8053", &conf);
    assert_true(conf.by_default);
    assert_server(&conf, 0, "127.0.0.1:53");
    assert_int_equal(conf.ndots, 1);
}

static void the_last_search_line_counts(void **state)
{
    struct resolv_conf conf;

    (void)state;
    resolv_conf_parse("domain old.example\nsearch a.example  service.local\r\n"
                      "options timeout:1 ndots:5\n",
                      &conf);
    assert_string_equal(conf.search, "a.example service.local");
    assert_int_equal(conf.ndots, 5);
}

static void an_interface_belongs_to_a_link_local_nameserver(void **state)
{
    struct resolv_conf conf;

    (void)state;
    resolv_conf_parse("nameserver fe80::1%lo\n", &conf);
    assert_false(conf.by_default);
    assert_int_not_equal(conf.servers[0].v6.sin6_scope_id, 0);
}

static const char *mdns_in(const char *line)
{
    struct nsswitch nsswitch;

    nsswitch_parse(line, &nsswitch);
    const struct name_source *source = nsswitch_mdns_before_dns(&nsswitch);
    if (source == NULL)
        return "";
    static const char *const known[] = { "mdns", "mdns4", "mdns4_minimal",
                                         "mdns_minimal" };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(source->name, known[i]) == 0)
            return known[i];
    return "unknown";
}

static void multicast_before_dns_is_in_the_way(void **state)
{
    (void)state;
    assert_string_equal(mdns_in("hosts: files mdns4_minimal [NOTFOUND=return] dns\n"),
                        "mdns4_minimal");
    assert_string_equal(mdns_in("passwd: files\nhosts:\tfiles mdns_minimal "
                                "[ notfound=RETURN ] dns mdns"),
                        "mdns_minimal");
    assert_string_equal(mdns_in("hosts: mdns4 [!UNAVAIL=return] resolve"), "mdns4");
    assert_string_equal(mdns_in("hosts: files mdns[NOTFOUND=return]dns"), "mdns");
}

static void multicast_that_lets_dns_be_asked_is_not(void **state)
{
    (void)state;
    assert_string_equal(mdns_in("hosts: files dns mdns4_minimal [NOTFOUND=return]"), "");
    assert_string_equal(mdns_in("hosts: files mdns4_minimal dns"), "");
    assert_string_equal(mdns_in("hosts: files mdns4 [NOTFOUND=continue] dns"), "");
    assert_string_equal(mdns_in("hosts: mdns4 [!NOTFOUND=return] dns"), "");
    assert_string_equal(
        mdns_in("hosts: mymachines resolve [!UNAVAIL=return] mdns4 [NOTFOUND=return]"),
        "");
    assert_string_equal(mdns_in("#hosts: mdns4 [NOTFOUND=return] dns"), "");
    assert_string_equal(mdns_in(""), "");
}

static void assert_suggests(const char *line, const char *expected)
{
    struct nsswitch nsswitch;
    char text[HOST_LINE_TEXT];

    nsswitch_parse(line, &nsswitch);
    nsswitch_suggest(&nsswitch, text, sizeof text);
    assert_string_equal(text, expected);
}

static void dns_is_moved_before_multicast(void **state)
{
    (void)state;
    assert_suggests("hosts: files mdns4_minimal [NOTFOUND=return] dns myhostname",
                    "files dns mdns4_minimal [NOTFOUND=return] myhostname");
    assert_suggests(
        "hosts: mdns_minimal [NOTFOUND=return] resolve [!UNAVAIL=return] files dns",
        "resolve [!UNAVAIL=return] mdns_minimal [NOTFOUND=return] files dns");
}

static void dns_is_added_where_it_is_missing(void **state)
{
    (void)state;
    assert_suggests("hosts: files myhostname", "files myhostname dns");
    assert_suggests("hosts: files mdns4 [NOTFOUND=return]",
                    "files dns mdns4 [NOTFOUND=return]");
}

static void a_line_without_fault_stays_as_it_is(void **state)
{
    (void)state;
    assert_suggests("hosts: files dns [NOTFOUND=return] mdns4",
                    "files dns [NOTFOUND=return] mdns4");
    assert_suggests("", "files dns");
}

static void a_line_with_too_many_sources_is_cut(void **state)
{
    struct nsswitch nsswitch;
    char text[2048] = "hosts:";

    (void)state;
    for (int i = 0; i < 100; i++)
        strcat(text, " a-source");
    nsswitch_parse(text, &nsswitch);
    assert_int_equal(nsswitch.count, HOST_SOURCES);
}

static void local_is_the_last_label(void **state)
{
    (void)state;
    assert_true(name_is_multicast("service.local."));
    assert_true(name_is_multicast("SERVICE.LOCAL"));
    assert_true(name_is_multicast("local."));
    assert_false(name_is_multicast("service.notlocal."));
    assert_false(name_is_multicast("local.example."));
    assert_false(name_is_multicast("."));
}

static void reading_a_file_is_bounded(void **state)
{
    char text[64];
    struct reason why = REASON_NONE;

    (void)state;
    assert_int_equal(host_file_read("/dev/zero", text, sizeof text, &why), ROLLCALL_OK);
    assert_int_equal(host_file_read("/nowhere/at/all", text, sizeof text, &why),
                     ROLLCALL_E_NOTFOUND);
    assert_non_null(strstr(why.text, "/nowhere/at/all"));
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_three_nameservers_count),
        cmocka_unit_test(without_a_nameserver_it_is_this_host),
        cmocka_unit_test(the_last_search_line_counts),
        cmocka_unit_test(an_interface_belongs_to_a_link_local_nameserver),
        cmocka_unit_test(multicast_before_dns_is_in_the_way),
        cmocka_unit_test(multicast_that_lets_dns_be_asked_is_not),
        cmocka_unit_test(dns_is_moved_before_multicast),
        cmocka_unit_test(dns_is_added_where_it_is_missing),
        cmocka_unit_test(a_line_without_fault_stays_as_it_is),
        cmocka_unit_test(a_line_with_too_many_sources_is_cut),
        cmocka_unit_test(local_is_the_last_label),
        cmocka_unit_test(reading_a_file_is_bounded),
    };
    return cmocka_run_group_tests_name("dns/host_files", tests, NULL, NULL);
}
