/* Leases of all kinds, with a clock that the test moves. */
#include "world.h"

static struct rollcall_instance leased(const char *id, enum rollcall_lease_kind kind,
                                       uint64_t ms)
{
    struct rollcall_instance values = sample_values(id, "web");
    values.lease = (struct rollcall_lease){ .kind = kind, .ms = ms };
    if (kind == ROLLCALL_LEASE_PID)
        values.lease.pid = 4711;
    return values;
}

static enum rollcall_status renew(struct world *world, const char *id,
                                  const struct requester *who, int64_t *expires_in)
{
    struct renew_request request = { .id = id };
    struct reason why = REASON_NONE;
    uint64_t revision;
    return registry_renew(world->registry, &request, who, world->now, WALL + world->now,
                          expires_in, &revision, &why);
}

static void a_ttl_lease_ends_when_nobody_renews_it(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = leased("web-1", ROLLCALL_LEASE_TTL, 10000);

    world_register(world, &web);
    assert_int_equal(registry_next_due(world->registry), 10000);
    world_pass(world, 9999);
    assert_non_null(world_entry(world, "web-1"));
    world_pass(world, 1);
    assert_null(world_entry(world, "web-1")); /* at once, saved or not */
    assert_string_equal(world->cause, "lease expired");
    assert_int_equal(test_store_row_count(&world->store), 1);
    test_store_save(&world->store);
    assert_int_equal(test_store_row_count(&world->store), 0);
    assert_int_equal(world_count(world, "expired_ttl"), 1);
    assert_int_equal(registry_next_due(world->registry), INT64_MAX);
}

static void a_renewal_gives_a_full_ttl(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = leased("web-1", ROLLCALL_LEASE_TTL, 10000);
    int64_t expires_in = 0;

    world_register(world, &web);
    world_pass(world, 9000);
    assert_int_equal(renew(world, "web-1", &alice, &expires_in), ROLLCALL_OK);
    assert_int_equal(expires_in, 10000);
    world_pass(world, 9000);
    assert_non_null(world_entry(world, "web-1"));
    world_pass(world, 1000);
    assert_null(world_entry(world, "web-1"));
}

static void registering_the_same_again_renews_too(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = leased("web-1", ROLLCALL_LEASE_TTL, 10000);

    world_register(world, &web);
    world_pass(world, 9000);
    world_register(world, &web);
    world_pass(world, 9000);
    assert_non_null(world_entry(world, "web-1"));
}

static void a_stranger_may_not_renew(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = leased("web-1", ROLLCALL_LEASE_TTL, 10000);
    int64_t expires_in = 77;

    world_register(world, &web);
    assert_int_equal(renew(world, "web-1", &bob, &expires_in), ROLLCALL_E_UNAUTHORIZED);
    assert_int_equal(renew(world, "web-2", &bob, &expires_in), ROLLCALL_E_NOTFOUND);
    assert_int_equal(expires_in, 77);
}

static void an_instance_without_ttl_does_not_expire(void **state)
{
    struct world *world = *state;
    int64_t expires_in = 0;

    world_register_id(world, "web-1");
    assert_int_equal(renew(world, "web-1", &alice, &expires_in), ROLLCALL_OK);
    assert_int_equal(expires_in, -1);
    world_pass(world, INT32_MAX);
    assert_non_null(world_entry(world, "web-1"));
}

static void a_renewal_is_saved_after_half_a_lease(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = leased("web-1", ROLLCALL_LEASE_TTL, 10000);
    int64_t expires_in;

    world_register(world, &web);
    assert_int_equal(test_store_row(&world->store, "web-1")->lease_end, WALL + 10000);
    world_pass(world, 1000);
    renew(world, "web-1", &alice, &expires_in);
    world_pass(world, 3000);
    renew(world, "web-1", &alice, &expires_in);
    assert_int_equal(world->store.waiting, 0);
    world_pass(world, 2000); /* five seconds after the first renewal */
    test_store_save(&world->store);
    assert_int_equal(world->store.submitted[CHANGE_LEASE], 1);
    assert_int_equal(test_store_row(&world->store, "web-1")->lease_end, WALL + 14000);
}

