/* What is judged beyond single checks, over a real registry and with a fake clock. */
#include "room.h"

enum { FLEET = 20 };

static void raise_fleet(struct room *room, struct entry **fleet)
{
    char id[16];

    for (int i = 0; i < FLEET; i++) {
        snprintf(id, sizeof id, "web-%03d", i);
        fleet[i] = put(room, id, "web", check_of("tcp"), ROLLCALL_CRITICAL);
        run(room, fleet[i], OUTCOME_PASSED);
    }
}

static unsigned served(struct entry *const *fleet)
{
    unsigned count = 0;

    for (int i = 0; i < FLEET; i++)
        count += entry_effective(fleet[i]) != ROLLCALL_CRITICAL;
    return count;
}

/* --- Damping. */

static void flap(struct room *room, struct entry *entry, int times)
{
    for (int i = 0; i < times; i++) {
        pass_time(1000);
        run(room, entry, OUTCOME_REFUSED);
        pass_time(1000);
        run(room, entry, OUTCOME_PASSED);
    }
}

static void put_pair(struct room *room, struct entry **a, struct entry **b)
{
    *a = put(room, "web-1", "web", check_of("tcp"), ROLLCALL_CRITICAL);
    *b = put(room, "web-2", "web", check_of("tcp"), ROLLCALL_CRITICAL);
    run(room, *a, OUTCOME_PASSED);
    run(room, *b, OUTCOME_PASSED);
}

static void who_flaps_is_out_although_it_passes(void **state)
{
    struct room *room = *state;
    struct entry *a, *b;

    put_pair(room, &a, &b);
    flap(room, a, 3);
    assert_int_equal(entry_effective(a), ROLLCALL_PASSING);
    flap(room, a, 1);
    assert_int_equal(a->health, ROLLCALL_PASSING);
    assert_int_equal(entry_standing(a), STANDING_DAMPED);
    assert_int_equal(entry_effective(a), ROLLCALL_CRITICAL);
    assert_true(a->standing->damped_until > 0);
    assert_int_equal(entry_effective(b), ROLLCALL_PASSING);
}

static void where_more_than_half_flap_nobody_else_is_damped(void **state)
{
    struct room *room = *state;
    struct entry *a, *b;

    put_pair(room, &a, &b);
    flap(room, a, 4);
    flap(room, b, 10);
    assert_int_equal(entry_standing(a), STANDING_DAMPED);
    assert_int_equal(entry_effective(b), ROLLCALL_PASSING);
}

static void damping_outlives_a_restart(void **state)
{
    struct room *room = *state;
    struct entry *a, *b;

    put_pair(room, &a, &b);
    flap(room, a, 4);
    stop(room);
    start(room);
    a = registry_find(room->registry, "web-1");
    assert_int_equal(entry_standing(a), STANDING_DAMPED);
    assert_int_equal(room->health->flaps.count, 1);
}

static void a_clock_that_is_set_back_damps_nobody_for_longer(void **state)
{
    struct room *room = *state;
    struct entry *a, *b;

    put_pair(room, &a, &b);
    flap(room, a, 4);
    a->standing->damped_until += INT64_C(365) * 24 * 60 * MINUTE;
    flaps_tidy(room->health, fake_us / 1000, 1000);
    assert_int_equal(entry_standing(a), STANDING_DAMPED);
    pass_time(31 * MINUTE);
    flaps_tidy(room->health, fake_us / 1000, 1000);
    assert_null(a->standing);
    assert_int_equal(entry_effective(a), ROLLCALL_PASSING);
}

/* --- The brake. */

static void of_a_fleet_that_fails_the_budget_leaves(void **state)
{
    struct room *room = *state;
    struct entry *fleet[FLEET];

    raise_fleet(room, fleet);
    for (int i = 0; i < FLEET; i++)
        run(room, fleet[i], OUTCOME_WRONG_STATUS);
    assert_int_equal(served(fleet), 10);
    assert_int_equal(entry_standing(fleet[19]), STANDING_HELD);
    assert_int_equal(room->began[NOTICE_BRAKE], 1);
    assert_non_null(strstr(room->words, "rollcall brake web --confirm"));
    for (int i = 0; i < FLEET; i++)
        run(room, fleet[i], OUTCOME_PASSED);
    assert_int_equal(served(fleet), FLEET);
    assert_int_equal(room->ended[NOTICE_BRAKE], 1);
    assert_null(fleet[19]->standing);
}

