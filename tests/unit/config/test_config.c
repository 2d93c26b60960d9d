/* What a good configuration becomes. */
#include "reading.h"

#include <unistd.h>

static struct reading good(const char *text, const char *override)
{
    struct reading reading = reading_of(text, override);

    assert_string_equal(reading.said, "");
    assert_int_equal(reading.status, ROLLCALL_OK);
    return reading;
}

static void listens_on(const struct config *config, uint32_t index, const char *text)
{
    char printed[ADDRESS_TEXT];

    assert_true(index < config->dns.listen_count);
    address_print(&config->dns.listen[index], printed, sizeof printed);
    assert_string_equal(printed, text);
}

static void without_a_file_the_defaults_hold(void **state)
{
    (void)state;
    struct config *config;
    struct reason why = REASON_NONE;

    assert_int_equal(config_read(NULL, NULL, 0, NULL, &config, &why), ROLLCALL_OK);
    assert_string_equal(config->datacenter, "dc1");
    assert_int_equal(config->zone_count, 1);
    assert_string_equal(config->zones[0].apex, "service.local.");
    assert_int_equal(config->zones[0].layout, CONFIG_LAYOUT_FLAT);
    assert_int_equal(config->zones[0].ttl, 5);
    assert_int_equal(config->zones[0].instance_ttl, 30);
    assert_int_equal(config->zones[0].expire, 86400);
    assert_null(config->zones[0].file);
    assert_string_equal(config->zones[0].ns[0], "ns");
    assert_int_equal(config->dns.listen_count, 1);
    listens_on(config, 0, "127.0.0.1:8053");
    assert_int_equal(config->dns.workers, 1);
    assert_int_equal(config->dns.tcp_idle_ms, 10000);
    assert_string_equal(config->registry.socket_mode, "0666");
    assert_int_equal(config->service_count, 0);
    config_destroy(config);
}

static void the_keys_of_the_first_page_are_read(void **state)
{
    (void)state;
    struct reading reading = good("node: N1\n"
                                  "datacenter: dc1\n"
                                  "zones:\n"
                                  "  - apex: Service.Local\n"
                                  "    layout: flat\n"
                                  "dns:\n"
                                  "  listen: [127.0.0.1:8053, \"[::1]:8053\"]\n"
                                  "  workers: 2\n"
                                  "registry:\n"
                                  "  socket: /path/rollcall.sock\n"
                                  "  database: /path/rollcall.db\n",
                                  NULL);
    const struct config *config = reading.config;

    assert_string_equal(config->node, "n1");
    assert_string_equal(config->zones[0].apex, "service.local.");
    assert_int_equal(config->zones[0].line, 4);
    listens_on(config, 0, "127.0.0.1:8053");
    listens_on(config, 1, "[::1]:8053");
    assert_int_equal(config->dns.workers, 2);
    assert_string_equal(config->registry.socket, "/path/rollcall.sock");
    assert_string_equal(config->registry.database, "/path/rollcall.db");
    reading_end(&reading);
}

static void a_service_keeps_its_texts_sorted_by_key(void **state)
{
    (void)state;
    struct reading reading = good("services:\n"
                                  "  - name: web\n"
                                  "    ttl: 1m\n"
                                  "    meta: {team: front, area: shop}\n"
                                  "  - name: void\n",
                                  NULL);
    const struct config_service *services = reading.config->services;

    assert_int_equal(reading.config->service_count, 2);
    assert_int_equal(services[0].ttl, 60);
    assert_int_equal(services[0].meta_count, 2);
    assert_string_equal(services[0].meta[0].key, "area");
    assert_string_equal(services[0].meta[1].value, "front");
    assert_int_equal(services[1].ttl, ROLLCALL_TTL_UNSET);
    reading_end(&reading);
}

static void an_override_wins_over_the_file(void **state)
{
    (void)state;
    struct reading reading = good("dns: {workers: 2}\n", "dns.workers=7");
    assert_int_equal(reading.config->dns.workers, 7);
    reading_end(&reading);

    reading = good("", "dns.listen=[10.0.0.1:53, \"[::]:53\"]");
    assert_int_equal(reading.config->dns.listen_count, 2);
    listens_on(reading.config, 1, "[::]:53");
    reading_end(&reading);

    reading = good("zones: [{apex: a.b}, {apex: c.d}]\n", "zones.1.ttl=1h");
    assert_int_equal(reading.config->zones[1].ttl, 3600);
    reading_end(&reading);

    reading = good("", "services.0.name=web");
    assert_string_equal(reading.config->services[0].name, "web");
    reading_end(&reading);

    reading = good("dns: {version: x}\n", "dns.version=");
    assert_string_equal(reading.config->dns.version, "");
    reading_end(&reading);
}

