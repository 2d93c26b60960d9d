/* A restart: what is there again, under which label and revision, and for how long. */
#include "world.h"

static struct rollcall_instance leased(const char *id, enum rollcall_lease_kind kind,
                                       uint64_t ms)
{
    struct rollcall_instance values = sample_values(id, "web");
    values.lease = (struct rollcall_lease){ .kind = kind, .ms = ms, .pid = 1 };
    return values;
}

static void register_held(struct world *world, const char *id, uint64_t grace)
{
    struct holder holder = { { NULL, NULL }, { NULL, NULL } };
    struct requester who = { .uid = alice.uid, .holder = &holder };
    struct rollcall_instance web = leased(id, ROLLCALL_LEASE_CONNECTION, grace);
    struct outcome outcome;

    world_ask(world, &web, &who, NULL, &outcome);
    test_store_save(&world->store);
    registry_holder_detach(world->registry, &holder); /* as the daemon does at its end */
}

static void everything_saved_is_there_again(void **state)
{
    struct world *world = *state;

    world_register_id(world, "web-2");
    world_register_id(world, "web-1");
    uint64_t revision = world_entry(world, "web-1")->revision;
    world_restart(world);
    const struct entry *entry = world_entry(world, "web-1");
    assert_int_equal(entry->revision, revision);
    assert_int_equal(entry->owner, alice.uid);
    assert_int_equal(entry->state, SERVING);
    assert_string_equal(entry->label, "web-1");
    assert_string_equal(world->heard, "added web-1; added web-2; ");
    assert_string_equal(world->cause, "load");
}

static void revisions_go_on_behind_a_gap(void **state)
{
    struct world *world = *state;

    assert_int_equal(registry_revision(world->registry), 0);
    world_register_id(world, "web-1");
    uint64_t before = registry_revision(world->registry);
    world_restart(world);
    uint64_t after = registry_revision(world->registry);
    assert_true(after > before + 1000000);
    world_register_id(world, "web-2");
    assert_true(world_entry(world, "web-2")->revision > after);
    assert_true(registry_revision(world->registry) < 1ull << 53);
}

static void a_number_that_was_shown_never_comes_again(void **state)
{
    struct world *world = *state;
    uint64_t shown = 0;

    world_register_id(world, "web-1");
    world_restart(world);
    registry_note_start(world->registry, 1);
    test_store_save(&world->store);
    for (unsigned i = 0; i < 100; i++) /* seen by readers, saved by nobody */
        shown = registry_take_revision(world->registry);
    world_restart(world);
    assert_true(registry_revision(world->registry) > shown);
}

static void a_ttl_lease_gets_a_full_ttl_again(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = leased("web-1", ROLLCALL_LEASE_TTL, 10000);

    world_register(world, &web);
    world->now = 9000;
    world_restart(world);
    world_pass(world, 9999);
    assert_non_null(world_entry(world, "web-1"));
    world_pass(world, 1);
    assert_null(world_entry(world, "web-1"));
}

static void a_connection_lease_without_grace_is_gone_at_once(void **state)
{
    struct world *world = *state;

    register_held(world, "web-1", 0);
    world_restart(world);
    assert_null(world_entry(world, "web-1"));
    assert_string_equal(world->heard, "");
    test_store_save(&world->store);
    assert_int_equal(test_store_row_count(&world->store), 0);
    assert_null(registry_service(world->registry, "default", "web"));
}

static void a_connection_lease_with_grace_waits_that_long(void **state)
{
    struct world *world = *state;

    register_held(world, "web-1", 5000);
    world->now = 100000;
    world_restart(world);
    world_pass(world, 4999);
    assert_non_null(world_entry(world, "web-1"));
    world_pass(world, 1);
    assert_null(world_entry(world, "web-1"));
}

static void a_pid_lease_stays_until_its_watcher_says_otherwise(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = leased("web-1", ROLLCALL_LEASE_PID, 0);

    world_register(world, &web);
    world_restart(world);
    world_pass(world, 1000000);
    assert_non_null(world_entry(world, "web-1"));
}

static void a_label_stays_over_a_restart(void **state)
{
    struct world *world = *state;
    char label[64];
    struct rollcall_instance upper = sample_values("WEB-1", "web");
    struct outcome gone;

    world_register_id(world, "web-1");
    world_register(world, &upper);
    snprintf(label, sizeof label, "%s", world_entry(world, "WEB-1")->label);
    assert_string_not_equal(label, "web-1");
    world_deregister(world, "web-1", &alice, &gone);
    test_store_save(&world->store);
    world_restart(world);
    assert_string_equal(world_entry(world, "WEB-1")->label, label);
}

static void take_serial(void *owner, const char *zone, uint32_t serial)
{
    assert_string_equal(zone, "service.local.");
    *(uint32_t *)owner = serial;
}

static void serials_are_handed_over(void **state)
{
    struct world *world = *state;
    uint32_t serial = 0;

    registry_save_serial(world->registry, "service.local.", 77, NULL, NULL);
    test_store_save(&world->store);
    world_stop(world);
    world->registry = registry_create(&world->settings, &world->store.base);
    assert_int_equal(registry_load(world->registry, 0, WALL, take_serial, &serial, NULL),
                     ROLLCALL_OK);
    assert_int_equal(serial, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(everything_saved_is_there_again),
        WORLD_TEST(revisions_go_on_behind_a_gap),
        WORLD_TEST(a_number_that_was_shown_never_comes_again),
        WORLD_TEST(a_ttl_lease_gets_a_full_ttl_again),
        WORLD_TEST(a_connection_lease_without_grace_is_gone_at_once),
        WORLD_TEST(a_connection_lease_with_grace_waits_that_long),
        WORLD_TEST(a_pid_lease_stays_until_its_watcher_says_otherwise),
        WORLD_TEST(a_label_stays_over_a_restart),
        WORLD_TEST(serials_are_handed_over),
    };
    return cmocka_run_group_tests_name("registry/load", tests, NULL, NULL);
}
