/* What is shown of an instance, and how it is written. */
#include "consul/selectors.h"
#include "showing.h"

static void written(struct buffer *out, const char *expected)
{
    assert_false(out->failed);
    assert_string_equal(out->data, expected);
    buffer_deinit(out);
}

static void a_node_is_written_whole(void **state)
{
    struct showing *now = *state;
    struct buffer out;

    buffer_init(&out, 4096);
    shape_node(&out, &now->consul.node);
    json_t *node = json_loads(out.data, 0, NULL);
    assert_non_null(node);
    assert_int_equal(strlen(json_string_value(json_object_get(node, "ID"))), 36);
    json_object_del(node, "ID");
    char *rest = json_dumps(node, JSON_COMPACT);
    assert_string_equal(
        rest, "{\"Node\":\"n1\",\"Address\":\"10.1.2.3\",\"Datacenter\":\"dc1\","
              "\"TaggedAddresses\":{\"lan\":\"10.1.2.3\",\"lan_ipv4\":\"10.1.2.3\","
              "\"wan\":\"10.1.2.3\",\"wan_ipv4\":\"10.1.2.3\"},"
              "\"Meta\":{\"consul-network-segment\":\"\",\"consul-version\":\"1.21.0\"},"
              "\"CreateIndex\":5,\"ModifyIndex\":6}");
    free(rest);
    json_decref(node);
    buffer_deinit(&out);
}

static void the_id_of_a_node_depends_on_its_name_alone(void **state)
{
    char a[NODE_UUID_SIZE], b[NODE_UUID_SIZE], c[NODE_UUID_SIZE];

    (void)state;
    node_uuid("n1", "dc1", a);
    node_uuid("n1", "dc1", b);
    node_uuid("n2", "dc1", c);
    assert_string_equal(a, b);
    assert_string_not_equal(a, c);
    assert_int_equal(a[14], '8');
    assert_non_null(strchr("89ab", a[19]));
}

static void an_ordinary_instance(void **state)
{
    static const char *const tags[] = { "v1", "a\"b" };
    struct showing *now = *state;
    struct service_shown shown;
    struct buffer out;

    now->is.tags = tags;
    now->is.tag_count = 2;
    show(now, &shown);
    buffer_init(&out, 4096);
    shape_service(&out, &shown);
    written(&out, "{\"ID\":\"web-1\",\"Service\":\"web\",\"Tags\":[\"v1\",\"a\\\"b\"],"
                  "\"Address\":\"10.0.0.7\",\"TaggedAddresses\":{"
                  "\"lan_ipv4\":{\"Address\":\"10.0.0.7\",\"Port\":8080},"
                  "\"wan_ipv4\":{\"Address\":\"10.0.0.7\",\"Port\":8080}},"
                  "\"Meta\":{},\"Port\":8080,\"Weights\":{\"Passing\":1,\"Warning\":1},"
                  "\"EnableTagOverride\":false,"
                  "\"Proxy\":{\"Mode\":\"\",\"MeshGateway\":{},\"Expose\":{}},"
                  "\"Connect\":{},\"PeerName\":\"\","
                  "\"CreateIndex\":41,\"ModifyIndex\":41}");
    shown_drop(&shown);
}

static void an_annex_says_what_the_instance_cannot(void **state)
{
    struct showing *now = *state;
    struct service_shown shown;
    struct buffer out;

    now->is.annex = "{\"name\":\"Web\",\"address\":\"\",\"kind\":\"gateway\","
                    "\"tags\":[\"v1\",\"v1\"],\"connect\":{\"Native\":true}}";
    show(now, &shown);
    buffer_init(&out, 4096);
    shape_agent_service(&out, &shown, "abc");
    written(&out, "{\"ID\":\"web-1\",\"Kind\":\"gateway\",\"Service\":\"Web\","
                  "\"Tags\":[\"v1\",\"v1\"],\"Meta\":{},\"Port\":8080,\"Address\":\"\","
                  "\"Weights\":{\"Passing\":1,\"Warning\":1},"
                  "\"EnableTagOverride\":false,\"Connect\":{\"Native\":true},"
                  "\"Datacenter\":\"dc1\",\"ContentHash\":\"abc\"}");
    shown_drop(&shown);
}