static void a_renewal_rides_along_with_another_change(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = leased("web-1", ROLLCALL_LEASE_TTL, 10000);
    int64_t expires_in;

    world_register(world, &web);
    world_pass(world, 1000);
    renew(world, "web-1", &alice, &expires_in);
    world_register_id(world, "web-2");
    assert_int_equal(world->store.submitted[CHANGE_LEASE], 1);
    assert_int_equal(test_store_row(&world->store, "web-1")->lease_end, WALL + 11000);
}

static uint64_t hold(struct world *world, struct rollcall_instance *web,
                     struct holder *holder)
{
    struct requester who = { .uid = alice.uid, .holder = holder };
    struct outcome outcome;

    world_ask(world, web, &who, NULL, &outcome);
    test_store_save(&world->store);
    assert_int_equal(outcome.status, ROLLCALL_OK);
    return outcome.revision;
}

static void a_closed_connection_takes_its_instances_with_it(void **state)
{
    struct world *world = *state;
    struct rollcall_instance one = leased("web-1", ROLLCALL_LEASE_CONNECTION, 0);
    struct rollcall_instance two = leased("web-2", ROLLCALL_LEASE_CONNECTION, 0);
    struct rollcall_instance free_one = sample_values("web-3", "web");
    struct holder holder = { { NULL, NULL }, { NULL, NULL } };

    hold(world, &one, &holder);
    hold(world, &two, &holder);
    hold(world, &free_one, &holder);
    registry_holder_closed(world->registry, &holder, world->now);
    assert_null(world_entry(world, "web-1"));
    assert_null(world_entry(world, "web-2"));
    assert_non_null(world_entry(world, "web-3"));
    assert_string_equal(world->cause, "connection closed");
    test_store_save(&world->store);
    assert_int_equal(test_store_row_count(&world->store), 1);
    assert_int_equal(world_count(world, "expired_connection"), 2);
}

static void a_grace_waits_for_the_connection_to_come_back(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = leased("web-1", ROLLCALL_LEASE_CONNECTION, 5000);
    struct holder holder = { { NULL, NULL }, { NULL, NULL } };
    struct holder next = { { NULL, NULL }, { NULL, NULL } };

    hold(world, &web, &holder);
    registry_holder_closed(world->registry, &holder, world->now);
    world_pass(world, 4000);
    assert_non_null(world_entry(world, "web-1"));
    hold(world, &web, &next); /* the same definition: moves to the new connection */
    world_pass(world, 60000);
    assert_non_null(world_entry(world, "web-1"));
    registry_holder_closed(world->registry, &next, world->now);
    world_pass(world, 5000);
    assert_null(world_entry(world, "web-1"));
    assert_string_equal(world->cause, "connection closed");
}

static void the_old_connection_no_longer_matters_after_a_move(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = leased("web-1", ROLLCALL_LEASE_CONNECTION, 0);
    struct holder old = { { NULL, NULL }, { NULL, NULL } };
    struct holder next = { { NULL, NULL }, { NULL, NULL } };

    hold(world, &web, &old);
    hold(world, &web, &next);
    registry_holder_closed(world->registry, &old, world->now);
    assert_non_null(world_entry(world, "web-1"));
    registry_holder_closed(world->registry, &next, world->now);
    assert_null(world_entry(world, "web-1"));
}

static void a_connection_that_closed_while_saving_ends_what_it_registered(void **state)
{
    struct world *world = *state;
    struct rollcall_instance now = leased("web-1", ROLLCALL_LEASE_CONNECTION, 0);
    struct rollcall_instance later = leased("web-2", ROLLCALL_LEASE_CONNECTION, 5000);
    struct holder holder = { { NULL, NULL }, { NULL, NULL } };
    struct requester who = { .uid = alice.uid, .holder = &holder };
    struct outcome first, second;

    world_ask(world, &now, &who, NULL, &first);
    world_ask(world, &later, &who, NULL, &second);
    registry_holder_closed(world->registry, &holder, world->now);
    test_store_save(&world->store);
    assert_int_equal(first.status, ROLLCALL_OK);
    assert_null(world_entry(world, "web-1"));
    assert_non_null(world_entry(world, "web-2"));
    world_pass(world, 5000);
    assert_null(world_entry(world, "web-2"));
    test_store_save_all(&world->store);
    assert_int_equal(test_store_row_count(&world->store), 0);
}

