/* What keeps an instance in or out besides its health: asked for, or judged. */
#include "registry/standing.h"
#include "world.h"

enum { TTL_S = 5, SAFE_MS = TTL_S * 1000 + 1000 };

static uint32_t five_seconds(void *owner, const struct entry *entry)
{
    (void)owner;
    assert_non_null(entry);
    return TTL_S;
}

static int setup(void **state)
{
    world_setup(state);
    struct world *world = *state;
    world_stop(world);
    world->settings.longest_ttl = five_seconds;
    world_start(world);
    world_register_id(world, "web-1");
    world->heard[0] = '\0';
    return 0;
}

/* Like world_done(), with how long a drain takes. */
struct asked {
    struct outcome is;
    int64_t safe_in;
};

static void on_done(void *context, enum rollcall_status status,
                    const struct registry_reply *reply, const struct reason *why)
{
    struct asked *asked = context;

    world_done(&asked->is, status, reply, why);
    asked->safe_in = reply->safe_in;
}

static void take_refusal(struct asked *asked, enum rollcall_status status,
                         const struct reason *why)
{
    if (status == ROLLCALL_OK)
        return;
    assert_int_equal(asked->is.calls, 0);
    asked->is.status = status;
    snprintf(asked->is.why, sizeof asked->is.why, "%s", why->text);
}

static struct asked drain(struct world *world, const struct requester *who,
                          struct asked *asked)
{
    struct reason why = REASON_NONE;

    *asked = (struct asked){ .safe_in = -2 };
    take_refusal(asked,
                 registry_drain(world->registry, "web-1", -1, who, world->now,
                                WALL + world->now, on_done, asked, &why),
                 &why);
    return *asked;
}

static void undrain(struct world *world, struct asked *asked)
{
    struct reason why = REASON_NONE;

    *asked = (struct asked){ .safe_in = -2 };
    take_refusal(asked,
                 registry_undrain(world->registry, "web-1", &alice, world->now,
                                  WALL + world->now, on_done, asked, &why),
                 &why);
}

static void override_for(struct world *world, enum standing_override state, int64_t lasts,
                         struct asked *asked)
{
    const struct override_request request = {
        .id = "web-1", .state = state, .lasts = lasts, .note = "night work"
    };
    struct reason why = REASON_NONE;

    *asked = (struct asked){ .safe_in = -2 };
    take_refusal(asked,
                 registry_override(world->registry, &request, &alice, world->now,
                                   WALL + world->now, on_done, asked, &why),
                 &why);
}

/* "passing draining": what DNS goes by, and why. */
#define STANDS(world, effective, why)                                                    \
    do {                                                                                 \
        assert_int_equal(entry_effective(world_entry(world, "web-1")), effective);       \
        assert_string_equal(standing_word(entry_standing(world_entry(world, "web-1"))),  \
                            why);                                                        \
    } while (0)

static void a_node_that_is_down_takes_all_out_whatever_is_said_of_them(void **state)
{
    struct world *world = *state;
    struct asked asked;

    override_for(world, OVERRIDE_UP, 0, &asked);
    test_store_save_all(&world->store);
    world->heard[0] = '\0';
    registry_set_node(world->registry, true, WALL + 500);
    STANDS(world, ROLLCALL_CRITICAL, "node down");
    assert_int_equal(registry_node_since(world->registry), WALL + 500);
    registry_set_node(world->registry, true, WALL + 600);
    assert_string_equal(world->heard, "standing web-1; ");
    assert_string_equal(world->cause, "node down");
    world_register_id(world, "web-2");
    assert_int_equal(entry_standing(world_entry(world, "web-2")), STANDING_NODE);
    registry_set_node(world->registry, false, WALL + 700);
    STANDS(world, ROLLCALL_PASSING, "overridden up");
    assert_int_equal(entry_standing(world_entry(world, "web-2")), STANDING_NONE);
    assert_int_equal(registry_node_since(world->registry), 0);
}