static void an_operator_confirms(void **state)
{
    struct room *room = *state;
    struct entry *fleet[FLEET];
    uint32_t held = 0;

    raise_fleet(room, fleet);
    for (int i = 0; i < 12; i++)
        run(room, fleet[i], OUTCOME_REFUSED);
    assert_int_equal(
        health_brake(room->health, "default", "web", true, &bob, &held, &room->why),
        ROLLCALL_E_UNAUTHORIZED);
    assert_int_equal(
        health_brake(room->health, "default", "web", true, &alice, &held, &room->why),
        ROLLCALL_OK);
    assert_int_equal(held, 2);
    assert_int_equal(served(fleet), 8);
    assert_int_equal(fleet[11]->health, ROLLCALL_CRITICAL);
    assert_int_equal(
        health_brake(room->health, "default", "web", true, &alice, &held, &room->why),
        ROLLCALL_E_NOTFOUND);
}

static void an_operator_refuses(void **state)
{
    struct room *room = *state;
    struct entry *fleet[FLEET];
    uint32_t held = 0;

    raise_fleet(room, fleet);
    for (int i = 0; i < 12; i++)
        run(room, fleet[i], OUTCOME_REFUSED);
    health_brake(room->health, "default", "web", false, &alice, &held, &room->why);
    pass_time(24 * 60 * MINUTE);
    for (int i = 0; i < FLEET; i++)
        run(room, fleet[i], OUTCOME_REFUSED);
    assert_int_equal(served(fleet), 10);
}

static void the_end_of_a_hold_needs_a_fresh_failure(void **state)
{
    struct room *room = *state;
    struct entry *fleet[FLEET];

    raise_fleet(room, fleet);
    for (int i = 0; i < 12; i++)
        run(room, fleet[i], OUTCOME_REFUSED);
    pass_time(61 * MINUTE);
    assert_int_equal(served(fleet), 10);
    run(room, fleet[11], OUTCOME_REFUSED);
    assert_int_equal(served(fleet), 9);
}

static void a_held_instance_is_served_after_a_restart(void **state)
{
    struct room *room = *state;
    struct entry *fleet[FLEET];

    raise_fleet(room, fleet);
    for (int i = 0; i < 12; i++)
        run(room, fleet[i], OUTCOME_REFUSED);
    stop(room);
    start(room);
    assert_int_equal(registry_find(room->registry, "web-011")->health, ROLLCALL_PASSING);
    assert_int_equal(registry_find(room->registry, "web-000")->health, ROLLCALL_CRITICAL);
}

static void a_new_weight_ends_no_hold_and_a_pass_does(void **state)
{
    struct room *room = *state;
    struct entry *fleet[FLEET];

    raise_fleet(room, fleet);
    for (int i = 0; i < 12; i++)
        run(room, fleet[i], OUTCOME_REFUSED);
    put(room, "web-011", "web", check_of("tcp"), ROLLCALL_WARNING);
    assert_int_equal(entry_standing(fleet[11]), STANDING_HELD);
    run(room, fleet[10], OUTCOME_PASSED);
    run(room, fleet[11], OUTCOME_PASSED);
    assert_null(fleet[11]->standing);
    assert_int_equal(room->ended[NOTICE_BRAKE], 1);
}

static void without_checks_nobody_is_held(void **state)
{
    struct room *room = *state;
    struct entry *fleet[FLEET];

    raise_fleet(room, fleet);
    for (int i = 0; i < 11; i++)
        run(room, fleet[i], OUTCOME_REFUSED);
    const struct rollcall_instance plain = sample_values("web-010", "web");
    put_values(room, &plain);
    judge_release_loose(room->health);
    assert_null(fleet[10]->standing);
    assert_int_equal(room->ended[NOTICE_BRAKE], 1);
    assert_int_equal(counter_read(&room->health->counts.held), 0);
}

static void a_bad_definition_takes_no_more_than_the_budget(void **state)
{
    struct room *room = *state;
    struct entry *fleet[FLEET];
    struct rollcall_check bad = check_of("http");
    char id[16];

    raise_fleet(room, fleet);
    for (int i = 0; i < FLEET; i++) {
        snprintf(id, sizeof id, "web-%03d", i);
        put(room, id, "web", bad, ROLLCALL_CRITICAL);
    }
    assert_int_equal(served(fleet), FLEET); /* nothing has run yet */
    for (int i = 0; i < FLEET; i++)
        run(room, fleet[i], OUTCOME_WRONG_STATUS);
    assert_int_equal(served(fleet), 10);
}

