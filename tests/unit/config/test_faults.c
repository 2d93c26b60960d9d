/* What is said about a bad configuration, to the letter. */
#include "reading.h"

struct bad {
    const char *text;
    const char *override;
    const char *said; /* all of it */
};

static const struct bad bad_keys[] = {
    { "dns:\n  worker: 2\n", NULL,
      "test.yaml:2:3: dns.worker: unknown key; did you mean dns.workers?\n" },
    { "zone: []\n", NULL, "test.yaml:1:1: zone: unknown key; did you mean zones?\n" },
    { "workers: 2\n", NULL,
      "test.yaml:1:1: workers: unknown key; did you mean dns.workers?\n" },
    { "banana: 2\n", NULL,
      "test.yaml:1:1: banana: unknown key; rollcall config reference lists all\n" },
    { "zones:\n  - apex: a.b\n    tll: 5\n", NULL,
      "test.yaml:3:5: zones.0.tll: unknown key; did you mean zones.0.ttl?\n" },
    { "node: a\nnode: b\n", NULL,
      "test.yaml:2:1: node: given twice; the first is in line 1\n" },
    { "zones:\n  - apex: a.b\n  - apex: b.c\n    ttl: 5s\n    ttl: 6s\n", NULL,
      "test.yaml:5:5: zones.1.ttl: given twice; the first is in line 4\n" },
    { "dns: {udp_max: 512, udp_max: 600}\n", NULL,
      "test.yaml:1:21: dns.udp_max: given twice; the first is in line 1\n" },
    { "zones:\n  - layout: flat\n", NULL,
      "test.yaml:2:5: zones.0.apex: missing; every entry needs it\n" },
};

static const struct bad bad_values[] = {
    { "dns:\n  workers: 0\n", NULL,
      "test.yaml:2:12: dns.workers: \"0\" is not allowed; must be a number from 1 to "
      "256, or auto\n" },
    { "dns:\n  workers: 257\n", NULL,
      "test.yaml:2:12: dns.workers: \"257\" is not allowed; must be a number from 1 to "
      "256, or auto\n" },
    { "dns:\n  tcp_idle: 10\n", NULL,
      "test.yaml:2:13: dns.tcp_idle: \"10\" is not allowed; must be a duration from "
      "100ms to 1h\n" },
    { "dns:\n  listen: {a: b}\n", NULL,
      "test.yaml:2:11: dns.listen: a section where a list is expected\n" },
    { "dns:\n  listen: here\n", NULL,
      "test.yaml:2:11: dns.listen: \"here\" is not allowed; must be an address with its "
      "port, like 127.0.0.1:8053 or \"[::1]:8053\"\n" },
    { "dns:\n  listen: [127.0.0.1]\n", NULL,
      "test.yaml:2:12: dns.listen: \"127.0.0.1\" is not allowed; must be an address with "
      "its port, like 127.0.0.1:8053 or \"[::1]:8053\"\n" },
    { "dns:\n  listen: [\"127.0.0.1:0\"]\n", NULL,
      "test.yaml:2:12: dns.listen: \"127.0.0.1:0\" is not allowed; must be an address "
      "with its port, like 127.0.0.1:8053 or \"[::1]:8053\"\n" },
    { "dns:\n  listen: []\n", NULL,
      "test.yaml:2:11: dns.listen: 0 entries; at least 1 and at most 64 are allowed\n" },
    { "dns:\n  listen: [\"[::1]:53\", \"[::1]:53\"]\n", NULL,
      "test.yaml:2:11: dns.listen: [::1]:53 is given twice\n" },
    { "dns: 5\n", NULL, "test.yaml:1:6: dns: one value where a section is expected\n" },
    { "node: [a]\n", NULL, "test.yaml:1:7: node: a list where one value is expected\n" },
    { "node: n_1\n", NULL,
      "test.yaml:1:7: node: \"n_1\" is not allowed; must be a DNS label: 1 to 63 "
      "letters, "
      "digits and inner hyphens\n" },
    { "log:\n  level: loud\n", NULL,
      "test.yaml:2:10: log.level: \"loud\" is not allowed; must be error, warning, info "
      "or debug\n" },
    { "log:\n  syslog: yes\n", NULL,
      "test.yaml:2:11: log.syslog: \"yes\" is not allowed; must be true or false\n" },
    { "registry:\n  socket_mode: rw\n", NULL,
      "test.yaml:2:16: registry.socket_mode: \"rw\" is not allowed; must be a file mode "
      "in octal, like 0660\n" },
    { "services:\n  - name: a_b\n", NULL,
      "test.yaml:2:11: services.0.name: \"a_b\" is not allowed; must be a DNS label: 1 "
      "to 63 letters, digits and inner hyphens\n" },
    { "services:\n  - name: a\n    meta: {\"a=b\": c}\n", NULL,
      "test.yaml:3:12: services.0.meta.a=b: a key of 1 to 128 octets without \"=\" and a "
      "text of at most 512 are allowed\n" },
};