static void a_registration_under_way_comes_into_a_node_that_is_down(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("web-2", "web");
    struct outcome outcome;

    world_ask(world, &web, &alice, NULL, &outcome);
    registry_set_node(world->registry, true, WALL);
    test_store_save_all(&world->store);
    assert_int_equal(entry_effective(world_entry(world, "web-2")), ROLLCALL_CRITICAL);
    world_restart(world); /* who took it down says it again */
    STANDS(world, ROLLCALL_PASSING, "");
}

static void a_drain_counts_when_it_is_saved(void **state)
{
    struct world *world = *state;
    struct asked asked;

    drain(world, &alice, &asked);
    STANDS(world, ROLLCALL_PASSING, "");
    assert_int_equal(asked.is.calls, 0);
    test_store_save(&world->store);
    STANDS(world, ROLLCALL_CRITICAL, "draining");
    assert_int_equal(asked.is.calls, 1);
    assert_int_equal(asked.is.status, ROLLCALL_OK);
    assert_int_equal(asked.safe_in, SAFE_MS);
    assert_int_equal(asked.is.revision, world->last_event);
    assert_string_equal(world->heard, "standing web-1; ");
    assert_string_equal(world->cause, "drain");
}

static void a_drain_that_is_not_saved_changes_nothing(void **state)
{
    struct world *world = *state;
    struct asked asked;

    drain(world, &alice, &asked);
    test_store_refuse(&world->store);
    assert_int_equal(asked.is.status, ROLLCALL_E_UNAVAILABLE);
    STANDS(world, ROLLCALL_PASSING, "");
    assert_null(world_entry(world, "web-1")->standing);
    assert_string_equal(world->heard, "");
}

static void a_drain_is_there_after_a_restart(void **state)
{
    struct world *world = *state;
    struct asked asked;

    drain(world, &alice, &asked);
    test_store_save(&world->store);
    world_restart(world);
    STANDS(world, ROLLCALL_CRITICAL, "draining");
    assert_int_equal(world_entry(world, "web-1")->standing->drain_since, WALL);
    undrain(world, &asked);
    test_store_save(&world->store);
    STANDS(world, ROLLCALL_PASSING, "");
    world_restart(world);
    STANDS(world, ROLLCALL_PASSING, "");
    assert_null(world_entry(world, "web-1")->standing);
}

static void a_second_drain_waits_only_for_the_rest(void **state)
{
    struct world *world = *state;
    struct asked asked;

    drain(world, &alice, &asked);
    test_store_save(&world->store);
    world->now += 4000;
    drain(world, &alice, &asked);
    assert_int_equal(asked.is.calls, 1); /* there is nothing to save */
    assert_int_equal(asked.safe_in, SAFE_MS - 4000);
    world->now += 60 * 1000;
    drain(world, &alice, &asked);
    assert_int_equal(asked.safe_in, 0);
}

static void the_wait_counts_from_the_moment_dns_knows(void **state)
{
    struct world *world = *state;
    struct asked asked;

    drain(world, &alice, &asked);
    test_store_save(&world->store);
    assert_int_equal(registry_drain_published(world->registry, "web-1", WALL + 700),
                     WALL + 700 + SAFE_MS);
    undrain(world, &asked);
    test_store_save(&world->store);
    assert_int_equal(registry_drain_published(world->registry, "web-1", WALL + 700), -1);
}

static uint32_t own_ttl(void *owner, const struct entry *entry)
{
    (void)owner;
    uint32_t ttl = entry->instance->is.ttl;
    return ttl == ROLLCALL_TTL_UNSET ? 0 : ttl;
}

static void a_longer_ttl_of_a_moment_ago_still_counts(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("web-1", "web");
    struct asked asked;

    world_stop(world);
    world->settings.longest_ttl = own_ttl;
    world_start(world);
    web.ttl = 3600;
    world_register(world, &web);
    web.ttl = TTL_S;
    world_register(world, &web);
    world->now += 1000;
    drain(world, &alice, &asked);
    test_store_save(&world->store);
    assert_int_equal(asked.safe_in, 3600 * 1000);
    undrain(world, &asked);
    test_store_save(&world->store);
    world_pass(world, 3600 * 1000);
    assert_null(world_entry(world, "web-1")->standing); /* it is forgotten */
    drain(world, &alice, &asked);
    test_store_save(&world->store);
    assert_int_equal(asked.safe_in, SAFE_MS);
}

