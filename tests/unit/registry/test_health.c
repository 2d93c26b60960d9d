/* What verdicts and reported statuses make of an instance, and what is kept of them. */
#include "registry/states.h"
#include "world.h"

static struct rollcall_check two[2];

static struct rollcall_instance checked(const char *id, enum rollcall_health status)
{
    struct rollcall_instance values = sample_values(id, "web");
    two[0] = sample_check("alive");
    two[1] = sample_check("ready");
    values.checks = two;
    values.check_count = 2;
    values.status = status;
    return values;
}

static void verdict(struct world *world, const char *id, unsigned index,
                    enum rollcall_health health)
{
    registry_set_check(world->registry, registry_find(world->registry, id), index, health,
                       1, "said so", WALL + world->now);
}

static void an_instance_with_checks_waits_for_all_of_them(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = checked("web-1", ROLLCALL_CRITICAL);

    world_register(world, &web);
    const struct entry *entry = world_entry(world, "web-1");
    assert_int_equal(entry->state, STARTING);
    verdict(world, "web-1", 0, ROLLCALL_PASSING);
    assert_int_equal(entry->state, STARTING);
    verdict(world, "web-1", 1, ROLLCALL_PASSING);
    assert_int_equal(entry->state, SERVING);
    assert_int_equal(entry->health, ROLLCALL_PASSING);
    assert_string_equal(world->heard, "added web-1; check web-1; health web-1; ");
    assert_string_equal(world->cause, "check");
}

static void the_worst_check_decides(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = checked("web-1", ROLLCALL_PASSING);

    world_register(world, &web);
    const struct entry *entry = world_entry(world, "web-1");
    assert_int_equal(entry->state, SERVING); /* the registered status, until a verdict */
    verdict(world, "web-1", 0, ROLLCALL_WARNING);
    assert_int_equal(entry->health, ROLLCALL_WARNING);
    verdict(world, "web-1", 1, ROLLCALL_CRITICAL);
    assert_int_equal(entry->health, ROLLCALL_CRITICAL);
    assert_int_equal(entry->state, FAILING);
    verdict(world, "web-1", 1, ROLLCALL_PASSING);
    assert_int_equal(entry->health, ROLLCALL_WARNING);
    assert_int_equal(entry->state, SERVING);
}

static void why_a_check_was_never_asked_is_told_until_it_has_a_verdict(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = checked("web-1", ROLLCALL_CRITICAL);

    world_register(world, &web);
    struct entry *entry = registry_find(world->registry, "web-1");
    registry_note_check(world->registry, entry, 0, "was not checked");
    assert_string_equal(entry->checks[0].output, "was not checked");
    assert_int_equal(entry->state, STARTING);
    assert_string_equal(world->heard, "added web-1; output web-1; ");
    verdict(world, "web-1", 0, ROLLCALL_PASSING);
    assert_string_equal(entry->checks[0].output, "said so");
    registry_note_check(world->registry, entry, 0, "was not checked");
    assert_string_equal(entry->checks[0].output, "said so");
}

static void a_first_failure_ends_the_starting(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = checked("web-1", ROLLCALL_CRITICAL);

    world_register(world, &web);
    verdict(world, "web-1", 0, ROLLCALL_CRITICAL);
    assert_int_equal(world_entry(world, "web-1")->state, FAILING);
    /* It was critical before. */
    assert_string_equal(world->heard, "added web-1; check web-1; ");
}

static void a_verdict_that_says_the_same_saves_nothing(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = checked("web-1", ROLLCALL_CRITICAL);

    world_register(world, &web);
    verdict(world, "web-1", 0, ROLLCALL_PASSING);
    test_store_save(&world->store);
    for (int i = 0; i < 10; i++)
        verdict(world, "web-1", 0, ROLLCALL_PASSING);
    assert_int_equal(world->store.waiting, 0);
    assert_int_equal(world->store.submitted[CHANGE_HEALTH], 1);
}

static void many_verdicts_while_one_is_saved_become_one_more(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = checked("web-1", ROLLCALL_CRITICAL);

    world_register(world, &web);
    for (int i = 0; i < 10; i++)
        verdict(world, "web-1", 0, i % 2 ? ROLLCALL_PASSING : ROLLCALL_CRITICAL);
    assert_int_equal(world->store.waiting, 1);
    test_store_save_all(&world->store);
    assert_int_equal(world->store.submitted[CHANGE_HEALTH], 2);
    world_restart(world);
    const struct entry *entry = world_entry(world, "web-1");
    assert_true(entry->checks[0].known);
    assert_int_equal(entry->checks[0].health, ROLLCALL_PASSING);
    assert_false(entry->checks[1].known);
}

