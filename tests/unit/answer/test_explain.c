/* Explanations of a small town: who is in, who is out, and in which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "answer/explain.h"
#include "support/sample.h"
#include "support/town.h"

enum { WALL = 1772366624 };

static int setup(void **state)
{
    struct town *town = town_create();

    town->config.datacenter = (char *)"dc1";
    town->config.dns.udp_max = 1232;
    return town_start(town, state);
}

static struct entry *put(struct town *town, const char *id, uint8_t last,
                         const char *datacenter)
{
    static const char *const tags[] = { "v1" };
    const struct rollcall_address address = { 4, { 10, 0, 0, last } };
    const struct rollcall_port port = { "http", 80, ROLLCALL_TCP };
    struct rollcall_instance is = sample_bare(id, "web");

    is.datacenter = datacenter;
    is.addresses = &address;
    is.address_count = 1;
    is.ports = &port;
    is.port_count = 1;
    is.tags = tags;
    is.tag_count = 1;

    return town_put(town, &is, ROLLCALL_PASSING);
}

static struct explanation *explain(struct town *town, const char *name, const char *type)
{
    const struct explanation_question question = { .name = name,
                                                   .type = type,
                                                   .wall = INT64_C(1000) * WALL };
    struct explanation *out = NULL;
    struct reason why = REASON_NONE;

    assert_int_equal(answer_explain(town->answer, &question, &out, &why), ROLLCALL_OK);
    return out;
}

static void check_reason(struct town *town, const char *name, const char *type,
                         const char *reason)
{
    struct explanation *out = explain(town, name, type);

    assert_int_equal(out->instance_count, 1);
    assert_string_equal(out->instances[0].reason, reason);
    explanation_destroy(out);
}

static void a_healthy_instance_is_in_with_its_ttl(void **state)
{
    put(*state, "w1", 1, "");
    struct explanation *out = explain(*state, "WEB.z", "A");

    assert_string_equal(out->verdict, "web.z. A: NOERROR, 1 record, 1 of 1 instance in");
    assert_true(out->instances[0].in);
    assert_int_equal(out->instances[0].ttl, 5);
    assert_string_equal(out->instances[0].ttl_from, "zone");
    assert_string_equal(out->records[0].data, "10.0.0.1");
    explanation_destroy(out);
}

static void an_override_says_who_until_when_and_why(void **state)
{
    struct entry *entry = put(*state, "w1", 1, "");
    struct standing standing = { .override = OVERRIDE_DOWN,
                                 .override_by = 1000,
                                 .override_since = INT64_C(1000) * (WALL - 60),
                                 .override_until = INT64_C(1000) * (WALL + 90),
                                 .override_note = (char *)"disk is full" };

    entry->standing = &standing;
    town_tell(*state, EVENT_STANDING, entry->service, entry, NULL);
    struct explanation *out = explain(*state, "web.z.", "A");
    assert_false(out->instances[0].in);
    assert_string_equal(out->instances[0].text,
                        "overridden down by uid 1000 for 1m (since "
                        "2026-03-01T12:02:44Z), until 2026-03-01T12:05:14Z (1m30s left): "
                        "disk is full");
    explanation_destroy(out);
    entry->standing = NULL;
}

static void every_way_to_be_elsewhere_has_its_word(void **state)
{
    put(*state, "w1", 1, "");
    check_reason(*state, "v2.web.z.", "A", "wrong tag");
    check_reason(*state, "_grpc._tcp.web.z.", "SRV", "wrong port");
    check_reason(*state, "web.z.", "AAAA", "no address of that family");
    check_reason(*state, "web.z.", "TXT", "no record of that type");
    check_reason(*state, "w1.web.z.", "A", "named");
    put(*state, "w1", 1, "dc2");
    check_reason(*state, "web.z.", "A", "other datacenter");
    check_reason(*state, "web.dc2.dc.z.", "A", "healthy");
}

static void a_spelled_out_datacenter_is_the_same(void **state)
{
    put(*state, "w1", 1, "");
    check_reason(*state, "web.dc1.dc.z.", "A", "healthy");
}

static void an_explanation_leaves_the_turns_as_they_are(void **state)
{
    struct town *town = *state;

    town->zone[0].order = CONFIG_ORDER_ROTATE;
    put(town, "w1", 1, "");
    put(town, "w2", 2, "");
    put(town, "w3", 3, "");
    struct explanation *first = explain(town, "web.z.", "A");
    struct explanation *second = explain(town, "web.z.", "A");
    assert_int_equal(first->message_length, second->message_length);
    assert_memory_equal(first->message, second->message, first->message_length);
    explanation_destroy(first);
    explanation_destroy(second);
}

static void a_name_that_is_not_there_stays_so(void **state)
{
    struct town *town = *state;
    put(town, "w1", 1, "");
    answer_flush(town->answer);
    size_t names = town->answer->index.names;

    explanation_destroy(explain(town, "nosuch.web.z.", "A"));
    explanation_destroy(explain(town, "nosuch.z.", "A"));
    assert_int_equal(town->answer->index.names, names);
}

static void an_instance_that_moves_leaves_no_name_behind(void **state)
{
    struct town *town = *state;

    put(town, "w1", 1, "dc2");
    put(town, "w1", 1, "");
    struct explanation *out = explain(town, "w1.web.dc2.dc.z.", "A");
    assert_string_equal(out->rcode, "NXDOMAIN");
    explanation_destroy(out);
}

static void a_name_of_no_zone_and_a_name_that_is_none(void **state)
{
    struct explanation *out = explain(*state, "example.com", "A");
    const struct explanation_question bad = { .name = "a..b" };
    const struct explanation_question odd = { .name = "web.z", .type = "NOPE" };
    struct reason why = REASON_NONE;
    struct town *town = *state;

    assert_string_equal(out->rcode, "REFUSED");
    explanation_destroy(out);
    assert_int_equal(answer_explain(town->answer, &bad, &out, &why), ROLLCALL_E_INVALID);
    assert_string_equal(why.field, "name");
    assert_int_equal(answer_explain(town->answer, &odd, &out, &why), ROLLCALL_E_INVALID);
    assert_string_equal(why.field, "type");
}

/* 100,000 rows would be 20 MB, and control would stand still for them. */
static void of_a_large_service_those_with_a_reason_are_listed_and_all_are_counted(
    void **state)
{
    char id[16];

    for (int i = 0; i < 2000; i++) {
        snprintf(id, sizeof id, "w%04d", i);
        struct entry *entry = put(*state, id, (uint8_t)(i % 250), "");
        if (i >= 1990)
            entry->health = ROLLCALL_CRITICAL;
    }
    struct explanation *out = explain(*state, "web.z.", "A");
    size_t critical = 0;
    assert_int_equal(out->total, 2000);
    assert_true(out->instance_count <= EXPLAIN_LISTED);
    for (size_t i = 0; i < out->instance_count; i++)
        critical += strcmp(out->instances[i].reason, "critical") == 0;
    assert_int_equal(critical, 10);
    explanation_destroy(out);
    for (int i = 0; i < 2000; i++) {
        snprintf(id, sizeof id, "w%04d", i);
        put(*state, id, 1, "dc2");
    }
    out = explain(*state, "web.z.", "A");
    assert_int_equal(out->total, 2000);
    assert_int_equal(out->instance_count, EXPLAIN_LISTED);
    explanation_destroy(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_healthy_instance_is_in_with_its_ttl, setup,
                                        town_teardown),
        cmocka_unit_test_setup_teardown(an_override_says_who_until_when_and_why, setup,
                                        town_teardown),
        cmocka_unit_test_setup_teardown(every_way_to_be_elsewhere_has_its_word, setup,
                                        town_teardown),
        cmocka_unit_test_setup_teardown(a_spelled_out_datacenter_is_the_same, setup,
                                        town_teardown),
        cmocka_unit_test_setup_teardown(an_explanation_leaves_the_turns_as_they_are,
                                        setup, town_teardown),
        cmocka_unit_test_setup_teardown(a_name_that_is_not_there_stays_so, setup,
                                        town_teardown),
        cmocka_unit_test_setup_teardown(an_instance_that_moves_leaves_no_name_behind,
                                        setup, town_teardown),
        cmocka_unit_test_setup_teardown(
            of_a_large_service_those_with_a_reason_are_listed_and_all_are_counted, setup,
            town_teardown),
        cmocka_unit_test_setup_teardown(a_name_of_no_zone_and_a_name_that_is_none, setup,
                                        town_teardown),
    };
    return cmocka_run_group_tests_name("answer/explain", tests, NULL, NULL);
}