static void version_and_zone_are_meta_unless_it_has_its_own(void **state)
{
    static const struct rollcall_pair meta[] = { { "version", "mine" } };
    struct showing *now = *state;
    struct service_shown shown;
    struct rollcall_pair pair;

    now->is.version = "4";
    now->is.zone = "z1";
    show(now, &shown);
    assert_true(shown_meta(&shown, 0, &pair));
    assert_string_equal(pair.key, "version");
    assert_string_equal(pair.value, "4");
    assert_true(shown_meta(&shown, 1, &pair));
    assert_string_equal(pair.key, "zone");
    assert_false(shown_meta(&shown, 2, &pair));
    shown_drop(&shown);

    now->is.meta = meta;
    now->is.meta_count = 1;
    show(now, &shown);
    assert_true(shown_meta(&shown, 0, &pair));
    assert_string_equal(pair.value, "mine");
    assert_true(shown_meta(&shown, 1, &pair));
    assert_string_equal(pair.key, "zone");
    assert_false(shown_meta(&shown, 2, &pair));
    shown_drop(&shown);
}

static void given_addresses_stand_in_front_of_those_that_follow(void **state)
{
    struct showing *now = *state;
    struct service_shown shown;
    struct tagged_shown tagged;

    now->is.annex = "{\"tagged_addresses\":{\"lan_ipv4\":{\"Address\":\"1.2.3.4\","
                    "\"Port\":1}}}";
    show(now, &shown);
    assert_true(shown_tagged(&shown, 0, &tagged));
    assert_string_equal(tagged.address, "1.2.3.4");
    assert_int_equal(tagged.port, 1);
    assert_true(shown_tagged(&shown, 1, &tagged));
    assert_string_equal(tagged.name, "wan_ipv4");
    assert_string_equal(tagged.address, "10.0.0.7");
    assert_false(shown_tagged(&shown, 2, &tagged));
    shown_drop(&shown);
}

/* --- Checks. */

static const struct rollcall_check two_checks[] = {
    { .name = "a", .kind = "ttl", .notes = "", .interval_ms = 10000 },
    { .name = "b",
      .kind = "tcp",
      .notes = "n",
      .interval_ms = 10000,
      .timeout_ms = 3000 },
};

static void describe_checks(struct showing *now, unsigned count)
{
    now->is.checks = two_checks;
    now->is.check_count = (uint8_t)count;
}

static void checks_are_called_after_the_service_in_order(void **state)
{
    struct showing *now = *state;
    struct service_shown shown;
    struct checks_shown checks;

    describe_checks(now, 2);
    now->states[1] = (struct check_state){ .known = true,
                                           .health = ROLLCALL_WARNING,
                                           .output = (char *)"slow" };
    show(now, &shown);
    checks_shown_init(&checks);
    shown_checks(&shown, &checks);
    assert_int_equal(checks.count, 2);
    assert_string_equal(checks.list[0].id, "service:web-1:1");
    assert_int_equal(checks.list[0].health, ROLLCALL_PASSING);
    assert_string_equal(checks.list[1].id, "service:web-1:2");
    assert_string_equal(checks.list[1].name, "Service 'web' check");
    assert_string_equal(checks.list[1].output, "slow");
    assert_string_equal(checks.list[1].type, "tcp");
    assert_int_equal(checks.list[1].health, ROLLCALL_WARNING);
    shown_drop(&shown);
}