static const struct bad bad_networks[] = {
    { "dns:\n  allow_query: [10.0.0.1/8]\n", NULL,
      "test.yaml:2:17: dns.allow_query: \"10.0.0.1/8\" is not allowed; must be a network "
      "like 10.0.0.0/8 or \"fd00::/8\" without bits behind its prefix, an address, or "
      "any\n" },
    { "zones: [{apex: a.b, allow_transfer: \"fd00::1/64\"}]\n", NULL,
      "test.yaml:1:37: zones.0.allow_transfer: \"fd00::1/64\" is not allowed; must be a "
      "network like 10.0.0.0/8 or \"fd00::/8\" without bits behind its prefix, an "
      "address, or any\n" },
};

static const struct bad bad_maps[] = {
    { "zones:\n  - apex: a.b\n    ttls:\n      db: 5s\n      \"d*b\": 5s\n", NULL,
      "test.yaml:5:7: zones.0.ttls.d*b: no name of a service, nor the beginning of names "
      "with a star behind it, like \"db*\"\n" },
    { "zones:\n  - apex: a.b\n    ttls:\n      db: 5s\n      web: 1x\n", NULL,
      "test.yaml:5:12: zones.0.ttls.web: \"1x\" is not allowed; must be a duration from "
      "0s to 1d in whole seconds\n" },
    { "zones:\n  - apex: a.b\n    ttls: {DB: 5s, db: 6s}\n", NULL,
      "test.yaml:3:20: zones.0.ttls.db: given twice; case does not matter\n" },
    { "zones:\n  - apex: a.b\n    type_answers: {TXT: 5}\n", NULL,
      "test.yaml:3:20: zones.0.type_answers.TXT: no such type here; must be one of A, "
      "AAAA, SRV, SVCB, HTTPS and PTR\n" },
    { "zones:\n  - apex: a.b\n    type_answers: {A: 1001}\n", NULL,
      "test.yaml:3:23: zones.0.type_answers.A: \"1001\" is not allowed; must be a number "
      "from 0 to 1000\n" },
    { "zones:\n  - apex: a.b\n    type_answers: {A: 1, a: 2}\n", NULL,
      "test.yaml:3:26: zones.0.type_answers.a: given twice; case does not matter\n" },
};

static const struct bad bad_names[] = {
    { "zones: [{apex: a.test, layout: reverse}]\n", NULL,
      "test.yaml:1:16: zones.0.apex: a.test. holds no addresses; a zone of layout "
      "reverse "
      "lies below in-addr.arpa. or ip6.arpa., like 10.in-addr.arpa.\n" },
    { "zones: [{apex: 300.in-addr.arpa, layout: reverse}]\n", NULL,
      "test.yaml:1:16: zones.0.apex: 300.in-addr.arpa. holds no addresses; below "
      "in-addr.arpa. are at most 4 numbers from 0 to 255, like 10.in-addr.arpa.\n" },
    { "zones: [{apex: fd.ip6.arpa, layout: reverse}]\n", NULL,
      "test.yaml:1:16: zones.0.apex: fd.ip6.arpa. holds no addresses; below ip6.arpa. "
      "are "
      "at most 32 single hexadecimal digits, like d.f.ip6.arpa.\n" },
    { "zones: [{apex: a.b, ns: [ns, ns.a.b.]}]\n", NULL,
      "test.yaml:1:25: zones.0.ns: ns.a.b. is given twice\n" },
    { "zones: [{apex: a.b, datacenter: a.b}]\n", NULL,
      "test.yaml:1:33: zones.0.datacenter: \"a.b\" is not allowed; must be a DNS label: "
      "1 "
      "to 63 letters, digits and inner hyphens, or empty\n" },
    { "services:\n  - name: ns\n", NULL,
      "test.yaml:2:11: services.0.name: ns is a reserved word in service.local., and no "
      "other zone has a name for it; reserved are addr, node, ns, dc, query, svc, pod, "
      "dns-version and the name servers of the zone\n" },
    { "zones: [{apex: a.b, ns: [one.a.b., two]}]\nservices: [{name: Two}]\n", NULL,
      "test.yaml:2:19: services.0.name: two is a reserved word in a.b., and no other "
      "zone "
      "has a name for it; reserved are addr, node, ns, dc, query, svc, pod, dns-version "
      "and the name servers of the zone\n" },
    { "keys: [{name: k, secret: \"no*base64\"}]\n", NULL,
      "test.yaml:1:26: keys.0.secret: not base64 (RFC 4648), like what `head -c 32 "
      "/dev/urandom | base64` prints\n" },
};