static void only_its_owner_and_root_may(void **state)
{
    struct world *world = *state;
    struct asked asked;

    drain(world, &bob, &asked);
    assert_int_equal(asked.is.status, ROLLCALL_E_UNAUTHORIZED);
    assert_int_equal(world->store.waiting, 0);
    drain(world, &root, &asked);
    test_store_save(&world->store);
    STANDS(world, ROLLCALL_CRITICAL, "draining");
}

static void what_was_just_registered_can_be_drained_at_once(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("web-1", "web");
    struct outcome outcome;
    struct asked asked;

    world_deregister(world, "web-1", &alice, &outcome);
    drain(world, &alice, &asked);
    assert_int_equal(asked.is.status, ROLLCALL_E_NOTFOUND);
    world_ask(world, &web, &alice, NULL, &outcome);
    drain(world, &alice, &asked);
    test_store_save(&world->store);
    assert_int_equal(asked.is.status, ROLLCALL_OK);
    STANDS(world, ROLLCALL_CRITICAL, "draining");
}

static void a_new_definition_keeps_it_and_a_new_life_does_not(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("web-1", "web");
    struct outcome outcome;
    struct asked asked;

    drain(world, &alice, &asked);
    test_store_save(&world->store);
    web.weight = 7;
    world_register(world, &web);
    STANDS(world, ROLLCALL_CRITICAL, "draining");
    world_restart(world);
    STANDS(world, ROLLCALL_CRITICAL, "draining");
    world_deregister(world, "web-1", &alice, &outcome);
    test_store_save(&world->store);
    world_register(world, &web);
    STANDS(world, ROLLCALL_PASSING, "");
    world_restart(world);
    STANDS(world, ROLLCALL_PASSING, "");
}

static void a_life_that_ended_under_way_leaves_nothing_behind(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("web-1", "web");
    struct outcome outcome;
    struct asked asked;

    drain(world, &alice, &asked);
    test_store_save(&world->store);
    web.weight = 7;
    world_ask(world, &web, &alice, NULL, &outcome);
    registry_expire(world->registry, registry_find(world->registry, "web-1"), "gone");
    test_store_save_all(&world->store);
    STANDS(world, ROLLCALL_PASSING, "");
    world_restart(world);
    STANDS(world, ROLLCALL_PASSING, "");
}

static void a_drain_of_what_is_gone_meanwhile_says_so(void **state)
{
    struct world *world = *state;
    struct asked asked;

    drain(world, &alice, &asked);
    registry_expire(world->registry, registry_find(world->registry, "web-1"), "gone");
    test_store_save_all(&world->store);
    assert_int_equal(asked.is.status, ROLLCALL_E_NOTFOUND);
    assert_int_equal(test_store_row_count(&world->store), 0);
}

static void an_override_counts_for_its_time(void **state)
{
    struct world *world = *state;
    struct asked asked;

    override_for(world, OVERRIDE_DOWN, 1000, &asked);
    test_store_save(&world->store);
    STANDS(world, ROLLCALL_CRITICAL, "overridden down");
    assert_string_equal(world_entry(world, "web-1")->standing->override_note,
                        "night work");
    assert_true(registry_next_due(world->registry) <= world->now + 1000);
    world_pass(world, 999);
    STANDS(world, ROLLCALL_CRITICAL, "overridden down");
    world_pass(world, 1);
    STANDS(world, ROLLCALL_PASSING, "");
    assert_string_equal(world->cause, "override expired");
    test_store_save_all(&world->store);
    assert_null(test_store_row(&world->store, "web-1")->standing[PART_OVERRIDE]);
}