static void a_verdict_that_is_not_saved_counts_and_is_saved_later(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = checked("web-1", ROLLCALL_PASSING);

    world_register(world, &web);
    verdict(world, "web-1", 0, ROLLCALL_CRITICAL);
    test_store_refuse(&world->store);
    assert_int_equal(world_entry(world, "web-1")->state, FAILING);
    world_pass(world, 1000);
    test_store_save(&world->store);
    world_restart(world);
    assert_int_equal(world_entry(world, "web-1")->state, FAILING);
}

static void the_last_state_is_there_after_a_restart(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = checked("web-1", ROLLCALL_CRITICAL);

    world_register(world, &web);
    world->now = 500;
    verdict(world, "web-1", 0, ROLLCALL_PASSING);
    verdict(world, "web-1", 1, ROLLCALL_WARNING);
    test_store_save_all(&world->store);
    world_restart(world);
    const struct entry *entry = world_entry(world, "web-1");
    assert_int_equal(entry->state, SERVING);
    assert_int_equal(entry->health, ROLLCALL_WARNING);
    assert_string_equal(entry->checks[1].output, "said so");
    assert_int_equal(entry->checks[1].since, WALL + 500);
    assert_int_equal(entry->checks[1].outcome, 1);
}

static void a_new_definition_keeps_what_the_same_checks_said(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = checked("web-1", ROLLCALL_CRITICAL);

    world_register(world, &web);
    verdict(world, "web-1", 0, ROLLCALL_PASSING);
    verdict(world, "web-1", 1, ROLLCALL_PASSING);
    test_store_save_all(&world->store);
    web.weight = 2;
    world_register(world, &web);
    const struct entry *entry = world_entry(world, "web-1");
    assert_int_equal(entry->state, SERVING);
    assert_string_equal(entry->checks[0].output, "said so");
    two[0].interval_ms++;  /* asks the same, only later */
    two[1].name = "other"; /* another check now: until it has run, all is as it was */
    world_register(world, &web);
    assert_true(entry->checks[0].known);
    assert_false(entry->checks[1].known);
    assert_int_equal(entry->state, SERVING);
    test_store_save_all(&world->store);
    world_restart(world);
    assert_true(world_entry(world, "web-1")->checks[0].known);
    assert_false(world_entry(world, "web-1")->checks[1].known);
}

static void a_moved_instance_must_pass_again_at_its_new_place(void **state)
{
    struct world *world = *state;
    const struct rollcall_pair target = { "target", "10.0.0.9:80" };
    struct rollcall_instance web = checked("web-1", ROLLCALL_CRITICAL);

    two[1].options = &target;
    two[1].option_count = 1;
    world_register(world, &web);
    verdict(world, "web-1", 0, ROLLCALL_PASSING);
    verdict(world, "web-1", 1, ROLLCALL_PASSING);
    test_store_save_all(&world->store);
    web.port++;
    world_register(world, &web);
    const struct entry *entry = world_entry(world, "web-1");
    assert_false(entry->checks[0].known);
    assert_true(entry->checks[1].known); /* it looks at a place of its own */
    assert_int_equal(entry->health, ROLLCALL_CRITICAL);
    assert_int_equal(entry->state, FAILING);
}

static void a_verdict_during_a_change_is_not_lost(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = checked("web-1", ROLLCALL_PASSING);
    struct outcome outcome;

    world_register(world, &web);
    web.weight = 2;
    world_ask(world, &web, &alice, NULL, &outcome);
    verdict(world, "web-1", 0, ROLLCALL_CRITICAL);
    assert_int_equal(world->store.waiting, 1); /* it waits for the change */
    test_store_save_all(&world->store);
    assert_int_equal(world_entry(world, "web-1")->state, FAILING);
    world_restart(world);
    assert_int_equal(world_entry(world, "web-1")->state, FAILING);
    assert_int_equal(world_entry(world, "web-1")->instance->is.weight, 2);
}

static void a_new_life_starts_without_the_old_verdicts(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = checked("web-1", ROLLCALL_CRITICAL);
    struct outcome gone;

    world_register(world, &web);
    verdict(world, "web-1", 0, ROLLCALL_PASSING);
    verdict(world, "web-1", 1, ROLLCALL_PASSING);
    test_store_save_all(&world->store);
    world_deregister(world, "web-1", &alice, &gone);
    test_store_save(&world->store);
    world_register(world, &web);
    assert_int_equal(world_entry(world, "web-1")->state, STARTING);
}