static void a_connection_may_close_while_the_next_one_registers(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = leased("web-1", ROLLCALL_LEASE_CONNECTION, 0);
    struct holder old = { { NULL, NULL }, { NULL, NULL } };
    struct holder next = { { NULL, NULL }, { NULL, NULL } };
    struct requester who = { .uid = alice.uid, .holder = &next };
    struct outcome outcome;

    hold(world, &web, &old);
    web.weight = 2;
    world_ask(world, &web, &who, NULL, &outcome);
    registry_holder_closed(world->registry, &old, world->now);
    world_pass(world, 50);
    test_store_save(&world->store);
    assert_string_equal(world->heard, "added web-1; changed web-1; ");
    world_pass(world, 1000);
    assert_non_null(world_entry(world, "web-1"));
    registry_holder_closed(world->registry, &next, world->now);
    assert_null(world_entry(world, "web-1"));
}

static void a_registration_in_time_outlives_the_lease_while_the_disk_is_slow(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = leased("web-1", ROLLCALL_LEASE_TTL, 10000);
    struct outcome outcome;

    world_register(world, &web);
    world_pass(world, 9000);
    web.weight = 5;
    world_ask(world, &web, &alice, NULL, &outcome);
    world_pass(world, 5000);
    assert_non_null(world_entry(world, "web-1"));
    test_store_save(&world->store);
    world_pass(world, 9000);
    assert_int_equal(world_entry(world, "web-1")->instance->is.weight, 5);
    world_pass(world, 1000);
    assert_null(world_entry(world, "web-1"));
}

static void a_lease_that_ran_out_meanwhile_ends_after_a_refusal(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = leased("web-1", ROLLCALL_LEASE_TTL, 10000);
    struct outcome outcome;

    world_register(world, &web);
    web.weight = 5;
    world_ask(world, &web, &alice, NULL, &outcome);
    world_pass(world, 10000);
    test_store_refuse(&world->store);
    world_pass(world, 100);
    assert_null(world_entry(world, "web-1"));
}

static void a_connection_lease_needs_a_connection(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = leased("web-1", ROLLCALL_LEASE_CONNECTION, 0);
    struct outcome outcome;

    world_ask(world, &web, &alice, NULL, &outcome);
    assert_int_equal(outcome.status, ROLLCALL_E_INVALID);
}

static void a_holder_that_only_leaves_ends_nothing(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = leased("web-1", ROLLCALL_LEASE_CONNECTION, 0);
    struct holder holder = { { NULL, NULL }, { NULL, NULL } };

    hold(world, &web, &holder);
    registry_holder_detach(world->registry, &holder);
    world_pass(world, 60000);
    assert_non_null(world_entry(world, "web-1"));
}

static void an_exited_process_takes_its_instance_with_it(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = leased("web-1", ROLLCALL_LEASE_PID, 0);

    world_register(world, &web);
    world_pass(world, 60000);
    registry_expire(world->registry, registry_find(world->registry, "web-1"),
                    "process exited");
    assert_null(world_entry(world, "web-1"));
    assert_string_equal(world->cause, "process exited");
    assert_int_equal(world_count(world, "expired_pid"), 1);
}

static void an_end_during_a_change_is_followed_by_a_new_life(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = leased("web-1", ROLLCALL_LEASE_PID, 0);
    struct outcome outcome;

    world_register(world, &web);
    web.lease.pid = 4712;
    world_ask(world, &web, &alice, NULL, &outcome);
    registry_expire(world->registry, registry_find(world->registry, "web-1"),
                    "process exited");
    assert_null(world_entry(world, "web-1"));
    test_store_save(&world->store);
    assert_string_equal(world->heard, "added web-1; removed web-1; added web-1; ");
    test_store_save_all(&world->store);
    assert_int_equal(test_store_row_count(&world->store), 1);
}

