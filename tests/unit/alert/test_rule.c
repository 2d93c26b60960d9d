/* Which rule speaks of what, and what a fact keeps. */
#include "facts.h"

#include "alert/rule.h"

static struct rule rule_with(const char *service, const char *tag)
{
    static char *states[] = { (char *)"critical", (char *)"removed" };
    static struct config_alert_rule is;
    static struct config_alerts alerts;

    is = (struct config_alert_rule){ .name = (char *)"down",
                                     .service = (char *)(uintptr_t)service,
                                     .namespace_name = (char *)"*",
                                     .tag = (char *)(uintptr_t)tag,
                                     .states = states,
                                     .state_count = 2 };
    return rule_of(&alerts, &is);
}

static bool fits(const char *service, const char *tag, const char *name)
{
    const struct rule rule = rule_with(service, tag);
    const struct fact fact = seen(ALERT_CRITICAL, name, "x");

    return rule_fits(&rule, &fact);
}

static void a_pattern_is_a_name_or_the_beginning_of_names(void **state)
{
    (void)state;
    assert_true(fits("web", "", "web"));
    assert_false(fits("web", "", "web2"));
    assert_true(fits("web*", "", "web2"));
    assert_true(fits("web*", "", "web"));
    assert_false(fits("web*", "", "we"));
    assert_true(fits("*", "", "anything"));
}

static void a_tag_must_be_one_of_them_whole(void **state)
{
    (void)state;
    assert_true(fits("*", "blue", "web"));
    assert_true(fits("*", "v2", "web"));
    assert_false(fits("*", "v", "web"));
    assert_false(fits("*", "lue", "web"));
}

static void a_rule_wants_the_states_it_names(void **state)
{
    (void)state;
    const struct rule rule = rule_with("*", "");

    assert_true(rule_wants(&rule, ALERT_CRITICAL));
    assert_true(rule_wants(&rule, ALERT_REMOVED));
    assert_false(rule_wants(&rule, ALERT_WARNING));
    assert_false(rule_wants(&rule, ALERT_STATES));
}

static void what_is_about_the_whole_daemon_fits_every_service(void **state)
{
    (void)state;
    assert_true(fits("web", "", ""));
    assert_false(fits("web", "blue", ""));
}

static void the_words_of_states_are_found_again(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ALERT_STATES; i++)
        assert_int_equal(alert_state_find(alert_state_word((enum alert_state)i)), i);
    assert_int_equal(alert_state_find("sad"), ALERT_STATES);
}

static void a_fact_comes_back_from_its_bytes(void **state)
{
    (void)state;
    struct fact *fact = made(ALERT_DAMPED, "web", "w1");
    struct fact *end = fact_end(fact, "calm", WALL + 5);
    struct buffer bytes;

    buffer_init(&bytes, 4096);
    fact_pack(end, &bytes);
    struct byte_reader in = { (const uint8_t *)bytes.data,
                              (const uint8_t *)bytes.data + bytes.length, false };
    struct fact *back = fact_unpack(&in);
    assert_non_null(back);
    assert_string_equal(back->key, fact->key);
    assert_string_equal(back->output, "connection refused");
    assert_string_equal(back->cause, "calm");
    assert_true(back->resolved);
    assert_int_equal(back->ends, WALL + 5);
    for (size_t length = 0; length < bytes.length; length++) { /* cut anywhere */
        struct byte_reader cut = { (const uint8_t *)bytes.data,
                                   (const uint8_t *)bytes.data + length, false };
        assert_null(fact_unpack(&cut));
    }
    buffer_deinit(&bytes);
    fact_unref(back);
    fact_unref(end);
    fact_unref(fact);
}

static void a_long_output_is_cut(void **state)
{
    (void)state;
    char output[2000];
    struct fact values = seen(ALERT_CRITICAL, "web", "w1");

    memset(output, 'x', sizeof output - 1);
    output[sizeof output - 1] = '\0';
    values.output = output;
    struct fact *fact = fact_create(&values);
    assert_int_equal(strlen(fact->output), FACT_OUTPUT_MAX);
    fact_unref(fact);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_is_a_name_or_the_beginning_of_names),
        cmocka_unit_test(a_tag_must_be_one_of_them_whole),
        cmocka_unit_test(a_rule_wants_the_states_it_names),
        cmocka_unit_test(what_is_about_the_whole_daemon_fits_every_service),
        cmocka_unit_test(the_words_of_states_are_found_again),
        cmocka_unit_test(a_fact_comes_back_from_its_bytes),
        cmocka_unit_test(a_long_output_is_cut),
    };
    return cmocka_run_group_tests_name("alert/rule", tests, NULL, NULL);
}