static void an_override_ends_at_its_time_whatever_the_clock_did(void **state)
{
    struct world *world = *state;
    struct asked asked;

    override_for(world, OVERRIDE_UP, 3600 * 1000, &asked);
    test_store_save(&world->store);
    world->now += 60 * 1000; /* somebody sets the clock two hours ahead */
    registry_set_time(world->registry, world->now, WALL + 7200 * 1000);
    registry_run_due(world->registry, world->now);
    STANDS(world, ROLLCALL_PASSING, "");
}

static void an_override_that_ended_while_nobody_watched_is_over(void **state)
{
    struct world *world = *state;
    struct asked asked;

    override_for(world, OVERRIDE_DOWN, 1000, &asked);
    test_store_save(&world->store);
    world->now += 500;
    world_restart(world);
    STANDS(world, ROLLCALL_CRITICAL, "overridden down");
    world->now += 500;
    world_restart(world);
    STANDS(world, ROLLCALL_PASSING, "");
    test_store_save_all(&world->store);
    assert_null(test_store_row(&world->store, "web-1")->standing[PART_OVERRIDE]);
}

static void drain_and_override_do_not_know_of_each_other(void **state)
{
    struct world *world = *state;
    struct asked drained, up;

    drain(world, &alice, &drained);
    override_for(world, OVERRIDE_UP, 0, &up); /* both under way */
    test_store_save(&world->store);
    STANDS(world, ROLLCALL_CRITICAL, "draining"); /* who leaves is not sent anything */
    undrain(world, &drained);
    test_store_save(&world->store);
    STANDS(world, ROLLCALL_PASSING, "overridden up");
    world_restart(world);
    STANDS(world, ROLLCALL_PASSING, "overridden up");
    override_for(world, OVERRIDE_NONE, 0, &up);
    test_store_save(&world->store);
    STANDS(world, ROLLCALL_PASSING, "");
}

static void what_holds_already_is_answered_at_once(void **state)
{
    struct world *world = *state;
    struct asked asked;

    undrain(world, &asked);
    assert_int_equal(asked.is.calls, 1);
    override_for(world, OVERRIDE_NONE, 0, &asked);
    assert_int_equal(asked.is.calls, 1);
    assert_int_equal(world->store.waiting, 0);
    assert_string_equal(world->heard, "");
}

/* --- judged */

static void fails(struct world *world)
{
    struct renew_request request = { .id = "web-1",
                                     .has_status = true,
                                     .status = ROLLCALL_CRITICAL };
    int64_t expires_in;
    uint64_t revision;

    assert_int_equal(registry_renew(world->registry, &request, &alice, world->now,
                                    WALL + world->now, &expires_in, &revision, NULL),
                     ROLLCALL_OK);
}

static void damping_ends_by_itself_and_outlives_a_restart(void **state)
{
    struct world *world = *state;
    struct entry *entry = registry_find(world->registry, "web-1");

    registry_set_damped(world->registry, entry, 2500, WALL + 1000, WALL);
    STANDS(world, ROLLCALL_CRITICAL, "damped");
    assert_string_equal(world->cause, "damped");
    test_store_save_all(&world->store);
    world->now = 500;
    world_restart(world);
    STANDS(world, ROLLCALL_CRITICAL, "damped");
    assert_int_equal(world_entry(world, "web-1")->standing->penalty, 2500);
    world_pass(world, 500);
    STANDS(world, ROLLCALL_PASSING, "");
    assert_string_equal(world->cause, "released");
    test_store_save_all(&world->store);
    world_restart(world);
    STANDS(world, ROLLCALL_PASSING, "");
}

static void a_held_one_is_served_as_before(void **state)
{
    struct world *world = *state;
    struct entry *entry = registry_find(world->registry, "web-1");

    registry_set_held(world->registry, entry, true, WALL);
    fails(world);
    assert_int_equal(entry->health, ROLLCALL_CRITICAL);
    STANDS(world, ROLLCALL_PASSING, "held");
    registry_set_held(world->registry, entry, false, WALL);
    STANDS(world, ROLLCALL_CRITICAL, "");
    assert_string_equal(world->heard, "standing web-1; health web-1; standing web-1; ");
}

