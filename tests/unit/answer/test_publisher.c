/* What DNS has after events and a flush, seen in the index itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "answer/zone.h"
#include "dns/wire.h"
#include "support/sample.h"
#include "support/town.h"

static int setup(void **state)
{
    return town_start(town_create(), state);
}

static struct answer_name *find(struct town *town, const char *text)
{
    struct dns_name name;

    assert_true(dns_name_parse(text, &name));
    return answer_index_find(&town->answer->index, &name);
}

static const struct answer_set *set_of(struct town *town, const char *text)
{
    const struct answer_name *name = find(town, text);

    return name == NULL ? NULL : answer_content_set(answer_name_content(name));
}

/* How many RRs of `type`; -1: the name is not there. */
static int count(struct town *town, const char *text, uint16_t type)
{
    const struct answer_set *set = set_of(town, text);

    if (set == NULL)
        return find(town, text) == NULL ? -1 : 0;
    for (unsigned i = 0; i < set->count; i++)
        if (set->entry[i].type == type)
            return (int)answer_set_rrset(set, &set->entry[i])->count;
    return 0;
}

/* One instance at 10.0.0.N, port 80, "http" by name, with at most one tag. */
static struct entry *put(struct town *town, const char *id, uint8_t last, const char *tag)
{
    struct rollcall_address address = { 4, { 10, 0, 0, last } };
    struct rollcall_port port = { "http", 80, ROLLCALL_TCP };
    struct rollcall_instance is = sample_bare(id, "web");

    is.addresses = &address;
    is.address_count = 1;
    is.ports = &port;
    is.port_count = 1;
    is.tags = &tag;
    is.tag_count = tag != NULL;
    return town_put(town, &is, ROLLCALL_PASSING);
}

static void members_come_and_go(void **state)
{
    put(*state, "w1", 1, NULL);
    put(*state, "w2", 2, NULL);
    answer_flush(((struct town *)*state)->answer);
    assert_int_equal(count(*state, "web.z.", DNS_TYPE_A), 2);
    town_remove(*state, "web", "w1");
    answer_flush(((struct town *)*state)->answer);
    assert_int_equal(count(*state, "web.z.", DNS_TYPE_A), 1);
    assert_null(find(*state, "w1.web.z."));
}

static void a_service_without_members_leaves_nothing(void **state)
{
    struct town *town = *state;
    size_t before = town->answer->index.names;

    put(town, "w1", 1, "v1");
    answer_flush(town->answer);
    assert_int_equal(count(town, "_http._tcp.v1.web.z.", DNS_TYPE_SRV), 1);
    town_remove(town, "web", "w1");
    answer_flush(town->answer);
    assert_int_equal(town->answer->index.names, before);
    assert_null(town->services[0]->answer_mark);
    assert_true(list_empty(&town->services[0]->changed));
}

static void a_failing_member_keeps_its_names(void **state)
{
    struct town *town = *state;

    put(town, "w1", 1, "v1");
    town_health(town, "web", "w1", ROLLCALL_CRITICAL);
    answer_flush(town->answer);
    assert_int_equal(count(town, "web.z.", DNS_TYPE_A), 0);
    assert_int_equal(count(town, "v1.web.z.", DNS_TYPE_A), 0);
    assert_non_null(find(town, "w1.web.z."));
    town_health(town, "web", "w1", ROLLCALL_WARNING);
    answer_flush(town->answer);
    assert_int_equal(count(town, "web.z.", DNS_TYPE_A), 1);
}

static void equal_answers_are_stored_once(void **state)
{
    struct town *town = *state;

    put(town, "w1", 1, NULL);
    answer_flush(town->answer);
    assert_ptr_equal(set_of(town, "_http._tcp.web.z."), set_of(town, "_web._tcp.z."));
}

static void equal_addresses_are_handed_out_once(void **state)
{
    struct town *town = *state;

    put(town, "w1", 1, NULL);
    put(town, "w2", 1, NULL);
    answer_flush(town->answer);
    assert_int_equal(count(town, "web.z.", DNS_TYPE_A), 1);
    assert_int_equal(count(town, "web.z.", DNS_TYPE_SRV), 2);
}

static void a_change_that_says_the_same_publishes_nothing(void **state)
{
    struct town *town = *state;

    put(town, "w1", 1, NULL);
    answer_flush(town->answer);
    const struct answer_set *before = set_of(town, "web.z.");
    town->zone[0].ttl = 5;
    town->answer->index.zones[0]->changed = false;
    town_health(town, "web", "w1", ROLLCALL_WARNING);
    answer_flush(town->answer);
    assert_ptr_equal(set_of(town, "web.z."), before);
    assert_false(town->answer->index.zones[0]->changed);
}

