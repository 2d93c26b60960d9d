/* Bodies of catalog/register, the record of a node, its services as instances. */
#include "consul/catalog_body.h"

#include "consul/body.h"
#include "consul/external_service.h"
#include "health/kinds.h"
#include "model/instance.h"
#include "showing.h"

static json_t *body_of(const char *text)
{
    struct reason why = REASON_NONE;
    json_t *body = body_parse(text, strlen(text), &why);

    assert_non_null(body);
    return body;
}

static void refused(const char *text, const char *sentence)
{
    struct catalog_registration body;
    struct reason why = REASON_NONE;
    json_t *object = body_of(text);

    assert_false(catalog_body_register(object, &body, &why));
    assert_string_equal(why.text, sentence);
    json_decref(object);
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    refused("{}", "Must provide node");
    refused("{\"Node\":\"n\"}", "Must provide address if SkipNodeUpdate is not set");
    refused("{\"Node\":\"a\\nb\",\"Address\":\"x\"}",
            "Bad node name: give 1 to 200 printable characters");
    refused("{\"Node\":\"n\",\"Address\":\"x\",\"ID\":\"40e4a748\"}",
            "Bad node ID: '40e4a748' is no UUID");
    refused("{\"Node\":\"n\",\"Address\":\"x\",\"Check\":{\"Status\":\"passing\"}}",
            "Must provide a name or an ID of the check");
    refused("{\"Node\":\"n\",\"Address\":\"x\",\"NodeMeta\":{\"a\":1}}",
            "Request decode failed: NodeMeta.a must be a string");
    refused("{\"Node\":\"n\",\"Address\":\"x\",\"Checks\":[7]}",
            "Request decode failed: a check must be an object, not number");
}

static void nulls_and_lower_case_are_what_clients_send(void **state)
{
    struct catalog_registration body;
    struct reason why = REASON_NONE;
    json_t *object = body_of(
        "{\"node\":\"n\",\"address\":\"1.2.3.4\",\"Checks\":[null],\"Check\":null,"
        "\"TaggedAddresses\":null,\"NodeMeta\":null,\"Service\":null,"
        "\"skip_node_update\":true,\"id\":\"40E4a748-2192-161a-0510-9bf59fe950b5\"}");

    (void)state;
    assert_true(catalog_body_register(object, &body, &why));
    assert_string_equal(body.node, "n");
    assert_null(body.service);
    assert_true(body.skip_node);
    assert_int_equal(body.check_count, 0);
    json_decref(object);
}

/* The record after a body, given what the node was. */
static struct external register_on(const char *text, const struct external *latest)
{
    struct catalog_registration body;
    struct reason why = REASON_NONE;
    struct external made = { .check_count = 0 };
    json_t *object = body_of(text);

    assert_true(catalog_body_register(object, &body, &why));
    made.root = catalog_body_node(&body, latest, &why);
    json_decref(object);
    return made;
}

static char *print(const struct external *external)
{
    char *text = json_dumps(external->root, JSON_COMPACT | JSON_SORT_KEYS);

    assert_non_null(text);
    return text;
}

static void a_check_comes_in_place_of_the_one_of_its_id(void **state)
{
    struct external first = register_on(
        "{\"Node\":\"n\",\"Address\":\"a\",\"Check\":{\"Name\":\"c\"}}", NULL);
    struct external second = register_on(
        "{\"Node\":\"N\",\"Address\":\"b\",\"SkipNodeUpdate\":true,\"Checks\":["
        "{\"CheckID\":\"c\",\"Status\":\"passing\"},{\"Name\":\"d\",\"Output\":\"o\"},"
        "{\"Name\":\"of a service\",\"ServiceID\":\"s\"}]}",
        &first);
    char *text = print(&second);

    (void)state;
    assert_string_equal(
        text,
        "{\"address\":\"a\",\"checks\":["
        "{\"id\":\"c\",\"interval\":\"\",\"name\":\"\",\"notes\":\"\",\"output\":\"\","
        "\"status\":\"passing\",\"timeout\":\"\",\"type\":\"\"},"
        "{\"id\":\"d\",\"interval\":\"\",\"name\":\"d\",\"notes\":\"\",\"output\":\"o\","
        "\"status\":\"critical\",\"timeout\":\"\",\"type\":\"\"}],"
        "\"id\":\"\",\"meta\":{},\"name\":\"n\",\"tagged\":{}}");
    free(text);
    struct catalog_registration without;
    catalog_body_drops("n", &without);
    without.drops[without.drop_count++] = "nothing";
    without.drops[without.drop_count++] = "c";
    catalog_body_drop(second.root, &without);
    assert_int_equal(json_array_size(json_object_get(second.root, "checks")), 1);
    assert_int_equal(without.drop_count, 1);
    assert_string_equal(without.drops[0], "nothing");
    json_decref(first.root);
    json_decref(second.root);
}