/* --- Doubt. */

static void put_three(struct room *room, struct entry **three)
{
    const char *const services[] = { "db", "mail", "web" };

    for (int i = 0; i < 3; i++) {
        three[i] =
            put(room, services[i], services[i], check_of("tcp"), ROLLCALL_CRITICAL);
        run(room, three[i], OUTCOME_PASSED);
    }
}

static void round_of(struct room *room, bool well)
{
    pass_time(10);
    doubting_on_round(room->health, well, well ? "" : "the default gateway is silent");
}

static unsigned in(struct entry *const *three)
{
    unsigned count = 0;

    for (int i = 0; i < 3; i++)
        count += entry_effective(three[i]) == ROLLCALL_PASSING;
    return count;
}

static void cut_off_nothing_leaves_and_one_thing_is_said(void **state)
{
    struct room *room = *state;
    struct entry *three[3];

    put_three(room, three);
    for (int turn = 0; turn < 20; turn++) {
        for (int i = 0; i < 3; i++) {
            pass_time(100);
            run(room, three[i], OUTCOME_TIMED_OUT);
        }
        round_of(room, false);
    }
    assert_int_equal(in(three), 3);
    assert_int_equal(room->began[NOTICE_DOUBT], 1);
    assert_int_equal(entry_standing(three[0]), STANDING_FROZEN);
    round_of(room, true);
    round_of(room, true);
    assert_int_equal(room->ended[NOTICE_DOUBT], 1);
    assert_int_equal(in(three), 3);
    assert_int_equal(entry_standing(three[0]), STANDING_NONE);
}

static void afterwards_a_fresh_failure_counts(void **state)
{
    struct room *room = *state;
    struct entry *three[3];

    put_three(room, three);
    for (int i = 0; i < 3; i++)
        run(room, three[i], OUTCOME_TIMED_OUT);
    round_of(room, false);
    round_of(room, true);
    round_of(room, true);
    run(room, three[1], OUTCOME_TIMED_OUT);
    round_of(room, true);
    assert_int_equal(in(three), 2);
}

static void a_failure_waits_for_the_canaries_and_then_counts(void **state)
{
    struct room *room = *state;
    struct entry *three[3];

    put_three(room, three);
    run(room, three[0], OUTCOME_TIMED_OUT);
    assert_int_equal(in(three), 3);
    round_of(room, true);
    assert_int_equal(in(three), 2);
}

static void a_pass_meanwhile_takes_it_back(void **state)
{
    struct room *room = *state;
    struct entry *three[3];

    put_three(room, three);
    run(room, three[0], OUTCOME_TIMED_OUT);
    run(room, three[0], OUTCOME_PASSED);
    round_of(room, true);
    assert_int_equal(in(three), 3);
}

static void who_answers_that_it_is_ill_is_believed_at_once(void **state)
{
    struct room *room = *state;
    struct entry *three[3];

    put_three(room, three);
    run(room, three[0], OUTCOME_WRONG_STATUS);
    run(room, three[1], OUTCOME_REFUSED);
    assert_int_equal(in(three), 1);
}

/* --- The others. */

static void a_shadow_moves_nothing_and_says_what_it_would(void **state)
{
    struct room *room = *state;
    struct rollcall_check shadow = check_of("tcp");

    shadow.shadow = true;
    struct entry *entry = put(room, "web-1", "web", shadow, ROLLCALL_PASSING);
    run(room, entry, OUTCOME_REFUSED);
    run(room, entry, OUTCOME_REFUSED);
    assert_int_equal(entry_effective(entry), ROLLCALL_PASSING);
    assert_int_equal(room->began[NOTICE_SHADOW], 1);
    assert_non_null(strstr(room->words, "would make it critical"));
    run(room, entry, OUTCOME_PASSED);
    assert_int_equal(room->ended[NOTICE_SHADOW], 1);
    assert_int_equal(counter_read(&room->health->counts.shadow_differs), 1);
}