static void one_value_alone_is_a_list_of_one(void **state)
{
    (void)state;
    struct reading reading = good("dns: {listen: 10.0.0.1:53}\n", NULL);
    assert_int_equal(reading.config->dns.listen_count, 1);
    listens_on(reading.config, 0, "10.0.0.1:53");
    reading_end(&reading);

    reading = good("", "dns.listen=10.0.0.2:53");
    listens_on(reading.config, 0, "10.0.0.2:53");
    reading_end(&reading);
}

static void an_empty_value_is_the_default(void **state)
{
    (void)state;
    struct reading reading =
        good("# nothing yet\ndns:\nnode: ~\ndatacenter: null\n", NULL);

    assert_int_equal(reading.config->dns.workers, 1);
    assert_string_equal(reading.config->datacenter, "dc1");
    reading_end(&reading);
}

static void auto_is_at_least_one_worker(void **state)
{
    (void)state;
    struct reading reading = good("dns: {workers: auto}\n", NULL);

    assert_in_range(reading.config->dns.workers, 1, 256);
    reading_end(&reading);
}

static void a_relative_path_begins_at_the_folder_of_the_file(void **state)
{
    (void)state;
    static const char text[] = "zones: [{apex: a.b, file: zones/a.zone}]\n";
    struct config *config;

    assert_int_equal(config_parse(text, strlen(text), "/etc/rollcall/rollcall.yaml", NULL,
                                  0, NULL, &config, NULL),
                     ROLLCALL_OK);
    assert_string_equal(config->zones[0].file, "/etc/rollcall/zones/a.zone");
    config_destroy(config);
}

static void what_is_shown_reads_back_to_the_same(void **state)
{
    (void)state;
    struct reading first = good(
        "node: n1\n"
        "zones:\n"
        "  - {apex: a.b, ttl: 0, ns: [ns1, ns.example.net.], file: /z/a.zone}\n"
        "  - {apex: c.d, order: fixed, ns_addresses: [10.0.0.1, \"fd00::1\"]}\n"
        "dns:\n"
        "  listen: [\"[::1]:53\", 0.0.0.0:53]\n"
        "  tcp_idle: 1500ms\n"
        "  identity: \"a \\\"b\\\" \\\\ \\n \\u2028 \\u0085 \\uFEFF ü\"\n"
        "services:\n"
        "  - name: web\n"
        "    meta: {a: \"\", \"b c\": \"- x: #y\", d: \"true\", e: \"~\", f: \"[\"}\n",
        "log.syslog=true");
    char *shown_first = shown(first.config);
    struct reading second = good(shown_first, NULL);
    char *shown_second = shown(second.config);

    assert_string_equal(shown_first, shown_second);
    assert_string_equal(second.config->dns.identity, first.config->dns.identity);
    for (uint32_t i = 0; i < 5; i++)
        assert_string_equal(second.config->services[0].meta[i].value,
                            first.config->services[0].meta[i].value);
    assert_true(second.config->log.syslog);
    assert_int_equal(second.config->zones[0].ttl, 0);
    free(shown_first);
    free(shown_second);
    reading_end(&first);
    reading_end(&second);
}

static void paths_follow_systemd_first(void **state)
{
    (void)state;
    char path[256];

    setenv("RUNTIME_DIRECTORY", "/run/one:/run/two", 1);
    setenv("STATE_DIRECTORY", "/var/lib/one", 1);
    config_default_socket(path, sizeof path);
    assert_string_equal(path, "/run/one/rollcall.sock");
    config_default_database(path, sizeof path);
    assert_string_equal(path, "/var/lib/one/rollcall.db");

    unsetenv("RUNTIME_DIRECTORY");
    unsetenv("STATE_DIRECTORY");
    setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
    setenv("XDG_STATE_HOME", "/home/x/state", 1);
    bool root = geteuid() == 0;
    config_default_socket(path, sizeof path);
    assert_string_equal(path, root ? "/run/rollcall/rollcall.sock"
                                   : "/run/user/7/rollcall/rollcall.sock");
    config_default_database(path, sizeof path);
    assert_string_equal(path, root ? "/var/lib/rollcall/rollcall.db"
                                   : "/home/x/state/rollcall/rollcall.db");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_file_the_defaults_hold),
        cmocka_unit_test(the_keys_of_the_first_page_are_read),
        cmocka_unit_test(a_service_keeps_its_texts_sorted_by_key),
        cmocka_unit_test(an_override_wins_over_the_file),
        cmocka_unit_test(one_value_alone_is_a_list_of_one),
        cmocka_unit_test(an_empty_value_is_the_default),
        cmocka_unit_test(auto_is_at_least_one_worker),
        cmocka_unit_test(a_relative_path_begins_at_the_folder_of_the_file),
        cmocka_unit_test(what_is_shown_reads_back_to_the_same),
        cmocka_unit_test(paths_follow_systemd_first),
    };
    return cmocka_run_group_tests_name("config/config", tests, NULL, NULL);
}