static enum rollcall_status report(struct world *world, const char *id, const char *check,
                                   enum rollcall_health status)
{
    struct renew_request request = {
        .id = id, .has_status = true, .status = status, .check = check
    };
    int64_t expires_in;
    uint64_t revision;
    return registry_renew(world->registry, &request, &alice, world->now,
                          WALL + world->now, &expires_in, &revision, NULL);
}

static void an_instance_without_checks_reports_its_own_status(void **state)
{
    struct world *world = *state;

    world_register_id(world, "web-1");
    assert_int_equal(report(world, "web-1", NULL, ROLLCALL_CRITICAL), ROLLCALL_OK);
    assert_int_equal(world_entry(world, "web-1")->state, FAILING);
    assert_string_equal(world->cause, "renew");
    test_store_save_all(&world->store);
    world_restart(world);
    assert_int_equal(world_entry(world, "web-1")->state, FAILING);
    assert_int_equal(report(world, "web-1", NULL, ROLLCALL_PASSING), ROLLCALL_OK);
    test_store_save_all(&world->store);
    world_restart(world);
    assert_int_equal(world_entry(world, "web-1")->state, SERVING);
}

static void a_status_for_checks_goes_to_who_takes_them(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = checked("web-1", ROLLCALL_CRITICAL);

    world_register(world, &web);
    assert_int_equal(report(world, "web-1", NULL, ROLLCALL_PASSING), ROLLCALL_E_INVALID);
    assert_int_equal(report(world, "web-1", "alive", ROLLCALL_PASSING),
                     ROLLCALL_E_INVALID);
    assert_int_equal(world_entry(world, "web-1")->state, STARTING);
}

static void packed_states_of_another_revision_do_not_count(void **state)
{
    struct check_state states[2] = { { .known = true, .health = ROLLCALL_PASSING },
                                     { .known = true } };
    struct check_state back[2] = { { .known = false }, { .known = false } };
    enum rollcall_health own = ROLLCALL_WARNING;
    uint32_t length = 0;
    (void)state;
    uint8_t *bytes = states_pack(states, 2, ROLLCALL_PASSING, 7, &length);
    assert_false(states_unpack(bytes, length, 8, back, 2, &own));
    assert_false(states_unpack(bytes, length, 7, back, 1, &own));
    for (uint32_t cut = 0; cut < length; cut++)
        assert_false(states_unpack(bytes, cut, 7, back, 2, &own));
    assert_int_equal(own, ROLLCALL_WARNING);
    assert_false(back[0].known);
    assert_true(states_unpack(bytes, length, 7, back, 2, &own));
    assert_int_equal(own, ROLLCALL_PASSING);
    assert_int_equal(back[0].health, ROLLCALL_PASSING);
    free(bytes);
}

static void a_long_output_is_cut_between_characters(void **state)
{
    struct check_state one = { .output = NULL };
    char text[600];
    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    memcpy(text + 511, "\xc3\xa9", 2); /* across the limit of 512 */
    state_set_output(&one, text, CHECK_OUTPUT_SHORT);
    assert_int_equal(strlen(one.output), 511);
    free(one.output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(an_instance_with_checks_waits_for_all_of_them),
        WORLD_TEST(the_worst_check_decides),
        WORLD_TEST(why_a_check_was_never_asked_is_told_until_it_has_a_verdict),
        WORLD_TEST(a_first_failure_ends_the_starting),
        WORLD_TEST(a_verdict_that_says_the_same_saves_nothing),
        WORLD_TEST(many_verdicts_while_one_is_saved_become_one_more),
        WORLD_TEST(a_verdict_that_is_not_saved_counts_and_is_saved_later),
        WORLD_TEST(the_last_state_is_there_after_a_restart),
        WORLD_TEST(a_new_definition_keeps_what_the_same_checks_said),
        WORLD_TEST(a_moved_instance_must_pass_again_at_its_new_place),
        WORLD_TEST(a_verdict_during_a_change_is_not_lost),
        WORLD_TEST(a_new_life_starts_without_the_old_verdicts),
        WORLD_TEST(an_instance_without_checks_reports_its_own_status),
        WORLD_TEST(a_status_for_checks_goes_to_who_takes_them),
        cmocka_unit_test(packed_states_of_another_revision_do_not_count),
        cmocka_unit_test(a_long_output_is_cut_between_characters),
    };
    return cmocka_run_group_tests_name("registry/health", tests, NULL, NULL);
}
