/* Rules and receivers of alerts: what is read, refused, and never shown. */
#include "reading.h"

static const char text[] =
    "alerts:\n"
    "  group_wait: 2s\n"
    "  receivers:\n"
    "    - name: ops\n"
    "      url: https://me:SECRET1@hooks.example.net:8443/services/SECRET2?key=SECRET3\n"
    "      template: slack\n"
    "      headers: {X-Key: SECRET4}\n"
    "    - {name: page, kind: exec, command: [/usr/local/bin/page, --loud]}\n"
    "  rules:\n"
    "    - {name: web down, service: \"web*\", states: [critical, warning], for: 30s,\n"
    "       receivers: [ops, page]}\n";

static void rules_and_receivers_are_read(void **state)
{
    (void)state;
    struct reading reading = reading_of(text, NULL);
    assert_string_equal(reading.said, "");
    const struct config_alerts *alerts = &reading.config->alerts;

    assert_int_equal(alerts->receiver_count, 2);
    assert_int_equal(alerts->receivers[0].body, CONFIG_TEMPLATE_SLACK);
    assert_int_equal(alerts->receivers[0].timeout_ms, 10000);
    assert_int_equal(alerts->receivers[1].kind, CONFIG_RECEIVER_EXEC);
    assert_string_equal(alerts->receivers[1].command[1], "--loud");
    assert_int_equal(alerts->rule_count, 1);
    assert_string_equal(alerts->rules[0].service, "web*");
    assert_string_equal(alerts->rules[0].namespace_name, "*");
    assert_string_equal(alerts->rules[0].states[1], "warning");
    assert_int_equal(alerts->rules[0].for_ms, 30000);
    assert_int_equal(alerts->rules[0].repeat_ms, 4 * 3600 * 1000);
    assert_int_equal(alerts->group_wait_ms, 2000);
    assert_int_equal(alerts->queue, 20000);
    reading_end(&reading);
}

static void secrets_are_not_shown(void **state)
{
    (void)state;
    struct reading reading = reading_of(text, NULL);
    char *printed = shown(reading.config);

    assert_null(strstr(printed, "SECRET"));
    assert_non_null(strstr(printed, "https://hooks.example.net:8443/***"));
    assert_non_null(strstr(printed, "X-Key: \"***\""));
    free(printed);
    reading_end(&reading);
}

static void refused(const char *alerts, const char *said)
{
    struct reading reading = reading_of(alerts, NULL);

    if (strstr(reading.said, said) == NULL)
        fail_msg("%s\nwas not said of:\n%s\nbut:\n%s", said, alerts, reading.said);
    assert_null(strstr(reading.said, "SECRET"));
    assert_int_equal(reading.status, ROLLCALL_E_CONFIG);
    reading_end(&reading);
}

static void what_could_never_be_told_is_refused(void **state)
{
    (void)state;
    refused("alerts: {receivers: [{name: a}]}\n",
            "alerts.receivers.0.url: a is a webhook and needs a URL");
    refused("alerts: {receivers: [{name: a, url: \"ftp://SECRET\"}]}\n", "needs a URL");
    refused("alerts: {receivers: [{name: a, url: \"http://x/a SECRET\"}]}\n",
            "needs a URL");
    refused("alerts: {receivers: [{name: a, kind: exec, command: [page]}]}\n",
            "alerts.receivers.0.command: a runs a command and needs its absolute path");
    refused("alerts: {receivers: [{name: a, url: \"http://x\"}, {name: a, url: "
            "\"http://x\"}]}\n",
            "alerts.receivers.1.name: a is given twice");
    refused("alerts: {receivers: [{name: a, url: \"http://x\", headers: {\"A b\": "
            "SECRET}}]}\n",
            "not a field that HTTP could carry");
    refused("alerts: {rules: [{name: r, receivers: [who]}]}\n",
            "alerts.rules.0.receivers: there is no receiver who");
    refused("alerts: {rules: [{name: r, receivers: []}]}\n", "at least 1");
    refused("alerts: {rules: [{name: r, service: \"a*b\", receivers: []}]}\n",
            "a star may stand only at the end");
    refused("alerts: {rules: [{name: r, states: [sad], receivers: []}]}\n",
            "must be critical, warning, passing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_and_receivers_are_read),
        cmocka_unit_test(secrets_are_not_shown),
        cmocka_unit_test(what_could_never_be_told_is_refused),
    };
    return cmocka_run_group_tests_name("config/alerts", tests, NULL, NULL);
}
