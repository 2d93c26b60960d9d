/* Shares, TTLs by service and numbers of answers by type. */
#include "reading.h"

static struct config *config_of(const char *text)
{
    struct reading reading = reading_of(text, NULL);

    assert_string_equal(reading.said, "");
    assert_non_null(reading.config);
    free(reading.said);
    return reading.config;
}

static void the_longest_pattern_that_fits_gives_the_ttl(void **state)
{
    struct config *config =
        config_of("zones:\n"
                  "  - apex: z\n"
                  "    ttls: {\"db\": 1s, \"db*\": 2, \"d*\": 3s, \"*\": 1m}\n");
    static const struct {
        const char *service;
        uint32_t ttl;
    } cases[] = { { "db", 1 }, { "db-2", 2 }, { "d", 3 }, { "dx", 3 }, { "web", 60 } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t ttl = 0;
        assert_true(config_zone_ttl(&config->zones[0], cases[i].service, &ttl));
        assert_int_equal(ttl, cases[i].ttl);
    }
    config_destroy(config);
}

static void a_map_without_a_star_says_nothing_of_others(void **state)
{
    struct config *config = config_of("zones:\n"
                                      "  - apex: z\n"
                                      "    ttls: {db: 1s}\n"
                                      "    type_answers: {srv: 2}\n");
    uint32_t number = 7;

    (void)state;
    assert_false(config_zone_ttl(&config->zones[0], "dbx", &number));
    assert_false(config_zone_answers(&config->zones[0], "A", &number));
    assert_int_equal(number, 7);
    assert_true(config_zone_answers(&config->zones[0], "SRV", &number));
    assert_int_equal(number, 2);
    config_destroy(config);
}

static void a_share_is_read_in_thousandths(void **state)
{
    static const struct {
        const char *text;
        uint32_t share;
    } cases[] = { { "0", 0 },     { "1", 1000 },    { "0.5", 500 },
                  { "0.05", 50 }, { "0.333", 333 }, { "1.0", 1000 } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[80];
        snprintf(text, sizeof text, "zones:\n  - {apex: z, min_healthy: %s}\n",
                 cases[i].text);
        struct config *config = config_of(text);
        assert_int_equal(config->zones[0].min_healthy, cases[i].share);
        config_destroy(config);
    }
}

static void what_is_no_share_or_rule_is_refused(void **state)
{
    static const char *const texts[] = {
        "min_healthy: 1.5",          "min_healthy: half",     "min_healthy: 0.1234",
        "min_healthy: \"1.\"",       "ttls: {\"d*b\": 1s}",   "ttls: {db: 2d}",
        "ttls: {db: 1ms}",           "type_answers: {MX: 1}", "type_answers: {A: 1001}",
        "type_answers: {A: several}"
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[120];
        snprintf(text, sizeof text, "zones:\n  - apex: z\n    %s\n", texts[i]);
        struct reading reading = reading_of(text, NULL);
        assert_int_equal(reading.status, ROLLCALL_E_CONFIG);
        reading_end(&reading);
    }
}

static void a_service_leaves_to_its_zone_what_it_does_not_say(void **state)
{
    struct config *config =
        config_of("services:\n"
                  "  - name: a\n"
                  "  - {name: b, order: weighted, max_answers: 3, min_healthy: 0.5,\n"
                  "     no_healthy: last, only_passing: true, srv_unavailable: root}\n");
    const struct config_service *a = &config->services[0], *b = &config->services[1];

    (void)state;
    assert_int_equal(a->max_answers, CONFIG_AS_ZONE);
    assert_int_equal(a->min_healthy, CONFIG_AS_ZONE);
    assert_int_equal(a->order + a->no_healthy + a->only_passing + a->srv_unavailable, 0);
    assert_int_equal(b->order, 1 + CONFIG_ORDER_WEIGHTED);
    assert_int_equal(b->max_answers, 3);
    assert_int_equal(b->min_healthy, 500);
    assert_int_equal(b->no_healthy, 1 + CONFIG_NO_HEALTHY_LAST);
    assert_int_equal(b->only_passing, 2);
    assert_int_equal(b->srv_unavailable, 2);
    config_destroy(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_pattern_that_fits_gives_the_ttl),
        cmocka_unit_test(a_map_without_a_star_says_nothing_of_others),
        cmocka_unit_test(a_share_is_read_in_thousandths),
        cmocka_unit_test(what_is_no_share_or_rule_is_refused),
        cmocka_unit_test(a_service_leaves_to_its_zone_what_it_does_not_say),
    };
    return cmocka_run_group_tests_name("config/rules", tests, NULL, NULL);
}