static void critical_for_too_long_it_is_deregistered(void **state)
{
    struct room *room = *state;
    struct rollcall_check check = check_of("tcp");

    check.deregister_after_ms = 10 * MINUTE;
    struct entry *entry = put(room, "web-1", "web", check, ROLLCALL_CRITICAL);
    run(room, entry, OUTCOME_REFUSED);
    pass_time(9 * MINUTE);
    run(room, entry, OUTCOME_REFUSED);
    reaper_run(room->health, fake_us / 1000);
    assert_non_null(registry_find(room->registry, "web-1"));
    pass_time(MINUTE);
    reaper_run(room->health, fake_us / 1000);
    assert_non_null(registry_find(room->registry, "web-1")); /* without a fresh result */
    run(room, entry, OUTCOME_REFUSED);
    reaper_run(room->health, fake_us / 1000);
    assert_null(registry_find(room->registry, "web-1"));
}

static void who_reports_once_is_deregistered_at_its_time(void **state)
{
    struct room *room = *state;
    struct rollcall_check check = check_of("ttl");

    check.deregister_after_ms = 10 * MINUTE;
    struct entry *entry = put(room, "web-1", "web", check, ROLLCALL_CRITICAL);
    run(room, entry, OUTCOME_REPORTED_CRITICAL);
    assert_int_equal(reaper_next_due(room->health), fake_us / 1000 + 10 * MINUTE);
    pass_time(9 * MINUTE);
    run(room, entry, OUTCOME_REPORTED_PASSING);
    assert_int_equal(reaper_next_due(room->health), INT64_MAX);
    run(room, entry, OUTCOME_REPORTED_CRITICAL);
    pass_time(10 * MINUTE - 1);
    reaper_run(room->health, fake_us / 1000);
    assert_non_null(registry_find(room->registry, "web-1"));
    pass_time(1);
    reaper_run(room->health, fake_us / 1000);
    assert_null(registry_find(room->registry, "web-1"));
    assert_int_equal(reaper_next_due(room->health), INT64_MAX);
}

static void one_pass_in_between_begins_it_anew(void **state)
{
    struct room *room = *state;
    struct rollcall_check check = check_of("tcp");

    check.deregister_after_ms = 10 * MINUTE;
    struct entry *entry = put(room, "web-1", "web", check, ROLLCALL_CRITICAL);
    run(room, entry, OUTCOME_REFUSED);
    pass_time(9 * MINUTE);
    run(room, entry, OUTCOME_PASSED);
    run(room, entry, OUTCOME_REFUSED);
    pass_time(9 * MINUTE);
    run(room, entry, OUTCOME_REFUSED);
    reaper_run(room->health, fake_us / 1000);
    assert_non_null(registry_find(room->registry, "web-1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_ROOM(who_flaps_is_out_although_it_passes),
        IN_A_ROOM(where_more_than_half_flap_nobody_else_is_damped),
        IN_A_ROOM(damping_outlives_a_restart),
        IN_A_ROOM(a_clock_that_is_set_back_damps_nobody_for_longer),
        IN_A_ROOM(of_a_fleet_that_fails_the_budget_leaves),
        IN_A_ROOM(an_operator_confirms),
        IN_A_ROOM(an_operator_refuses),
        IN_A_ROOM(the_end_of_a_hold_needs_a_fresh_failure),
        IN_A_ROOM(a_held_instance_is_served_after_a_restart),
        IN_A_ROOM(a_new_weight_ends_no_hold_and_a_pass_does),
        IN_A_ROOM(without_checks_nobody_is_held),
        IN_A_ROOM(a_bad_definition_takes_no_more_than_the_budget),
        IN_A_ROOM(cut_off_nothing_leaves_and_one_thing_is_said),
        IN_A_ROOM(afterwards_a_fresh_failure_counts),
        IN_A_ROOM(a_failure_waits_for_the_canaries_and_then_counts),
        IN_A_ROOM(a_pass_meanwhile_takes_it_back),
        IN_A_ROOM(who_answers_that_it_is_ill_is_believed_at_once),
        IN_A_ROOM(a_shadow_moves_nothing_and_says_what_it_would),
        IN_A_ROOM(critical_for_too_long_it_is_deregistered),
        IN_A_ROOM(who_reports_once_is_deregistered_at_its_time),
        IN_A_ROOM(one_pass_in_between_begins_it_anew),
    };

    return cmocka_run_group_tests_name("health/judge", tests, NULL, NULL);
}
