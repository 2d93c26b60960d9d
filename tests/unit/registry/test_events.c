/* What moves a number: of the registry, of a service, of all that are gone. */
#include "registry/events.h"

#include "world.h"

static struct rollcall_check two[2];

static struct rollcall_instance checked(const char *id)
{
    struct rollcall_instance values = sample_values(id, "web");
    two[0] = sample_check("alive");
    two[1] = sample_check("ready");
    values.checks = two;
    values.check_count = 2;
    return values;
}

static void say(struct world *world, unsigned index, enum rollcall_health health,
                const char *output)
{
    registry_set_check(world->registry, registry_find(world->registry, "web-1"), index,
                       health, 1, output, WALL + world->now);
}

static const struct service *web_of(const struct world *world)
{
    return registry_service(world->registry, "default", "web");
}

static void leave(struct world *world, const char *id)
{
    struct outcome outcome;

    world_deregister(world, id, &alice, &outcome);
    test_store_save_all(&world->store);
    assert_int_equal(outcome.status, ROLLCALL_OK);
}

static void a_check_that_moves_alone_is_told_with_its_number(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = checked("web-1");

    web.status = ROLLCALL_CRITICAL;
    world_register(world, &web);
    uint64_t before = web_of(world)->moved;
    say(world, 1, ROLLCALL_PASSING, "yes");
    assert_int_equal(world->check, 1);
    assert_true(web_of(world)->moved > before);
    say(world, 0, ROLLCALL_PASSING, "yes");
    assert_int_equal(world->check, 0);
    assert_string_equal(world->heard, "added web-1; check web-1; health web-1; ");
    test_store_save_all(&world->store);
}

static void a_check_that_only_says_something_else_moves_nothing(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = checked("web-1");

    world_register(world, &web);
    say(world, 1, ROLLCALL_WARNING, "slow");
    test_store_save_all(&world->store);
    uint64_t before = registry_revision(world->registry);
    world->heard[0] = '\0';
    say(world, 1, ROLLCALL_WARNING, "very slow");
    say(world, 1, ROLLCALL_WARNING, "very slow");
    assert_string_equal(world->heard, "output web-1; ");
    assert_int_equal(world->check, 1);
    assert_int_equal(registry_revision(world->registry), before);
    assert_int_equal(web_of(world)->moved, before);
    assert_int_equal(world->store.waiting, 0);
    assert_string_equal(world_entry(world, "web-1")->checks[1].output, "very slow");
}

static void a_service_moves_alone(void **state)
{
    struct world *world = *state;
    struct rollcall_instance other = sample_values("db-1", "db");

    world_register_id(world, "web-1");
    uint64_t before = web_of(world)->moved;
    world_register(world, &other);
    assert_int_equal(web_of(world)->moved, before);
    world_register_id(world, "web-2");
    assert_true(web_of(world)->moved > before);
    before = web_of(world)->moved;
    leave(world, "web-2");
    assert_true(web_of(world)->moved > before);
}

static void the_last_instance_leaves_a_number_behind(void **state)
{
    struct world *world = *state;
    uint64_t start = registry_gone_revision(world->registry);

    world_register_id(world, "web-1");
    world_register_id(world, "web-2");
    leave(world, "web-1");
    assert_int_equal(registry_gone_revision(world->registry), start);
    uint64_t moved = web_of(world)->moved;
    leave(world, "web-2");
    assert_true(registry_gone_revision(world->registry) > moved);
    uint64_t gone = registry_gone_revision(world->registry);
    world_register_id(world, "web-1");
    assert_true(web_of(world)->moved > gone);
}

static void numbers_go_on_after_a_restart(void **state)
{
    struct world *world = *state;

    world_register_id(world, "web-1");
    uint64_t moved = web_of(world)->moved;
    world_restart(world);
    assert_true(web_of(world)->moved > moved);
    assert_true(registry_gone_revision(world->registry) > moved);
}

static void a_number_that_was_taken_is_given_to_nothing_else(void **state)
{
    struct world *world = *state;

    world_register_id(world, "web-1");
    uint64_t taken = registry_take_revision(world->registry);
    assert_true(taken > web_of(world)->moved);
    world_register_id(world, "web-2");
    assert_true(web_of(world)->moved > taken);
    assert_true(registry_take_revision(world->registry) > web_of(world)->moved);
}

static void the_latest_definition_counts_before_it_is_saved(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("web-1", "web");
    struct outcome first, second, gone;

    assert_null(registry_latest(world->registry, "web-1"));
    world_ask(world, &web, &alice, NULL, &first);
    assert_int_equal(registry_latest(world->registry, "web-1")->is.weight, web.weight);
    web.weight = 7;
    world_ask(world, &web, &alice, NULL, &second);
    assert_int_equal(registry_latest(world->registry, "web-1")->is.weight, 7);
    assert_null(registry_find(world->registry, "web-1"));
    test_store_save_all(&world->store);
    assert_int_equal(registry_latest(world->registry, "web-1")->is.weight, 7);
    world_deregister(world, "web-1", &alice, &gone);
    assert_null(registry_latest(world->registry, "web-1"));
    test_store_refuse(&world->store);
    assert_int_equal(registry_latest(world->registry, "web-1")->is.weight, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_check_that_moves_alone_is_told_with_its_number),
        WORLD_TEST(a_check_that_only_says_something_else_moves_nothing),
        WORLD_TEST(a_service_moves_alone),
        WORLD_TEST(the_last_instance_leaves_a_number_behind),
        WORLD_TEST(numbers_go_on_after_a_restart),
        WORLD_TEST(a_number_that_was_taken_is_given_to_nothing_else),
        WORLD_TEST(the_latest_definition_counts_before_it_is_saved),
    };
    return cmocka_run_group_tests_name("registry/events", tests, NULL, NULL);
}