static const struct bad bad_rules[] = {
    { "zones: []\n", NULL,
      "test.yaml:1:8: zones: 0 entries; at least 1 and at most 256 are allowed\n" },
    { "zones:\n  - apex: local.\n", NULL,
      "test.yaml:2:11: zones.0.apex: local. belongs to multicast DNS (RFC 6762); use a "
      "name below it, like service.local.\n" },
    { "zones: [{apex: a.b}, {apex: A.B.}]\n", NULL,
      "test.yaml:1:29: zones.1.apex: a.b. is given twice; the first is zones.0\n" },
    { "zones: [{apex: a..b}]\n", NULL,
      "test.yaml:1:16: zones.0.apex: \"a..b\" is not allowed; must be a DNS name: labels "
      "of letters, digits and hyphens, with dots\n" },
    { "zones: [{apex: a.b, ns: [ns.c.], ns_addresses: [10.0.0.1]}]\n", NULL,
      "test.yaml:1:48: zones.0.ns_addresses: no name of zones.0.ns lies in a.b.; "
      "addresses belong to such a name\n" },
    { "zones: [{apex: a.b, notify: \"10.0.0.1:53\"}]\n", NULL,
      "test.yaml:1:29: zones.0.notify: these would be told of changes and may not fetch "
      "them; give allow_transfer or transfer_keys too\n" },
    { "services: [{name: web}, {name: WEB}]\n", NULL,
      "test.yaml:1:32: services.1.name: web is given twice; the first is services.0\n" },
};

static const struct bad bad_yaml[] = {
    { "dns:\n\tworkers: 2\n", NULL,
      "test.yaml:2:1: a tab in the indentation; YAML wants spaces\n" },
    { "node: a\n---\nnode: b\n", NULL,
      "test.yaml:2:1: a second document (---); one file is one document\n" },
    { "node: &x a\n", NULL,
      "test.yaml:1:7: anchors (&x) are not used here; write the value out\n" },
    { "node: a\ndatacenter: *x\n", NULL,
      "test.yaml:2:13: aliases (*x) are not used here; write the value out\n" },
    { "node: !!str a\n", NULL,
      "test.yaml:1:7: tags (tag:yaml.org,2002:str) are not used here; leave it out\n" },
    { "dns:\n  listen:\n    - [::1]:53\n", NULL,
      "test.yaml:3:8: not valid YAML: did not find expected node content; an address in "
      "brackets needs quotes: \"[::1]:8053\"\n" },
    { "node: \xff\n", NULL,
      "test.yaml:1:7: this is not UTF-8 text, or holds a control character\n" },
    { "node: \"a\\0b\"\n", NULL, "test.yaml:1:7: the text holds a zero byte\n" },
    { "5\n", NULL,
      "test.yaml:1:1: the file must be keys with values, like \"node: n1\"\n" },
    { "? [a]\n: b\n", NULL,
      "test.yaml:1:3: a key must be a word, not a list, a map or an alias\n" },
};