/* The last of its checks, which is ours. */
static void explained(struct showing *now, const char *id, enum rollcall_health health,
                      const char *words)
{
    struct service_shown shown;
    struct checks_shown checks;
    const struct check_shown *ours = NULL;

    show(now, &shown);
    checks_shown_init(&checks);
    shown_checks(&shown, &checks);
    for (unsigned i = 0; i < checks.count; i++)
        if (strcmp(checks.list[i].id, id) == 0)
            ours = &checks.list[i];
    assert_non_null(ours);
    assert_int_equal(ours->health, health);
    assert_non_null(strstr(ours->output[0] != '\0' ? ours->output : ours->notes, words));
    shown_drop(&shown);
}

static void what_people_asked_for_is_maintenance(void **state)
{
    struct showing *now = *state;

    now->standing = (struct standing){ .draining = true };
    explained(now, "_service_maintenance:web-1", ROLLCALL_CRITICAL, "Draining");
    now->standing = (struct standing){ .override = OVERRIDE_DOWN };
    explained(now, "_service_maintenance:web-1", ROLLCALL_CRITICAL,
              "This is a default message.");
    now->standing.override_note = (char *)"disk";
    explained(now, "_service_maintenance:web-1", ROLLCALL_CRITICAL, "disk");
}

static void what_was_judged_is_explained(void **state)
{
    struct showing *now = *state;

    describe_checks(now, 1);
    now->states[0] = (struct check_state){ .known = true, .health = ROLLCALL_CRITICAL };
    now->standing =
        (struct standing){ .override = OVERRIDE_UP, .override_until = 1700000000000 };
    explained(now, "rollcall:web-1", ROLLCALL_PASSING, "until 2023-11-14T22:13:20Z");
    now->standing = (struct standing){ .held = true, .served = ROLLCALL_PASSING };
    explained(now, "rollcall:web-1", ROLLCALL_PASSING, "held");
    now->standing = (struct standing){ .frozen = true, .served = ROLLCALL_WARNING };
    explained(now, "rollcall:web-1", ROLLCALL_WARNING, "frozen");
    now->standing = (struct standing){ .damped_until = 1700000000000 };
    explained(now, "rollcall:web-1", ROLLCALL_CRITICAL, "damped");
}

static void a_status_without_checks_is_explained(void **state)
{
    struct showing *now = *state;

    now->is.status = ROLLCALL_WARNING;
    explained(now, "rollcall:web-1", ROLLCALL_WARNING, "reported itself warning");
}

static void a_check_is_written_whole(void **state)
{
    struct showing *now = *state;
    struct service_shown shown;
    struct checks_shown checks;
    struct buffer out;

    describe_checks(now, 1);
    show(now, &shown);
    checks_shown_init(&checks);
    shown_checks(&shown, &checks);
    buffer_init(&out, 4096);
    shape_check(&out, &checks.list[0]);
    written(&out,
            "{\"Node\":\"n1\",\"CheckID\":\"service:web-1\","
            "\"Name\":\"Service 'web' check\",\"Status\":\"passing\",\"Notes\":\"\","
            "\"Output\":\"\",\"ServiceID\":\"web-1\",\"ServiceName\":\"web\","
            "\"ServiceTags\":[],\"Type\":\"ttl\",\"Interval\":\"\",\"Timeout\":\"\","
            "\"ExposedPort\":0,\"Definition\":{},"
            "\"CreateIndex\":41,\"ModifyIndex\":41}");
    shown_drop(&shown);
}

static void more_checks_than_fit_are_left_out(void **state)
{
    struct checks_shown *view = calloc(1, sizeof *view);
    unsigned count = 0;

    (void)state;
    checks_shown_init(view);
    while (checks_shown_add(view) != NULL)
        count++;
    assert_int_equal(count, SHOWN_CHECKS_MAX);
    for (int i = 0; i < SHOWN_TEXT_MAX; i++)
        assert_true(strlen(checks_shown_text(view, "%s", "four")) <= 4);
    assert_string_equal(checks_shown_text(view, "%s", "more"), "");
    free(view);
}

/* --- Filters over what is shown. */

