/* Addresses of a zone's name server, when the configuration gives none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"
#include "daemon/nameserver.h"

static struct config *filled(const char *text)
{
    struct config *config;

    assert_int_equal(
        config_parse(text, strlen(text), "test.yaml", NULL, 0, stderr, &config, NULL),
        ROLLCALL_OK);
    assert_int_equal(nameserver_fill(config, NULL), ROLLCALL_OK);
    return config;
}

static void is_address(const struct config_zone *zone, uint32_t index, const char *text)
{
    char printed[ADDRESS_TEXT];

    assert_true(index < zone->ns_address_count);
    address_print_ip(&zone->ns_addresses[index], printed, sizeof printed);
    assert_string_equal(printed, text);
}

static void every_zone_gets_what_is_listened_on_once(void **state)
{
    (void)state;
    struct config *config =
        filled("zones: [{apex: a.b}, {apex: c.d}]\n"
               "dns: {listen: [10.0.0.1:53, 10.0.0.1:5353, \"[fd00::1]:53\"]}\n");

    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(config->zones[i].ns_address_count, 2);
        is_address(&config->zones[i], 0, "10.0.0.1");
        is_address(&config->zones[i], 1, "fd00::1");
    }
    config_destroy(config);
}

static void what_the_configuration_gives_is_kept(void **state)
{
    (void)state;
    struct config *config = filled("zones: [{apex: a.b, ns_addresses: [10.0.0.53]}]\n");

    assert_int_equal(config->zones[0].ns_address_count, 1);
    is_address(&config->zones[0], 0, "10.0.0.53");
    config_destroy(config);
}

static void a_wildcard_becomes_addresses_that_can_be_asked(void **state)
{
    (void)state;
    struct config *config = filled("dns: {listen: [0.0.0.0:53]}\n");
    const struct config_zone *zone = &config->zones[0];

    for (uint32_t i = 0; i < zone->ns_address_count; i++) {
        struct address address;
        assert_int_equal(zone->ns_addresses[i].family, 4);
        address_from_ip(&zone->ns_addresses[i], 53, &address);
        assert_false(address_is_wildcard(&address));
    }
    config_destroy(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_zone_gets_what_is_listened_on_once),
        cmocka_unit_test(what_the_configuration_gives_is_kept),
        cmocka_unit_test(a_wildcard_becomes_addresses_that_can_be_asked),
    };
    return cmocka_run_group_tests_name("daemon/nameserver", tests, NULL, NULL);
}