static void many_changes_in_one_turn_are_one_compilation(void **state)
{
    struct town *town = *state;
    uint64_t before = counter_read(&town->answer->counts.compiled);

    for (uint8_t i = 1; i < 100; i++) {
        char id[8];
        snprintf(id, sizeof id, "w%u", i);
        put(town, id, i, NULL);
    }
    answer_flush(town->answer);
    assert_int_equal(counter_read(&town->answer->counts.compiled), before + 1);
    assert_int_equal(count(town, "web.z.", DNS_TYPE_A), 99);
}

static void an_id_wins_over_a_tag_of_that_name(void **state)
{
    struct town *town = *state;

    put(town, "w1", 1, "blue");
    answer_flush(town->answer);
    assert_int_equal(count(town, "blue.web.z.", DNS_TYPE_A), 1);
    put(town, "blue", 2, NULL);
    answer_flush(town->answer);
    assert_null(set_of(town, "blue.web.z."));
    assert_null(find(town, "_http._tcp.blue.web.z."));
    town_remove(town, "web", "blue");
    answer_flush(town->answer);
    assert_int_equal(count(town, "blue.web.z.", DNS_TYPE_A), 1);
    assert_int_equal(count(town, "_http._tcp.blue.web.z.", DNS_TYPE_SRV), 1);
}

static void an_id_that_replaces_a_tag_may_go_before_the_flush(void **state)
{
    struct town *town = *state;

    put(town, "w1", 1, "blue");
    answer_flush(town->answer);
    put(town, "blue", 2, NULL);
    town_remove(town, "web", "blue");
    answer_flush(town->answer);
    assert_int_equal(count(town, "blue.web.z.", DNS_TYPE_A), 1);
}

static void a_tag_of_several_labels_has_a_name(void **state)
{
    struct town *town = *state;

    put(town, "w1", 1, "v1.primary");
    answer_flush(town->answer);
    assert_int_equal(count(town, "v1.primary.web.z.", DNS_TYPE_A), 1);
    assert_non_null(find(town, "primary.web.z."));
    put(town, "w1", 1, "not_a_label");
    answer_flush(town->answer);
    assert_null(find(town, "primary.web.z."));
    assert_null(find(town, "not_a_label.web.z."));
}

static void a_new_definition_replaces_the_old_one(void **state)
{
    struct town *town = *state;

    put(town, "w1", 1, NULL);
    answer_flush(town->answer);
    put(town, "w1", 9, NULL);
    answer_flush(town->answer);
    const struct instance *instance =
        answer_content_instance(answer_name_content(find(town, "w1.web.z.")));
    assert_int_equal(instance->is.addresses[0].bytes[3], 9);
}

static void the_least_ttl_holds_for_the_whole_answer(void **state)
{
    struct town *town = *state;
    struct rollcall_address address = { 4, { 10, 0, 0, 1 } };
    struct rollcall_instance is = sample_bare("w2", "web");

    is.addresses = &address;
    is.address_count = 1;
    is.ttl = 2;
    put(town, "w1", 7, NULL);
    town_put(town, &is, ROLLCALL_PASSING);
    answer_flush(town->answer);
    const struct answer_set *set = set_of(town, "web.z.");
    const uint8_t *wire = answer_rrset_wire(answer_set_rrset(set, &set->entry[0]));
    assert_int_equal(wire[9], 2);
    assert_int_equal(wire[16 + 9], 2);
}

static void admission_names_the_reserved_word(void **state)
{
    struct town *town = *state;
    struct reason warning = REASON_NONE, why = REASON_NONE;
    struct rollcall_instance is = { .service = "ns", .namespace_name = "default" };

    assert_int_equal(answer_admit(town->answer, &is, "x", &warning, &why), ROLLCALL_OK);
    assert_non_null(strstr(warning.text, "reserved"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, town_teardown)
        TEST(members_come_and_go),
        TEST(a_service_without_members_leaves_nothing),
        TEST(a_failing_member_keeps_its_names),
        TEST(equal_answers_are_stored_once),
        TEST(equal_addresses_are_handed_out_once),
        TEST(a_change_that_says_the_same_publishes_nothing),
        TEST(many_changes_in_one_turn_are_one_compilation),
        TEST(an_id_wins_over_a_tag_of_that_name),
        TEST(an_id_that_replaces_a_tag_may_go_before_the_flush),
        TEST(a_tag_of_several_labels_has_a_name),
        TEST(a_new_definition_replaces_the_old_one),
        TEST(the_least_ttl_holds_for_the_whole_answer),
        TEST(admission_names_the_reserved_word),
    };
    return cmocka_run_group_tests_name("answer/publisher", tests, NULL, NULL);
}