static const struct bad bad_overrides[] = {
    { "", "dns.worker=2",
      "--set dns.worker=2: dns.worker: unknown key; did you mean dns.workers?\n" },
    { "", "dns.workers=none",
      "--set dns.workers=none: dns.workers: \"none\" is not allowed; must be a number "
      "from 1 to 256, or auto\n" },
    { "", "dns.workers", "--set dns.workers: not of the form section.key=value\n" },
    { "node: a\n", "node.x=1",
      "--set node.x=1: node: is one value in the file; it has no keys below it\n" },
    { "zones: [{apex: a.b}]\n", "zones.4.apex=x",
      "--set zones.4.apex=x: zones.4: no such entry; the list has 1, the next would be "
      "zones.1\n" },
    { "", "zones.2.apex=x",
      "--set zones.2.apex=x: zones.2: no such entry; the list has 1, the next would be "
      "zones.1\n" },
    { "", "keys.1.name=x",
      "--set keys.1.name=x: keys.1: no such entry; the list has 0, the next would be "
      "keys.0\n" },
    { "dns: {listen: [\"127.0.0.1:53\"]}\n", "dns.listen.x=x",
      "--set dns.listen.x=x: dns.listen.x: no such entry; the list has 1, the next would "
      "be dns.listen.1\n" },
};

static void judge(const struct bad *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct reading reading = reading_of(cases[i].text, cases[i].override);
        assert_string_equal(reading.said, cases[i].said);
        assert_int_equal(reading.status, ROLLCALL_E_CONFIG);
        assert_null(reading.config);
        assert_string_equal(strchr(reading.said, '\n'), "\n");
        assert_memory_equal(reading.why.text, reading.said, strlen(reading.said) - 1);
        reading_end(&reading);
    }
}

#define JUDGE(cases) judge((cases), sizeof(cases) / sizeof *(cases))

static void a_wrong_key_gets_its_place_and_the_nearest_known_one(void **state)
{
    (void)state;
    JUDGE(bad_keys);
}

static void a_wrong_value_is_told_what_is_allowed(void **state)
{
    (void)state;
    JUDGE(bad_values);
}

static void rules_between_keys_are_kept(void **state)
{
    (void)state;
    JUDGE(bad_rules);
}

static void a_network_says_no_more_than_its_prefix(void **state)
{
    (void)state;
    JUDGE(bad_networks);
}

static void a_fault_in_a_map_has_the_place_of_its_entry(void **state)
{
    (void)state;
    JUDGE(bad_maps);
}

static void a_name_that_dns_could_not_give_is_refused(void **state)
{
    (void)state;
    JUDGE(bad_names);
}

static void a_word_that_one_layout_reserves_is_free_in_another(void **state)
{
    (void)state;
    struct reading reading = reading_of("zones:\n"
                                        "  - apex: a.b\n"
                                        "  - {apex: consul, layout: consul}\n"
                                        "services:\n"
                                        "  - name: node\n",
                                        NULL);

    assert_string_equal(reading.said, "");
    assert_true(config_zone_reserves(&reading.config->zones[0], "node"));
    assert_true(config_zone_reserves(&reading.config->zones[0], "ns"));
    assert_false(config_zone_reserves(&reading.config->zones[0], "nodes"));
    assert_false(config_zone_reserves(&reading.config->zones[1], "node"));
    reading_end(&reading);
}

static void an_apex_leaves_room_for_its_name_server(void **state)
{
    (void)state;
    char text[512] = "zones: [{apex: ";

    for (int i = 0; i < 123; i++)
        strcat(text, "a.");
    strcat(text, "abc.}]"); /* 249 characters and the dot; "ns." would make 253 */
    struct reading reading = reading_of(text, NULL);
    assert_null(strstr(reading.said, "zones.0.ns"));
    assert_non_null(strstr(reading.said, "test.yaml:1:9: zones.0.hostmaster: hostmaster "
                                         "below this apex is longer than the 253 "
                                         "characters of a DNS name"));
    reading_end(&reading);
}

static void an_override_of_the_default_zone_keeps_the_rest_of_it(void **state)
{
    (void)state;
    struct reading reading = reading_of("", "zones.0.ttl=9s");

    assert_string_equal(reading.said, "");
    assert_string_equal(reading.config->zones[0].apex, "service.local.");
    assert_int_equal(reading.config->zones[0].ttl, 9);
    reading_end(&reading);
    reading = reading_of("", "zones.1.apex=a.b");
    assert_string_equal(reading.said, "");
    assert_int_equal(reading.config->zone_count, 2);
    assert_string_equal(reading.config->zones[0].apex, "service.local.");
    assert_string_equal(reading.config->zones[1].apex, "a.b.");
    reading_end(&reading);
}