static bool passes(const struct selector *selectors, const void *object, const char *text)
{
    struct filter *filter = NULL;
    struct reason why = REASON_NONE;

    if (filter_parse(text, selectors, &filter, &why) != ROLLCALL_OK)
        fail_msg("%s: %s", text, why.text);
    bool matches = filter_matches(filter, object);
    filter_destroy(filter);
    return matches;
}

static void a_filter_reads_every_member(void **state)
{
    static const char *const tags[] = { "v1" };
    static const struct rollcall_pair meta[] = { { "team", "shop" } };
    struct showing *now = *state;
    struct service_shown shown;
    struct checks_shown checks;

    now->is.tags = tags;
    now->is.tag_count = 1;
    now->is.meta = meta;
    now->is.meta_count = 1;
    describe_checks(now, 1);
    show(now, &shown);
    checks_shown_init(&checks);
    shown_checks(&shown, &checks);
    const struct health_shown row = { shown.node, &shown, &checks };
    static const char *const true_of_row[] = {
        "Node.Node == n1",
        "Node.Address == \"10.1.2.3\"",
        "Node.Datacenter == dc1",
        "Node.TaggedAddresses.lan == \"10.1.2.3\"",
        "Node.Meta contains \"consul-version\"",
        "Service.ID == \"web-1\"",
        "Service.Service == web",
        "v1 in Service.Tags",
        "Service.Address == \"10.0.0.7\"",
        "Service.Port == 8080",
        "Service.Kind is empty",
        "Service.Meta.team == shop",
        "Service.TaggedAddresses.wan_ipv4.Port == 8080",
        "Service.Weights.Warning == 1",
        "Service.EnableTagOverride == false",
        "Service.Connect.Native == false",
        "Service.Proxy.DestinationServiceName is empty",
        "Checks.CheckID == \"service:web-1\"",
        "Checks.ServiceTags contains v1",
        "Checks.Type == ttl",
        "Checks is not empty",
    };
    for (size_t i = 0; i < sizeof true_of_row / sizeof true_of_row[0]; i++)
        assert_true(passes(selectors_health_service, &row, true_of_row[i]));
    static const char *const true_of_catalog[] = {
        "Node == n1",
        "Datacenter == dc1",
        "NodeMeta contains \"consul-version\"",
        "ServiceID == \"web-1\"",
        "ServicePort == 8080 and ServiceTags contains v1",
        "ServiceMeta.team == shop",
        "ServiceTaggedAddresses.lan_ipv4.Port != 1",
        "ServiceWeights.Passing == 1",
        "ServiceConnect.Native != true",
    };
    for (size_t i = 0; i < sizeof true_of_catalog / sizeof true_of_catalog[0]; i++)
        assert_true(passes(selectors_catalog_service, &shown, true_of_catalog[i]));
    assert_false(passes(selectors_service, &shown, "Service == db"));
    assert_true(passes(selectors_check, &checks.list[0],
                       "Status == passing and ServiceName == web and Output is empty"));
    shown_drop(&shown);
}

#define SHOWING(test) cmocka_unit_test_setup_teardown(test, showing_begin, showing_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOWING(a_node_is_written_whole),
        SHOWING(the_id_of_a_node_depends_on_its_name_alone),
        SHOWING(an_ordinary_instance),
        SHOWING(an_annex_says_what_the_instance_cannot),
        SHOWING(version_and_zone_are_meta_unless_it_has_its_own),
        SHOWING(given_addresses_stand_in_front_of_those_that_follow),
        SHOWING(checks_are_called_after_the_service_in_order),
        SHOWING(what_people_asked_for_is_maintenance),
        SHOWING(what_was_judged_is_explained),
        SHOWING(a_status_without_checks_is_explained),
        SHOWING(a_check_is_written_whole),
        SHOWING(more_checks_than_fit_are_left_out),
        SHOWING(a_filter_reads_every_member),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