static void freezing_and_thawing_are_told_where_dns_stays_the_same_too(void **state)
{
    struct world *world = *state;
    struct entry *entry = registry_find(world->registry, "web-1");

    registry_set_frozen(world->registry, entry, true, WALL);
    registry_set_frozen(world->registry, entry, true, WALL);
    registry_set_frozen(world->registry, entry, false, WALL);
    assert_string_equal(world->heard, "standing web-1; standing web-1; ");
    assert_null(entry->standing);
    world->heard[0] = '\0';
    registry_set_frozen(world->registry, entry, true, WALL);
    fails(world);
    STANDS(world, ROLLCALL_PASSING, "frozen");
    registry_set_frozen(world->registry, entry, false, WALL);
    STANDS(world, ROLLCALL_CRITICAL, "");
    assert_string_equal(world->heard, "standing web-1; health web-1; standing web-1; ");
}

static void what_people_say_goes_before_what_was_judged(void **state)
{
    struct world *world = *state;
    struct entry *entry = registry_find(world->registry, "web-1");
    struct asked asked;

    registry_set_damped(world->registry, entry, 1, WALL + 100000, WALL);
    override_for(world, OVERRIDE_UP, 0, &asked);
    test_store_save_all(&world->store);
    STANDS(world, ROLLCALL_PASSING, "overridden up");
    assert_int_equal(entry_judged(entry), ROLLCALL_CRITICAL);
}

static void damaged_parts_are_not_taken(void **state)
{
    struct standing said = { .override = OVERRIDE_UP, .override_note = (char *)"why" };
    struct standing back = { .draining = false };
    uint8_t *bytes;
    uint32_t length;
    (void)state;

    standing_pack(&said, PART_OVERRIDE, &bytes, &length);
    for (uint32_t cut = 0; cut < length - 3; cut++) /* the note may be shorter */
        assert_false(standing_unpack(&back, PART_OVERRIDE, bytes, cut));
    assert_false(standing_unpack(&back, PART_DRAIN, bytes, length));
    assert_int_equal(back.override, OVERRIDE_NONE);
    assert_true(standing_unpack(&back, PART_OVERRIDE, bytes, length));
    assert_string_equal(back.override_note, "why");
    standing_clear(&back, PART_OVERRIDE);
    bytes[0] = 9;
    assert_false(standing_unpack(&back, PART_OVERRIDE, bytes, length));
    free(bytes);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_node_that_is_down_takes_all_out_whatever_is_said_of_them),
        TEST(a_registration_under_way_comes_into_a_node_that_is_down),
        TEST(a_drain_counts_when_it_is_saved),
        TEST(a_drain_that_is_not_saved_changes_nothing),
        TEST(a_drain_is_there_after_a_restart),
        TEST(a_second_drain_waits_only_for_the_rest),
        TEST(the_wait_counts_from_the_moment_dns_knows),
        TEST(a_longer_ttl_of_a_moment_ago_still_counts),
        TEST(only_its_owner_and_root_may),
        TEST(what_was_just_registered_can_be_drained_at_once),
        TEST(a_new_definition_keeps_it_and_a_new_life_does_not),
        TEST(a_life_that_ended_under_way_leaves_nothing_behind),
        TEST(a_drain_of_what_is_gone_meanwhile_says_so),
        TEST(an_override_counts_for_its_time),
        TEST(an_override_ends_at_its_time_whatever_the_clock_did),
        TEST(an_override_that_ended_while_nobody_watched_is_over),
        TEST(drain_and_override_do_not_know_of_each_other),
        TEST(what_holds_already_is_answered_at_once),
        TEST(damping_ends_by_itself_and_outlives_a_restart),
        TEST(a_held_one_is_served_as_before),
        TEST(freezing_and_thawing_are_told_where_dns_stays_the_same_too),
        TEST(what_people_say_goes_before_what_was_judged),
        cmocka_unit_test(damaged_parts_are_not_taken),
    };
    return cmocka_run_group_tests_name("registry/standing", tests, NULL, NULL);
}
