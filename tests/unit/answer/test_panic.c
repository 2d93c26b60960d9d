/* min_healthy: in below one share, out above a larger one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "answer/zone.h"
#include "base/log.h"
#include "dns/wire.h"
#include "support/sample.h"
#include "support/town.h"

enum { FLEET = 100 };

static int setup(void **state)
{
    struct town *town = town_create();

    log_set_level(LOG_LEVEL_ERROR);
    town->zone[0].min_healthy = 500;
    return town_start(town, state);
}

/* How many A records web.z. has. */
static unsigned answered(struct town *town)
{
    struct dns_name name;

    assert_true(dns_name_parse("web.z.", &name));
    const struct answer_name *found = answer_index_find(&town->answer->index, &name);
    const struct answer_set *set = answer_content_set(answer_name_content(found));
    for (unsigned i = 0; i < set->count; i++)
        if (set->entry[i].type == DNS_TYPE_A)
            return answer_set_rrset(set, &set->entry[i])->count;
    return 0;
}

static void put(struct town *town, int number, enum rollcall_health health)
{
    struct rollcall_address address = { 4, { 10, 0, 0, (uint8_t)number } };
    char id[16];

    snprintf(id, sizeof id, "web-%03d", number);
    struct rollcall_instance is = sample_bare(id, "web");
    is.addresses = &address;
    is.address_count = 1;
    town_put(town, &is, health);
}

static void put_fleet(struct town *town)
{
    for (int i = 0; i < FLEET; i++)
        put(town, i, ROLLCALL_PASSING);
    answer_flush(town->answer);
}

static void make(struct town *town, int number, enum rollcall_health health)
{
    put(town, number, health);
    answer_flush(town->answer);
}

static uint64_t panics(const struct town *town)
{
    return counter_read(&town->answer->counts.panics);
}

static void with_51_of_100_gone_all_are_given_in_once_and_out_once(void **state)
{
    struct town *town = *state;

    put_fleet(town);
    for (int i = 0; i < 50; i++)
        make(town, i, ROLLCALL_CRITICAL);
    assert_int_equal(answered(town), 50);
    make(town, 50, ROLLCALL_CRITICAL);
    assert_int_equal(answered(town), 100);
    for (int i = 0; i < 10; i++)
        make(town, i, ROLLCALL_PASSING); /* 49 to 59 */
    assert_int_equal(answered(town), 100);
    make(town, 10, ROLLCALL_PASSING);
    assert_int_equal(answered(town), 60);
    for (int i = 11; i <= 50; i++)
        make(town, i, ROLLCALL_PASSING);
    assert_int_equal(answered(town), 100);
    assert_int_equal(panics(town), 1);
    assert_int_equal(counter_read(&town->answer->counts.panicking), 0);
}

static void at_the_edge_it_does_not_flicker(void **state)
{
    struct town *town = *state;

    put_fleet(town);
    for (int i = 0; i < 51; i++)
        make(town, i, ROLLCALL_CRITICAL);
    for (int i = 0; i < 20; i++) {
        make(town, 0, ROLLCALL_PASSING);
        assert_int_equal(answered(town), 100);
        make(town, 0, ROLLCALL_CRITICAL);
    }
    assert_int_equal(panics(town), 1);
}

static void a_service_that_goes_panics_no_more(void **state)
{
    struct town *town = *state;

    make(town, 1, ROLLCALL_PASSING);
    make(town, 2, ROLLCALL_CRITICAL);
    make(town, 3, ROLLCALL_CRITICAL);
    assert_int_equal(counter_read(&town->answer->counts.panicking), 1);
    for (uint32_t i = 3; i > 0; i--)
        town_remove(town, "web", town->services[0]->entries[i - 1]->id);
    answer_flush(town->answer);
    assert_int_equal(counter_read(&town->answer->counts.panicking), 0);
}

/* What was in panic an hour ago is no news: nobody is to be woken by it. */
static void a_rehearsal_gives_all_and_announces_nothing(void **state)
{
    struct town *town = *state;

    answer_rehearse(town->answer);
    put_fleet(town);
    for (int i = 0; i < 60; i++)
        put(town, i, ROLLCALL_CRITICAL);
    answer_flush(town->answer);
    assert_int_equal(answered(town), 100);
    assert_int_equal(panics(town), 0);
    assert_int_equal(counter_read(&town->answer->counts.panicking), 0);
}

static void the_larger_share_may_be_given(void **state)
{
    const struct members_rules rules = { .min_healthy = 500,
                                         .until = 900,
                                         .panicking = true };
    const struct members_rules calm = { .min_healthy = 500, .until = 900 };

    (void)state;
    assert_true(members_panic(&rules, 89, 100));
    assert_false(members_panic(&rules, 90, 100));
    assert_false(members_panic(&calm, 50, 100));
    assert_true(members_panic(&calm, 49, 100));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            with_51_of_100_gone_all_are_given_in_once_and_out_once, setup, town_teardown),
        cmocka_unit_test_setup_teardown(at_the_edge_it_does_not_flicker, setup,
                                        town_teardown),
        cmocka_unit_test_setup_teardown(a_service_that_goes_panics_no_more, setup,
                                        town_teardown),
        cmocka_unit_test_setup_teardown(a_rehearsal_gives_all_and_announces_nothing,
                                        setup, town_teardown),
        cmocka_unit_test(the_larger_share_may_be_given),
    };

    return cmocka_run_group_tests_name("answer/panic", tests, NULL, NULL);
}
