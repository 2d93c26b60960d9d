/* Automatic ids and DNS labels (docs/decisions/0001-automatic-ids.md). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/address.h"
#include "dns/name.h"
#include "model/identity.h"
#include "support/sample.h"

static const char *auto_id(const char *address, const char *host, uint16_t port,
                           const char *namespace_name, char *out)
{
    struct rollcall_instance is = sample_values("", "web");
    struct rollcall_address ip;

    is.address_count = 0;
    if (address != NULL) {
        assert_true(address_parse_ip(address, &ip));
        is.addresses = &ip;
        is.address_count = 1;
    }
    is.host = host;
    is.port = port;
    is.namespace_name = namespace_name;
    instance_auto_id(&is, out, 256);
    return out;
}

static void an_automatic_id_has_service_address_and_port(void **state)
{
    char id[256];
    (void)state;
    assert_string_equal(auto_id("10.0.0.1", "", 8080, "default", id),
                        "web-10-0-0-1-8080");
    assert_string_equal(auto_id("fd00::2", "", 8080, "default", id), "web-fd00--2-8080");
    assert_string_equal(auto_id("10.0.0.1", "", 0, "default", id), "web-10-0-0-1-0");
    assert_string_equal(auto_id(NULL, "www.example.net", 443, "default", id),
                        "web-www-example-net-443");
    assert_string_equal(auto_id("10.0.0.1", "", 80, "staging", id),
                        "web.staging-10-0-0-1-80");
}

static void a_dashed_address_never_begins_or_ends_with_a_hyphen(void **state)
{
    char id[256];
    (void)state;
    assert_string_equal(auto_id("::1", "", 80, "default", id), "web-0--1-80");
    assert_string_equal(auto_id("fd00::", "", 80, "default", id), "web-fd00--0-80");
}

static void a_very_long_host_still_gives_an_id_that_fits(void **state)
{
    char host[254], id[256], other[256];
    (void)state;
    memset(host, 'a', sizeof host - 1);
    for (size_t i = 60; i < sizeof host - 1; i += 61)
        host[i] = '.';
    host[sizeof host - 1] = '\0';
    struct rollcall_instance is = sample_values("", "web");
    char service[64];
    memset(service, 's', 63);
    service[63] = '\0';
    is.service = service;
    is.address_count = 0;
    is.host = host;
    instance_auto_id(&is, id, sizeof id);
    assert_int_equal(strlen(id), 255);
    host[252] = 'b';
    instance_auto_id(&is, other, sizeof other);
    assert_string_not_equal(id, other);
}

static void the_label_of_an_automatic_id_is_address_and_port(void **state)
{
    char label[IDENTITY_LABEL_SIZE];
    struct rollcall_instance is = sample_values("web-10-0-0-1-8080", "web");
    (void)state;
    assert_true(instance_plain_label(&is, label));
    assert_string_equal(label, "10-0-0-1-8080");
    is.port = 81; /* the same id, chosen by hand for another port */
    assert_true(instance_plain_label(&is, label));
    assert_string_equal(label, "web-10-0-0-1-8080");
}

static void an_id_is_its_own_label_in_lower_case(void **state)
{
    char label[IDENTITY_LABEL_SIZE];
    struct rollcall_instance is = sample_values("Web-1", "web");
    (void)state;
    assert_true(instance_plain_label(&is, label));
    assert_string_equal(label, "web-1");
}

static void an_id_that_is_no_label_is_squeezed_and_hashed(void **state)
{
    char label[IDENTITY_LABEL_SIZE], other[IDENTITY_LABEL_SIZE];
    struct rollcall_instance is = sample_values("web/1 (blue)", "web");
    (void)state;
    assert_false(instance_plain_label(&is, label));
    instance_hashed_label(&is, "n1", 0, label);
    assert_int_equal(strncmp(label, "web-1-blue-", 11), 0);
    assert_int_equal(strlen(label), 11 + 16);
    assert_true(dns_label_is_ldh(label, strlen(label)));
    instance_hashed_label(&is, "n2", 0, other);
    assert_string_not_equal(label, other);
    instance_hashed_label(&is, "n1", 1, other);
    assert_string_not_equal(label, other);
}

static void a_long_id_is_cut_to_a_label_of_sixty_three(void **state)
{
    char id[256], label[IDENTITY_LABEL_SIZE];
    (void)state;
    memset(id, 'x', 255);
    id[255] = '\0';
    struct rollcall_instance is = sample_values(id, "web");
    assert_false(instance_plain_label(&is, label));
    instance_hashed_label(&is, "n1", 0, label);
    assert_int_equal(strlen(label), 63);
    is.id = "\xc3\xa9 !";
    instance_hashed_label(&is, "n1", 0, label);
    assert_true(dns_label_is_ldh(label, strlen(label)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_automatic_id_has_service_address_and_port),
        cmocka_unit_test(a_dashed_address_never_begins_or_ends_with_a_hyphen),
        cmocka_unit_test(a_very_long_host_still_gives_an_id_that_fits),
        cmocka_unit_test(the_label_of_an_automatic_id_is_address_and_port),
        cmocka_unit_test(an_id_is_its_own_label_in_lower_case),
        cmocka_unit_test(an_id_that_is_no_label_is_squeezed_and_hashed),
        cmocka_unit_test(a_long_id_is_cut_to_a_label_of_sixty_three),
    };
    return cmocka_run_group_tests_name("model/identity", tests, NULL, NULL);
}
