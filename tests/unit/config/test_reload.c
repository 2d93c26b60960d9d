/* A second reading: what differs, and what may be taken over. */
#include "config/reload.h"
#include "reading.h"

#define HASH_A "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define HASH_B "ca7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define TOKEN(name, hash, may)                                                           \
    "    - {name: " name ", sha256: " hash ", operate: [\"" may "\"]}\n"

struct two {
    struct reading running;
    struct reading fresh;
    struct config_report report;
};

static struct two two_of(const char *running, const char *fresh)
{
    struct two two = { .running = reading_of(running, NULL),
                       .fresh = reading_of(fresh, NULL) };

    assert_non_null(two.running.config);
    assert_non_null(two.fresh.config);
    config_report_init(&two.report);
    config_compare(two.running.config, two.fresh.config, &two.report);
    return two;
}

static void two_end(struct two *two)
{
    config_report_deinit(&two->report);
    reading_end(&two->running);
    reading_end(&two->fresh);
}

/* "api.tokens log.level" */
static const char *keys_of(const struct two *two, enum config_fate fate, char *out,
                           size_t size)
{
    const char *key;
    size_t used = 0;

    out[0] = '\0';
    for (unsigned i = 0; (key = config_report_key(&two->report, fate, i)) != NULL; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? " " : "", key);
    return out;
}

static void assert_fates(const char *running, const char *fresh, const char *taken,
                         const char *restart)
{
    struct two two = two_of(running, fresh);
    char text[8192];

    assert_string_equal(keys_of(&two, CONFIG_TAKEN, text, sizeof text), taken);
    assert_string_equal(keys_of(&two, CONFIG_TAKES_RESTART, text, sizeof text), restart);
    two_end(&two);
}

static void the_same_file_differs_in_nothing(void **state)
{
    (void)state;
    assert_fates("", "", "", "");
    assert_fates("log: {level: info}\n", "", "", "");
    assert_fates("api: {rate_limit: 0}\ndns: {tcp_idle: 10s}\n",
                 "dns: {tcp_idle: 10000ms}\n", "", "");
    assert_fates("alerts:\n  receivers:\n    - {name: a, url: \"http://h/secret\"}\n",
                 "alerts:\n  receivers:\n    - {name: a, url: \"http://h/secret\"}\n", "",
                 "");
}

static void each_key_that_differs_has_its_fate(void **state)
{
    (void)state;
    assert_fates("", "log: {level: debug}\n", "log.level", "");
    assert_fates("", "log: {level: debug, syslog: true}\n", "log.level", "log.syslog");
    assert_fates("", "dns: {listen: [127.0.0.1:8054]}\nnode: other\n", "",
                 "node dns.listen");
    assert_fates("zones: [{apex: a.b}, {apex: c.d}]\n",
                 "zones: [{apex: a.b}, {apex: c.d, ttl: 9s}]\n", "", "zones.1.ttl");
    assert_fates("zones: [{apex: a.b}]\n", "zones: [{apex: a.b}, {apex: c.d}]\n", "",
                 "zones");
    assert_fates("zones: [{apex: a.b, ttls: {db: 1s}}]\n",
                 "zones: [{apex: a.b, ttls: {db: 2s}}]\n", "", "zones.0.ttls");
    assert_fates("", "api:\n  hosts: [\"*\"]\n  tokens:\n" TOKEN("a", HASH_A, "*"),
                 "api.tokens api.hosts", "");
    assert_fates("api:\n  tokens:\n" TOKEN("a", HASH_A, "*"),
                 "api:\n  tokens:\n" TOKEN("a", HASH_A, "web"), "api.tokens", "");
}

/* The shown form of these hides what differs. */
static void a_difference_in_what_is_never_shown_is_found(void **state)
{
    (void)state;
    assert_fates("alerts:\n  receivers:\n    - {name: a, url: \"http://h/one\"}\n",
                 "alerts:\n  receivers:\n    - {name: a, url: \"http://h/two\"}\n", "",
                 "alerts.receivers.0.url");
}

