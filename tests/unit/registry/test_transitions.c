/* What the history is told, and that nobody waits for it. */
#include "registry/transition.h"
#include "world.h"

static int history_setup(void **state)
{
    struct world *world;

    world_setup(state);
    world = *state;
    world_stop(world);
    world->settings.history = true;
    world_start(world);
    return 0;
}

static struct rollcall_check one;

static void register_checked(struct world *world, const char *id)
{
    struct rollcall_instance values = sample_values(id, "web");

    one = sample_check("alive");
    one.failure_threshold = 3;
    values.checks = &one;
    values.check_count = 1;
    world_register(world, &values);
    test_store_save_all(&world->store);
}

static void verdict(struct world *world, enum rollcall_health health)
{
    registry_set_check(world->registry, registry_find(world->registry, "web-1"), 0,
                       health, 2, "it said so", WALL + world->now);
}

static size_t told(const struct world *world)
{
    return world->store.submitted[CHANGE_HISTORY];
}

/* The last change that waits at the store for the history alone. */
static const struct change *last_told(const struct world *world)
{
    const struct change *last = NULL;

    for (const struct change *at = world->store.first; at != NULL; at = at->next)
        if (at->kind == CHANGE_HISTORY)
            last = at;
    assert_non_null(last);
    return last;
}

static void a_registration_takes_its_transition_along(void **state)
{
    struct world *world = *state;
    struct rollcall_instance values = sample_values("web-1", "web");
    struct outcome outcome;

    world_ask(world, &values, &alice, NULL, &outcome);
    assert_non_null(world->store.first->said);
    assert_int_equal(world->store.first->said->part, TRANSITION_PUT);
    assert_int_equal(world->store.first->said->after, ROLLCALL_PASSING);
    test_store_save_all(&world->store);
    assert_int_equal(world_count(world, "transitions"), 1);
    assert_int_equal(told(world), 0);
}

static void a_check_that_moves_is_told_with_all_that_is_known_of_it(void **state)
{
    struct world *world = *state;

    register_checked(world, "web-1");
    verdict(world, ROLLCALL_PASSING);
    test_store_save_all(&world->store);
    verdict(world, ROLLCALL_CRITICAL);
    const struct transition *said = last_told(world)->said;
    assert_int_equal(said->part, TRANSITION_HEALTH);
    assert_int_equal(said->before, ROLLCALL_PASSING);
    assert_int_equal(said->after, ROLLCALL_CRITICAL);
    assert_int_equal(said->effective, ROLLCALL_CRITICAL);
    assert_int_equal(said->outcome, 2);
    assert_int_equal(said->streak, 3);
    assert_string_equal(said->checked, "alive");
    assert_string_equal(said->output, "it said so");
    assert_int_equal(said->wall, WALL + world->now);
    verdict(world, ROLLCALL_CRITICAL);
    assert_int_equal(told(world), 2); /* the same again is no transition */
}

static void while_the_store_refuses_transitions_are_counted_and_told_of_later(
    void **state)
{
    struct world *world = *state;

    register_checked(world, "web-1");
    verdict(world, ROLLCALL_PASSING);
    test_store_refuse(&world->store); /* that one, and its state */
    size_t before = told(world);
    verdict(world, ROLLCALL_CRITICAL);
    assert_int_equal(told(world), before); /* not even sent */
    assert_int_equal(world_count(world, "transitions_dropped"), 2);
    world_pass(world, 2000);
    test_store_save_all(&world->store);
    verdict(world, ROLLCALL_PASSING);
    assert_int_equal(last_told(world)->said->lost, 2);
}

static void a_lease_that_ends_is_told(void **state)
{
    struct world *world = *state;
    struct rollcall_instance values = sample_values("web-1", "web");

    values.lease = (struct rollcall_lease){ .kind = ROLLCALL_LEASE_TTL, .ms = 1000 };
    world_register(world, &values);
    world_pass(world, 1001);
    const struct change *change = last_told(world);
    assert_int_equal(change->said->part, TRANSITION_REMOVE);
    assert_string_equal(change->said->cause, "lease expired");
    assert_string_equal(change->id, "web-1");
}

static void a_removal_is_told_with_its_own_time_however_long_all_was_quiet(void **state)
{
    struct world *world = *state;
    struct rollcall_instance values = sample_values("web-1", "web");
    struct outcome outcome;

    world_register(world, &values);
    world->now += 6000;
    world_deregister(world, "web-1", &alice, &outcome);
    assert_non_null(world->store.first->said);
    assert_int_equal(world->store.first->said->part, TRANSITION_REMOVE);
    assert_int_equal(world->store.first->said->wall, WALL + world->now);
    test_store_save_all(&world->store);
    assert_int_equal(outcome.status, ROLLCALL_OK);
}

static void without_a_history_nothing_is_told(void **state)
{
    struct world *world = *state;

    register_checked(world, "web-1");
    verdict(world, ROLLCALL_PASSING);
    assert_int_equal(told(world), 0);
    assert_int_equal(world_count(world, "transitions_dropped"), 0);
}

#define HISTORY_TEST(test)                                                               \
    cmocka_unit_test_setup_teardown(test, history_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HISTORY_TEST(a_registration_takes_its_transition_along),
        HISTORY_TEST(a_check_that_moves_is_told_with_all_that_is_known_of_it),
        HISTORY_TEST(while_the_store_refuses_transitions_are_counted_and_told_of_later),
        HISTORY_TEST(a_lease_that_ends_is_told),
        HISTORY_TEST(a_removal_is_told_with_its_own_time_however_long_all_was_quiet),
        WORLD_TEST(without_a_history_nothing_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