static void yaml_that_means_more_than_it_shows_is_refused(void **state)
{
    (void)state;
    JUDGE(bad_yaml);
}

static void an_override_is_checked_by_the_same_table(void **state)
{
    (void)state;
    JUDGE(bad_overrides);
}

static void every_fault_is_reported_and_the_first_is_the_reason(void **state)
{
    (void)state;
    struct reading reading = reading_of("node: n_1\n"
                                        "dns:\n"
                                        "  workers: 0\n"
                                        "  listen: [x]\n"
                                        "log: {level: loud}\n",
                                        "registry.store=etcd");

    assert_non_null(strstr(reading.said, "test.yaml:1:7: node: "));
    assert_non_null(strstr(reading.said, "test.yaml:3:12: dns.workers: "));
    assert_non_null(strstr(reading.said, "test.yaml:4:12: dns.listen: "));
    assert_non_null(strstr(reading.said, "test.yaml:5:14: log.level: "));
    assert_non_null(strstr(reading.said, "--set registry.store=etcd: registry.store: "));
    assert_string_equal(reading.why.field, "node");
    reading_end(&reading);
}

/* `open` `count` times, `middle`, `close` as often. */
static char *repeated(const char *start, char open, size_t count, char close)
{
    size_t before = strlen(start);
    char *text = malloc(before + 2 * count + 1);

    assert_non_null(text);
    memcpy(text, start, before);
    memset(text + before, open, count);
    memset(text + before + count, close, count);
    text[before + 2 * count] = '\0';
    return text;
}

static void judge_size(char *text, const char *said)
{
    struct reading reading = reading_of(text, NULL);

    assert_non_null(strstr(reading.said, said));
    assert_int_equal(reading.status, ROLLCALL_E_CONFIG);
    reading_end(&reading);
    free(text);
}

static void what_is_too_deep_too_long_or_too_large_is_no_configuration(void **state)
{
    (void)state;
    judge_size(repeated("node: ", '[', 16, ']'), "more than 16 levels deep");
    judge_size(repeated("# ", '#', 1024 * 512, '#'), "larger than 1 MiB");

    char *many = repeated("node: [", ',', 10002, ' ');
    for (char *at = strchr(many, ','), *end = strchr(many, '\0'); at < end; at++)
        *at = (at - many) % 2 == 0 ? ',' : '1';
    many[strlen(many) - 1] = ']';
    judge_size(many, "more than 10000 values");
}

static void a_missing_file_says_so(void **state)
{
    (void)state;
    struct config *config = NULL;
    struct reason why = REASON_NONE;

    assert_int_equal(
        config_read("/nonexistent/rollcall.yaml", NULL, 0, NULL, &config, &why),
        ROLLCALL_E_CONFIG);
    assert_string_equal(why.text, "/nonexistent/rollcall.yaml: cannot read the "
                                  "configuration: there is no such file");
    assert_int_equal(config_read("/", NULL, 0, NULL, &config, &why), ROLLCALL_E_CONFIG);
    assert_non_null(strstr(why.text, "directory"));
    assert_null(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_key_gets_its_place_and_the_nearest_known_one),
        cmocka_unit_test(a_wrong_value_is_told_what_is_allowed),
        cmocka_unit_test(rules_between_keys_are_kept),
        cmocka_unit_test(a_network_says_no_more_than_its_prefix),
        cmocka_unit_test(a_fault_in_a_map_has_the_place_of_its_entry),
        cmocka_unit_test(a_name_that_dns_could_not_give_is_refused),
        cmocka_unit_test(a_word_that_one_layout_reserves_is_free_in_another),
        cmocka_unit_test(an_apex_leaves_room_for_its_name_server),
        cmocka_unit_test(an_override_of_the_default_zone_keeps_the_rest_of_it),
        cmocka_unit_test(yaml_that_means_more_than_it_shows_is_refused),
        cmocka_unit_test(an_override_is_checked_by_the_same_table),
        cmocka_unit_test(every_fault_is_reported_and_the_first_is_the_reason),
        cmocka_unit_test(what_is_too_deep_too_long_or_too_large_is_no_configuration),
        cmocka_unit_test(a_missing_file_says_so),
    };
    return cmocka_run_group_tests_name("config/faults", tests, NULL, NULL);
}