static void tls_cannot_be_put_on_or_off(void **state)
{
    (void)state;
    assert_fates("api: {tls: {cert: a, key: b}}\n", "api: {tls: {cert: c, key: b}}\n",
                 "api.tls.cert", "");
    assert_fates("api: {tls: {cert: a, key: b}}\n", "", "", "api.tls.cert api.tls.key");
    assert_fates("", "api: {tls: {cert: a, key: b}}\n", "", "api.tls.cert api.tls.key");
}

static void what_was_taken_holds_and_the_rest_goes_on(void **state)
{
    struct two two =
        two_of("log: {level: info}\nnode: n1\napi:\n  hosts: [a.b, c.d]\n",
               "log: {level: debug}\nnode: n2\napi:\n  tokens:\n" TOKEN("a", HASH_A, "*")
                   TOKEN("b", HASH_B, "web"));

    (void)state;
    const struct config merged = config_merged(two.running.config, two.fresh.config);
    assert_string_equal(merged.log.level, "debug");
    assert_string_equal(two.running.config->log.level, "info");
    config_take(two.running.config, two.fresh.config);
    assert_string_equal(two.running.config->log.level, "debug");
    assert_string_equal(two.running.config->node, "n1");
    assert_int_equal(two.running.config->api.token_count, 2);
    assert_string_equal(two.running.config->api.tokens[1].operate[0], "web");
    assert_int_equal(two.running.config->api.host_count, 0);
    assert_string_equal(two.fresh.config->api.hosts[1], "c.d");
    two_end(&two);
}

static void what_would_open_the_door_meanwhile_is_refused(void **state)
{
    static const char far[] = "api:\n  listen: [0.0.0.0:8500]\n  tokens:\n";
    struct reason why = REASON_NONE;
    char running[512];

    (void)state;
    snprintf(running, sizeof running, "%s%s", far, TOKEN("a", HASH_A, "*"));
    struct two two = two_of(running, "api: {listen: [127.0.0.1:8500]}\n");
    assert_int_equal(config_may_take(two.running.config, two.fresh.config, &why),
                     ROLLCALL_E_CONFIG);
    assert_non_null(strstr(why.text, "0.0.0.0:8500"));
    assert_string_equal(why.field, "api.listen");
    two_end(&two);

    two = two_of(running, "api: {listen: [127.0.0.1:8500], anonymous: read}\n");
    assert_int_equal(config_may_take(two.running.config, two.fresh.config, &why),
                     ROLLCALL_OK);
    two_end(&two);
}

static void a_hundred_keys_are_named_and_all_are_counted(void **state)
{
    struct config_report report;
    char key[16];

    (void)state;
    config_report_init(&report);
    for (unsigned i = 0; i < 120; i++) {
        snprintf(key, sizeof key, "key.%u", i);
        config_report_add(&report, CONFIG_TAKES_RESTART, key);
    }
    assert_int_equal(report.count[CONFIG_TAKES_RESTART], 120);
    assert_string_equal(config_report_key(&report, CONFIG_TAKES_RESTART, 99), "key.99");
    assert_null(config_report_key(&report, CONFIG_TAKES_RESTART, 100));
    assert_null(config_report_key(&report, CONFIG_TAKEN, 0));
    config_report_deinit(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_file_differs_in_nothing),
        cmocka_unit_test(each_key_that_differs_has_its_fate),
        cmocka_unit_test(a_difference_in_what_is_never_shown_is_found),
        cmocka_unit_test(tls_cannot_be_put_on_or_off),
        cmocka_unit_test(what_was_taken_holds_and_the_rest_goes_on),
        cmocka_unit_test(what_would_open_the_door_meanwhile_is_refused),
        cmocka_unit_test(a_hundred_keys_are_named_and_all_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
