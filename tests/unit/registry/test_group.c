/* Several operations in one commit, or none of them. */
#include "world.h"

#include "registry/group.h"

static void ask_web(struct world *world, const char *id, struct outcome *outcome)
{
    struct rollcall_instance web = sample_values(id, "web");

    world_ask(world, &web, &alice, NULL, outcome);
}

/* Where each change stands that waits at the store: "-" alone, "+" joined. */
static void assert_waiting(const struct world *world, const char *expected)
{
    char shown[32] = "";

    for (const struct change *at = world->store.first; at != NULL; at = at->next)
        strcat(shown, at->joined ? "+" : "-");
    assert_string_equal(shown, expected);
}

static void a_group_goes_to_the_store_at_its_end_and_as_one(void **state)
{
    struct world *world = *state;
    struct outcome one, two, three;

    world_register_id(world, "web-0");
    registry_group_begin(world->registry);
    ask_web(world, "web-1", &one);
    ask_web(world, "web-2", &two);
    world_deregister(world, "web-0", &alice, &three);
    assert_waiting(world, "");
    registry_group_submit(world->registry, NULL);
    assert_waiting(world, "-++");
    assert_int_equal(one.calls + two.calls + three.calls, 0);
    test_store_save(&world->store);
    assert_int_equal(one.status, ROLLCALL_OK);
    assert_int_equal(three.calls, 1);
    assert_null(world_entry(world, "web-0"));
    assert_non_null(world_entry(world, "web-1"));
    assert_non_null(world_entry(world, "web-2"));
}

static void note(struct change *change, const struct reason *why)
{
    (void)why;
    *(int *)change->context += 1;
    change_destroy(change);
}

static struct change *of_another_room(int *calls)
{
    struct change *change = change_create(CHANGE_SERIAL);

    change->id = "service.local.";
    change->done = note;
    change->context = calls;
    return change;
}

static void a_change_of_another_room_goes_with_them(void **state)
{
    struct world *world = *state;
    struct outcome one;
    int calls = 0;

    registry_group_begin(world->registry);
    ask_web(world, "web-1", &one);
    registry_group_submit(world->registry, of_another_room(&calls));
    assert_waiting(world, "-+");
    test_store_save(&world->store);
    registry_group_begin(world->registry);
    registry_group_submit(world->registry, of_another_room(&calls));
    assert_waiting(world, "-");
    test_store_save(&world->store);
    assert_int_equal(calls, 2);
}

static void what_was_owed_goes_before_them_and_not_between(void **state)
{
    struct world *world = *state;
    struct rollcall_instance leased = sample_values("leased", "web");
    struct renew_request renewal = { .id = "leased" };
    struct outcome one, two;
    struct reason why;
    int64_t expires;
    uint64_t revision;

    leased.lease = (struct rollcall_lease){ .kind = ROLLCALL_LEASE_TTL, .ms = 10000 };
    world_register(world, &leased);
    assert_int_equal(registry_renew(world->registry, &renewal, &alice, world->now,
                                    WALL + world->now, &expires, &revision, &why),
                     ROLLCALL_OK);
    registry_group_begin(world->registry);
    ask_web(world, "web-1", &one);
    ask_web(world, "web-2", &two);
    registry_group_submit(world->registry, NULL);
    assert_int_equal(world->store.first->kind, CHANGE_LEASE);
    assert_waiting(world, "--+");
    test_store_save(&world->store);
}

static void a_group_that_is_taken_back_leaves_nothing(void **state)
{
    struct world *world = *state;
    struct outcome one, same, other, gone, later;
    const struct reason full = { .text = "no room" };
    uint64_t before;

    world_register_id(world, "web-0");
    before = world_entry(world, "web-0")->revision;
    registry_group_begin(world->registry);
    ask_web(world, "WEB-1", &other);
    ask_web(world, "web-1", &one);
    ask_web(world, "web-1", &same);
    world_deregister(world, "web-0", &alice, &gone);
    registry_group_abort(world->registry, ROLLCALL_E_LIMIT, &full);
    assert_waiting(world, "");
    assert_int_equal(one.calls, 1);
    assert_int_equal(one.status, ROLLCALL_E_LIMIT);
    assert_string_equal(one.why, "no room");
    assert_int_equal(gone.status, ROLLCALL_E_LIMIT);
    assert_null(world_entry(world, "web-1"));
    assert_null(registry_latest(world->registry, "web-1"));
    assert_int_equal(world_entry(world, "web-0")->revision, before);
    assert_int_equal(world_entry(world, "web-0")->pending, 0);
    ask_web(world, "web-1", &later); /* and holds nothing */
    test_store_save(&world->store);
    assert_true(later.created);
    assert_string_equal(world_entry(world, "web-1")->label, "web-1");
    world_deregister(world, "web-0", &alice, &later);
    test_store_save(&world->store);
    assert_int_equal(later.status, ROLLCALL_OK);
}

static void a_group_counts_while_it_is_judged(void **state)
{
    struct world *world = *state;
    struct outcome one, two, three;

    world->settings.max_instances = 1;
    world_restart(world);
    registry_group_begin(world->registry);
    ask_web(world, "web-1", &one);
    ask_web(world, "web-2", &two);
    assert_int_equal(two.status, ROLLCALL_E_LIMIT);
    registry_group_abort(world->registry, two.status, NULL);
    ask_web(world, "web-2", &three);
    test_store_save(&world->store);
    assert_int_equal(three.status, ROLLCALL_OK);
}

static void a_group_that_the_store_refuses_changes_nothing(void **state)
{
    struct world *world = *state;
    struct outcome one, two;

    registry_group_begin(world->registry);
    ask_web(world, "web-1", &one);
    ask_web(world, "web-2", &two);
    registry_group_submit(world->registry, NULL);
    test_store_refuse(&world->store);
    assert_int_equal(one.status, ROLLCALL_E_UNAVAILABLE);
    assert_int_equal(two.status, ROLLCALL_E_UNAVAILABLE);
    assert_string_equal(world->heard, "");
    assert_int_equal(registry_instance_count(world->registry), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_group_goes_to_the_store_at_its_end_and_as_one),
        TEST(a_change_of_another_room_goes_with_them),
        TEST(what_was_owed_goes_before_them_and_not_between),
        TEST(a_group_that_is_taken_back_leaves_nothing),
        TEST(a_group_counts_while_it_is_judged),
        TEST(a_group_that_the_store_refuses_changes_nothing),
    };

    return cmocka_run_group_tests_name("registry/group", tests, NULL, NULL);
}