static void an_end_that_the_store_refuses_is_saved_later(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = leased("web-1", ROLLCALL_LEASE_TTL, 10000);

    world_register(world, &web);
    world_pass(world, 10000);
    for (int i = 0; i < 5; i++) {
        test_store_refuse(&world->store);
        world_pass(world, 1000);
        assert_int_equal(world->store.waiting, 1);
    }
    test_store_save(&world->store);
    assert_int_equal(test_store_row_count(&world->store), 0);
    world_pass(world, 1000);
    assert_int_equal(world->store.waiting, 0);
    assert_int_equal(registry_next_due(world->registry), INT64_MAX);
}

static void one_is_tried_while_the_store_refuses_and_all_follow(void **state)
{
    struct world *world = *state;
    char id[16];

    for (int i = 0; i < 20; i++) {
        snprintf(id, sizeof id, "web-%d", i);
        struct rollcall_instance web = leased(id, ROLLCALL_LEASE_TTL, 10000);
        world_register(world, &web);
    }
    world_pass(world, 10000);
    assert_int_equal(world->store.waiting, 20);
    test_store_refuse(&world->store);
    world_pass(world, 1000);
    assert_int_equal(world->store.waiting, 1);
    test_store_save(&world->store);
    world_pass(world, 0);
    assert_int_equal(world->store.waiting, 19);
    test_store_save(&world->store);
    assert_int_equal(test_store_row_count(&world->store), 0);
}

static void an_unsaved_end_is_forgotten_when_the_id_is_registered_again(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = leased("web-1", ROLLCALL_LEASE_TTL, 10000);

    world_register(world, &web);
    world_pass(world, 10000);
    test_store_refuse(&world->store);
    assert_true(world_register(world, &web) > 0);
    world_pass(world, 2000);
    test_store_save_all(&world->store);
    assert_non_null(world_entry(world, "web-1"));
    assert_int_equal(test_store_row_count(&world->store), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_ttl_lease_ends_when_nobody_renews_it),
        WORLD_TEST(a_renewal_gives_a_full_ttl),
        WORLD_TEST(registering_the_same_again_renews_too),
        WORLD_TEST(a_stranger_may_not_renew),
        WORLD_TEST(an_instance_without_ttl_does_not_expire),
        WORLD_TEST(a_renewal_is_saved_after_half_a_lease),
        WORLD_TEST(a_renewal_rides_along_with_another_change),
        WORLD_TEST(a_closed_connection_takes_its_instances_with_it),
        WORLD_TEST(a_grace_waits_for_the_connection_to_come_back),
        WORLD_TEST(the_old_connection_no_longer_matters_after_a_move),
        WORLD_TEST(a_connection_that_closed_while_saving_ends_what_it_registered),
        WORLD_TEST(a_connection_may_close_while_the_next_one_registers),
        WORLD_TEST(a_registration_in_time_outlives_the_lease_while_the_disk_is_slow),
        WORLD_TEST(a_lease_that_ran_out_meanwhile_ends_after_a_refusal),
        WORLD_TEST(a_connection_lease_needs_a_connection),
        WORLD_TEST(a_holder_that_only_leaves_ends_nothing),
        WORLD_TEST(an_exited_process_takes_its_instance_with_it),
        WORLD_TEST(an_end_during_a_change_is_followed_by_a_new_life),
        WORLD_TEST(an_end_that_the_store_refuses_is_saved_later),
        WORLD_TEST(one_is_tried_while_the_store_refuses_and_all_follow),
        WORLD_TEST(an_unsaved_end_is_forgotten_when_the_id_is_registered_again),
    };
    return cmocka_run_group_tests_name("registry/lease", tests, NULL, NULL);
}