static void too_many_checks_of_a_node_are_refused(void **state)
{
    struct catalog_registration body;
    struct reason why = REASON_NONE;
    json_t *object = body_of("{\"Node\":\"n\",\"Address\":\"a\"}");
    json_t *checks = json_array();

    (void)state;
    for (int i = 0; i <= EXTERNAL_CHECKS_MAX; i++)
        json_array_append_new(checks,
                              json_pack("{s:o}", "Name", json_sprintf("check %d", i)));
    json_object_set_new(object, "Checks", checks);
    assert_true(catalog_body_register(object, &body, &why));
    assert_null(catalog_body_node(&body, NULL, &why));
    assert_string_equal(why.text, "A node has at most 16 checks of its own");
    json_decref(object);
}

/* --- Services. */

static const struct external ext = {
    .view = { .name = "ext", .address = "10.1.1.1" },
    .node = { .name = "ext", .id = "", .address = "10.1.1.1" }
};

static void the_worst_check_of_service_and_node_is_its_status(void **state)
{
    struct showing *now = *state;
    const struct annex_check warning = { .id = "w", .status = ROLLCALL_WARNING };
    struct external_change change = {
        .is = &now->is, .checks = &warning, .check_count = 1, .node = &ext
    };
    struct instance *first = NULL;
    struct instance *second = NULL;
    struct reason why = REASON_NONE;

    assert_int_equal(external_service_make(&change, &first, &why), ROLLCALL_OK);
    assert_int_equal(first->is.status, ROLLCALL_WARNING);
    assert_true(external_service_is_on(&first->is, "EXT"));
    assert_false(external_service_is_on(&first->is, "other"));
    assert_true(external_service_has_check(&first->is, (const char *const[]){ "w" }, 1));

    struct external worse = ext;
    worse.check_count = 1;
    worse.checks[0] = (struct annex_check){ .id = "n", .status = ROLLCALL_CRITICAL };
    change = (struct external_change){ .is = &first->is,
                                       .node = &worse,
                                       .schemas = check_schemas() };
    assert_int_equal(external_service_make(&change, &second, &why), ROLLCALL_OK);
    assert_int_equal(second->is.status, ROLLCALL_CRITICAL);
    assert_true(external_service_has_check(&second->is, (const char *const[]){ "w" }, 1));
    instance_unref(first);

    change = (struct external_change){ .is = &second->is,
                                       .drops = (const char *const[]){ "w" },
                                       .drop_count = 1,
                                       .node = &ext,
                                       .schemas = check_schemas() };
    assert_int_equal(external_service_make(&change, &first, &why), ROLLCALL_OK);
    assert_int_equal(first->is.status, ROLLCALL_PASSING);
    assert_false(external_service_has_check(&first->is, (const char *const[]){ "w" }, 1));
    instance_unref(first);
    instance_unref(second);
}

static void without_an_address_it_is_where_its_node_is(void **state)
{
    struct showing *now = *state;
    struct external named = ext;
    struct external_change change = { .is = &now->is,
                                      .node = &ext,
                                      .schemas = check_schemas() };
    struct instance *made = NULL;
    struct reason why = REASON_NONE;
    char text[ADDRESS_TEXT];

    now->is.annex = "{\"address\":\"\"}";
    assert_int_equal(external_service_make(&change, &made, &why), ROLLCALL_OK);
    address_print_ip(&made->is.addresses[0], text, sizeof text);
    assert_string_equal(text, "10.1.1.1");
    instance_unref(made);
    named.node.address = "db.example.com";
    change.node = &named;
    assert_int_equal(external_service_make(&change, &made, &why), ROLLCALL_OK);
    assert_int_equal(made->is.address_count, 0);
    assert_string_equal(made->is.host, "db.example.com");
    instance_unref(made);
    named.node.address = "not a host";
    assert_int_equal(external_service_make(&change, &made, &why), ROLLCALL_E_INVALID);
    named.node.address = "0.0.0.0";
    assert_int_equal(external_service_make(&change, &made, &why), ROLLCALL_E_INVALID);
}

static void one_check_too_many_is_refused(void **state)
{
    struct showing *now = *state;
    struct annex_check checks[MODEL_CHECKS_MAX + 1];
    char ids[MODEL_CHECKS_MAX + 1][8];
    const struct external_change change = { .is = &now->is,
                                            .checks = checks,
                                            .check_count = MODEL_CHECKS_MAX + 1,
                                            .node = &ext,
                                            .schemas = check_schemas() };
    struct instance *made = NULL;
    struct reason why = REASON_NONE;

    for (int i = 0; i <= MODEL_CHECKS_MAX; i++) {
        snprintf(ids[i], sizeof ids[i], "c%d", i);
        checks[i] = (struct annex_check){ .id = ids[i] };
    }
    assert_int_equal(external_service_make(&change, &made, &why), ROLLCALL_E_INVALID);
    assert_string_equal(why.text, "Invalid check: a service has at most 16 checks");
}

#define SHOWING(test) cmocka_unit_test_setup_teardown(test, showing_begin, showing_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(nulls_and_lower_case_are_what_clients_send),
        cmocka_unit_test(a_check_comes_in_place_of_the_one_of_its_id),
        cmocka_unit_test(too_many_checks_of_a_node_are_refused),
        SHOWING(the_worst_check_of_service_and_node_is_its_status),
        SHOWING(without_an_address_it_is_where_its_node_is),
        SHOWING(one_check_too_many_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
