/* SRV whose target is a name of ours: what is published follows what happens there. */
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

/* With a host name, or else at 10.0.0.LAST. */
static void put(struct town *town, const char *service, const char *id, const char *host,
                uint8_t last)
{
    struct rollcall_address address = { 4, { 10, 0, 0, last } };
    struct rollcall_port port = { "http", 80, ROLLCALL_TCP };
    struct rollcall_instance is = sample_bare(id, service);

    is.host = host;
    is.addresses = &address;
    is.address_count = host[0] == '\0';
    is.ports = &port;
    is.port_count = 1;

    town_put(town, &is, ROLLCALL_PASSING);
    answer_flush(town->answer);
}

/* The SRV RRset of far; NULL: none. */
static const struct answer_rrset *srv(struct town *town)
{
    struct dns_name name;

    assert_true(dns_name_parse("_http._tcp.far.z.", &name));
    const struct answer_name *found = answer_index_find(&town->answer->index, &name);
    const struct answer_set *set =
        found == NULL ? NULL : answer_content_set(answer_name_content(found));
    assert_non_null(set);
    for (unsigned i = 0; i < set->count; i++)
        if (set->entry[i].type == DNS_TYPE_SRV)
            return answer_set_rrset(set, &set->entry[i]);
    return NULL;
}

static const char *target(struct town *town)
{
    static char text[DNS_NAME_TEXT];
    const uint8_t *name = answer_rrset_wire(srv(town)) + ANSWER_RR_HEADER + 6;
    size_t length = srv(town)->length - ANSWER_RR_HEADER - 6;

    dns_name_print(name, length, text, sizeof text);
    return text;
}

static void addresses_appear_when_the_target_does(void **state)
{
    put(*state, "far", "f1", "near.z.", 0);
    assert_int_equal(srv(*state)->extra_count, 0);
    put(*state, "near", "n1", "", 1);
    assert_string_equal(target(*state), "near.z.");
    assert_int_equal(srv(*state)->extra_count, 1);
    put(*state, "near", "n2", "", 2);
    assert_int_equal(srv(*state)->extra_count, 2);
}

static void addresses_leave_with_the_health_of_the_target(void **state)
{
    struct town *town = *state;

    put(town, "far", "f1", "near.z.", 0);
    put(town, "near", "n1", "", 1);
    town_health(town, "near", "n1", ROLLCALL_CRITICAL);
    answer_flush(town->answer);
    assert_int_equal(srv(town)->extra_count, 0);
}

static void a_target_that_becomes_an_alias_is_replaced_by_its_end(void **state)
{
    put(*state, "far", "f1", "middle.z.", 0);
    put(*state, "near", "n1", "", 1);
    assert_string_equal(target(*state), "middle.z.");
    put(*state, "middle", "m1", "near.z.", 0);
    assert_string_equal(target(*state), "near.z.");
    assert_int_equal(srv(*state)->extra_count, 1);
    put(*state, "middle", "m1", "elsewhere.example.", 0);
    assert_string_equal(target(*state), "elsewhere.example.");
    assert_int_equal(srv(*state)->extra_count, 0);
}

static void the_name_of_an_instance_is_followed_too(void **state)
{
    put(*state, "far", "f1", "m1.middle.z.", 0);
    put(*state, "near", "n1", "", 1);
    put(*state, "middle", "m1", "n1.near.z.", 0);
    assert_string_equal(target(*state), "n1.near.z.");
    assert_int_equal(srv(*state)->extra_count, 1);
    town_remove(*state, "near", "n1");
    answer_flush(((struct town *)*state)->answer);
    assert_int_equal(srv(*state)->extra_count, 0);
}

static void services_elsewhere_are_not_compiled_again(void **state)
{
    struct town *town = *state;

    put(town, "far", "f1", "near.z.", 0);
    put(town, "near", "n1", "", 1);
    uint64_t before = counter_read(&town->answer->counts.compiled);
    put(town, "other", "o1", "", 3);
    assert_int_equal(counter_read(&town->answer->counts.compiled) - before, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(addresses_appear_when_the_target_does, setup,
                                        town_teardown),
        cmocka_unit_test_setup_teardown(addresses_leave_with_the_health_of_the_target,
                                        setup, town_teardown),
        cmocka_unit_test_setup_teardown(
            a_target_that_becomes_an_alias_is_replaced_by_its_end, setup, town_teardown),
        cmocka_unit_test_setup_teardown(the_name_of_an_instance_is_followed_too, setup,
                                        town_teardown),
        cmocka_unit_test_setup_teardown(services_elsewhere_are_not_compiled_again, setup,
                                        town_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
