/* Every rule, with the field that it names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/validate.h"
#include "support/sample.h"

static const struct check_field http_fields[] = {
    { "path", CHECK_FIELD_TEXT, 1, 100, "/", "" },
    { "body", CHECK_FIELD_LINES, 0, 100, NULL, "" },
    { "target", CHECK_FIELD_TEXT, 1, 255, NULL, "" },
    { "tls.skip_verify", CHECK_FIELD_BOOL, 0, 0, "false", "" },
    { "retries", CHECK_FIELD_INT, 0, 5, "0", "" },
    { "expect_status", CHECK_FIELD_STATUS, 0, 0, "200-399", "" },
    { "headers", CHECK_FIELD_MAP, 0, 100, NULL, "" },
    { "command", CHECK_FIELD_LIST, 1, 100, NULL, "" },
    { 0 },
};
static const struct check_schema http = { .kind = "http",
                                          .fields = http_fields,
                                          .needs_target = true };
static const struct check_schema ttl = { .kind = "ttl", .fields = http_fields };
static const struct check_schema *const schemas[] = { &http, &ttl, NULL };

static void refused(const struct rollcall_instance *is, enum rollcall_status status,
                    const char *field, const char *part)
{
    struct reason why = REASON_NONE;

    assert_int_equal(instance_validate(is, schemas, &why), status);
    assert_string_equal(why.field, field);
    if (strstr(why.text, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", why.text, part);
    assert_int_equal(instance_validate(is, schemas, NULL), status);
}

static void accepted(const struct rollcall_instance *is)
{
    struct reason why = REASON_NONE;

    if (instance_validate(is, schemas, &why) != ROLLCALL_OK)
        fail_msg("%s: %s", why.field, why.text);
}

static void a_usual_instance_is_valid(void **state)
{
    struct rollcall_instance is = sample_values("web-1", "web");
    (void)state;
    accepted(&is);
    is.id = "any printable text, up to 255 octets: \xc3\xa9";
    accepted(&is);
}

static void names_must_be_lower_case_dns_labels(void **state)
{
    static const char *const bad[] = { "Web", "web_1", "-web", "web-", "a.b", "w b" };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct rollcall_instance is = sample_values("x", bad[i]);
        refused(&is, ROLLCALL_E_INVALID, "service", bad[i]);
        is = sample_values("x", "web");
        is.namespace_name = bad[i];
        refused(&is, ROLLCALL_E_INVALID, "namespace", bad[i]);
    }
    struct rollcall_instance is = sample_values("x", "");
    refused(&is, ROLLCALL_E_MISSING_FIELD, "service", "missing");
}

static void an_id_has_1_to_255_printable_characters(void **state)
{
    char id[300];
    (void)state;
    memset(id, 'i', sizeof id);
    id[256] = '\0';
    struct rollcall_instance is = sample_values(id, "web");
    refused(&is, ROLLCALL_E_INVALID, "id", "256 octets");
    id[255] = '\0';
    accepted(&is);
    is.id = "a\nb";
    refused(&is, ROLLCALL_E_INVALID, "id", "control");
}

static void an_instance_needs_an_address_or_a_host(void **state)
{
    struct rollcall_instance is = sample_values("x", "web");
    (void)state;
    is.address_count = 0;
    refused(&is, ROLLCALL_E_MISSING_FIELD, "address", "missing");
    is.host = "www.example.net.";
    accepted(&is);
    is.address_count = 1;
    refused(&is, ROLLCALL_E_INVALID, "addresses", "either");
}

static void a_mistyped_address_is_not_taken_for_a_host(void **state)
{
    struct rollcall_instance is = sample_values("x", "web");
    (void)state;
    is.address_count = 0;
    is.host = "10.0.0.300";
    refused(&is, ROLLCALL_E_INVALID, "address", "10.0.0.300");
    is.host = "a..b";
    refused(&is, ROLLCALL_E_INVALID, "address", "a..b");
    is.host = "http://web";
    refused(&is, ROLLCALL_E_INVALID, "address", "http://web");
}

static void an_address_that_means_all_or_stands_twice_is_refused(void **state)
{
    const struct rollcall_address any = { 4, { 0 } };
    const struct rollcall_address twice[] = { { 4, { 10, 0, 0, 1 } },
                                              { 4, { 10, 0, 0, 1 } } };
    struct rollcall_instance is = sample_values("x", "web");
    (void)state;
    is.addresses = &any;
    refused(&is, ROLLCALL_E_INVALID, "address", "0.0.0.0");
    is.addresses = twice;
    is.address_count = 2;
    refused(&is, ROLLCALL_E_INVALID, "addresses", "twice");
}

static void port_names_follow_rfc_6335(void **state)
{
    static const char *const bad[] = {
        "80", "a--b", "-a", "sixteen-letters-", "a_b", "A"
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct rollcall_port port = { bad[i], 80, ROLLCALL_TCP };
        struct rollcall_instance is = sample_values("x", "web");
        char field[40];
        is.ports = &port;
        is.port_count = 1;
        snprintf(field, sizeof field, "ports.%s", bad[i]);
        refused(&is, ROLLCALL_E_INVALID, field, "RFC 6335");
    }
}

static void one_port_name_may_serve_two_protocols_but_not_one_twice(void **state)
{
    struct rollcall_port ports[] = { { "dns", 53, ROLLCALL_UDP },
                                     { "dns", 53, ROLLCALL_TCP } };
    struct rollcall_instance is = sample_values("x", "web");
    (void)state;
    is.ports = ports;
    is.port_count = 2;
    accepted(&is);
    ports[1].protocol = ROLLCALL_UDP;
    refused(&is, ROLLCALL_E_INVALID, "ports.dns", "twice");
}

static void tags_are_counted_and_told_apart(void **state)
{
    const char *tags[MODEL_TAGS_MAX + 1];
    char texts[MODEL_TAGS_MAX + 1][8];
    struct rollcall_instance is = sample_values("x", "web");
    (void)state;
    for (int i = 0; i <= MODEL_TAGS_MAX; i++) {
        snprintf(texts[i], sizeof texts[i], "t%d", i);
        tags[i] = texts[i];
    }
    is.tags = tags;
    is.tag_count = MODEL_TAGS_MAX;
    accepted(&is);
    is.tag_count = MODEL_TAGS_MAX + 1;
    refused(&is, ROLLCALL_E_INVALID, "tags", "64");
    is.tag_count = 2;
    tags[1] = tags[0];
    refused(&is, ROLLCALL_E_INVALID, "tags[1]", "twice");
    tags[1] = "";
    refused(&is, ROLLCALL_E_MISSING_FIELD, "tags[1]", "empty");
}

static void meta_is_bounded_in_keys_and_values(void **state)
{
    char key[200], value[600];
    struct rollcall_pair meta[] = { { "a", "1" }, { "a", "2" } };
    struct rollcall_instance is = sample_values("x", "web");
    (void)state;
    memset(key, 'k', sizeof key);
    memset(value, 'v', sizeof value);
    key[129] = value[513] = '\0';
    is.meta = meta;
    is.meta_count = 2;
    refused(&is, ROLLCALL_E_INVALID, "meta.a", "twice");
    is.meta_count = 1;
    meta[0].value = value;
    refused(&is, ROLLCALL_E_INVALID, "meta.a", "513 octets");
    meta[0] = (struct rollcall_pair){ key, "" };
    refused(&is, ROLLCALL_E_INVALID, "meta", "129 octets");
    key[128] = '\0';
    accepted(&is);
}

static void an_annex_has_at_most_sixteen_kibibytes(void **state)
{
    struct rollcall_instance is = sample_values("web-1", "web");
    static char annex[MODEL_ANNEX_MAX + 2];
    (void)state;
    memset(annex, '{', sizeof annex - 1);
    is.annex = annex;
    refused(&is, ROLLCALL_E_INVALID, "", "at most 16384");
    annex[MODEL_ANNEX_MAX] = '\0';
    accepted(&is);
}

static void leases_are_in_range(void **state)
{
    struct rollcall_instance is = sample_values("x", "web");
    (void)state;
    is.lease = (struct rollcall_lease){ .kind = ROLLCALL_LEASE_TTL, .ms = 10 };
    refused(&is, ROLLCALL_E_INVALID, "lease.ttl", "10 ms");
    is.lease.ms = 10000;
    accepted(&is);
    is.lease = (struct rollcall_lease){ .kind = ROLLCALL_LEASE_CONNECTION, .ms = 0 };
    accepted(&is);
    is.lease = (struct rollcall_lease){ .kind = ROLLCALL_LEASE_PID, .pid = 0 };
    refused(&is, ROLLCALL_E_INVALID, "lease.pid", "0");
}

static void refused_check(const struct rollcall_check *check, enum rollcall_status status,
                          const char *field, const char *part)
{
    struct rollcall_instance is = sample_values("x", "web");
    is.checks = check;
    is.check_count = 1;
    refused(&is, status, field, part);
}

static struct rollcall_check http_check(const struct rollcall_pair *options,
                                        uint16_t count)
{
    struct rollcall_check check = sample_check("alive");
    check.kind = "http";
    check.options = options;
    check.option_count = count;
    return check;
}

static void the_numbers_of_a_check_are_in_range(void **state)
{
    struct rollcall_check check = http_check(NULL, 0);
    (void)state;
    check.interval_ms = 99;
    refused_check(&check, ROLLCALL_E_INVALID, "checks[0].interval", "100");
    check = http_check(NULL, 0);
    check.timeout_ms = 0;
    refused_check(&check, ROLLCALL_E_INVALID, "checks[0].timeout", "0 ms");
    check = http_check(NULL, 0);
    check.failure_threshold = 0;
    refused_check(&check, ROLLCALL_E_INVALID, "checks[0].failure_threshold", "1 to");
}

static void an_unknown_kind_is_told_the_known_ones(void **state)
{
    struct rollcall_check check = http_check(NULL, 0);
    (void)state;
    check.kind = "ping";
    refused_check(&check, ROLLCALL_E_INVALID, "checks[0].kind", "http, ttl");
    check.kind = "";
    refused_check(&check, ROLLCALL_E_MISSING_FIELD, "checks[0].kind", "missing");
}

static void options_are_held_against_the_table_of_the_kind(void **state)
{
    static const struct {
        struct rollcall_pair option;
        enum rollcall_status status;
        const char *field;
    } bad[] = {
        { { "pth", "/" }, ROLLCALL_E_UNKNOWN_FIELD, "checks[0].pth" },
        { { "path", "" }, ROLLCALL_E_MISSING_FIELD, "checks[0].path" },
        { { "tls.skip_verify", "yes" }, ROLLCALL_E_INVALID, "checks[0].tls.skip_verify" },
        { { "retries", "6" }, ROLLCALL_E_INVALID, "checks[0].retries" },
        { { "retries", "x" }, ROLLCALL_E_INVALID, "checks[0].retries" },
        { { "expect_status", "20" }, ROLLCALL_E_INVALID, "checks[0].expect_status" },
        { { "expect_status", "399-200" }, ROLLCALL_E_INVALID, "checks[0].expect_status" },
        { { "headers", "x" }, ROLLCALL_E_UNKNOWN_FIELD, "checks[0].headers" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct rollcall_check check = http_check(&bad[i].option, 1);
        refused_check(&check, bad[i].status, bad[i].field, "");
    }
    const struct rollcall_pair good[] = {
        { "path", "/health" },        { "tls.skip_verify", "true" },
        { "retries", "5" },           { "expect_status", "200-399,404" },
        { "headers.X-Token", "abc" }, { "command", "a" },
        { "command", "b" },
    };
    struct rollcall_check check = http_check(good, 7);
    struct rollcall_instance is = sample_values("x", "web");
    is.checks = &check;
    is.check_count = 1;
    accepted(&is);
}

static void only_a_text_of_lines_may_have_line_breaks(void **state)
{
    struct rollcall_pair option = { "body", "one\r\n\ttwo\n" };
    struct rollcall_check check = http_check(&option, 1);
    struct rollcall_instance is = sample_values("x", "web");
    (void)state;
    is.checks = &check;
    is.check_count = 1;
    accepted(&is);
    option.value = "\x1b[31m";
    refused(&is, ROLLCALL_E_INVALID, "checks[0].body", "control");
    option = (struct rollcall_pair){ "path", "/one\ntwo" };
    refused(&is, ROLLCALL_E_INVALID, "checks[0].path", "control");
}

static void an_option_is_given_once_unless_it_is_a_list(void **state)
{
    const struct rollcall_pair twice[] = { { "path", "/a" }, { "path", "/b" } };
    struct rollcall_check check = http_check(twice, 2);
    (void)state;
    refused_check(&check, ROLLCALL_E_INVALID, "checks[0].path", "twice");
}

static void a_check_that_probes_needs_something_to_probe(void **state)
{
    const struct rollcall_pair target = { "target", "10.0.0.9:80" };
    struct rollcall_check check = http_check(NULL, 0);
    struct rollcall_instance is = sample_values("x", "web");
    (void)state;
    is.checks = &check;
    is.check_count = 1;
    is.port = 0;
    refused(&is, ROLLCALL_E_MISSING_FIELD, "checks[0].target", "port");
    check = http_check(&target, 1);
    accepted(&is);
    check = http_check(NULL, 0);
    check.kind = "ttl";
    accepted(&is);
}

static void two_checks_have_two_names(void **state)
{
    struct rollcall_check checks[] = { http_check(NULL, 0), http_check(NULL, 0) };
    struct rollcall_instance is = sample_values("x", "web");
    (void)state;
    is.checks = checks;
    is.check_count = 2;
    refused(&is, ROLLCALL_E_INVALID, "checks[1].name", "alive");
    checks[1].name = "ready";
    accepted(&is);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_usual_instance_is_valid),
        cmocka_unit_test(names_must_be_lower_case_dns_labels),
        cmocka_unit_test(an_id_has_1_to_255_printable_characters),
        cmocka_unit_test(an_instance_needs_an_address_or_a_host),
        cmocka_unit_test(a_mistyped_address_is_not_taken_for_a_host),
        cmocka_unit_test(an_address_that_means_all_or_stands_twice_is_refused),
        cmocka_unit_test(port_names_follow_rfc_6335),
        cmocka_unit_test(one_port_name_may_serve_two_protocols_but_not_one_twice),
        cmocka_unit_test(tags_are_counted_and_told_apart),
        cmocka_unit_test(meta_is_bounded_in_keys_and_values),
        cmocka_unit_test(an_annex_has_at_most_sixteen_kibibytes),
        cmocka_unit_test(leases_are_in_range),
        cmocka_unit_test(the_numbers_of_a_check_are_in_range),
        cmocka_unit_test(an_unknown_kind_is_told_the_known_ones),
        cmocka_unit_test(options_are_held_against_the_table_of_the_kind),
        cmocka_unit_test(only_a_text_of_lines_may_have_line_breaks),
        cmocka_unit_test(an_option_is_given_once_unless_it_is_a_list),
        cmocka_unit_test(a_check_that_probes_needs_something_to_probe),
        cmocka_unit_test(two_checks_have_two_names),
    };
    return cmocka_run_group_tests_name("model/validate", tests, NULL, NULL);
}
