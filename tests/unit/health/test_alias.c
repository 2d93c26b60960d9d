/* A check that follows another instance. */
#include "room.h"

static struct entry *follow(struct room *room, const char *id, const char *target)
{
    const struct rollcall_pair option = { "instance", target };
    struct rollcall_check check = check_of("alias");
    struct rollcall_instance values = sample_values(id, "gate");

    check.options = &option;
    check.option_count = 1;
    check.interval_ms = 10 * MINUTE; /* what moves it is what happens */
    check.failure_threshold = 1;
    check.keep_output = true;
    values.status = ROLLCALL_CRITICAL;
    values.checks = &check;
    values.check_count = 1;
    return put_values(room, &values);
}

/* The next turns of the loop. */
static void turn(struct room *room)
{
    for (int i = 0; i < 3; i++) {
        pass_time(10);
        runner_run_due(&room->health->runner);
    }
    test_store_save_all(&room->store);
}

static const char *said(const struct entry *entry)
{
    return entry->checks[0].output != NULL ? entry->checks[0].output : "";
}

static void it_is_what_the_other_one_is(void **state)
{
    struct room *room = *state;
    struct rollcall_check alive = check_of("ttl");
    struct entry *target = put(room, "web-1", "web", alive, ROLLCALL_CRITICAL);
    struct entry *alias = follow(room, "gate-1", "web-1");
    const struct check_result slow = { .outcome = OUTCOME_TOO_SLOW, .detail = "9 s" };

    pass_time(2000);
    turn(room);
    assert_int_equal(alias->health, ROLLCALL_CRITICAL);
    judge_believed(room->health, target->watchers_mark,
                   &(struct check_result){ .outcome = OUTCOME_REPORTED_PASSING });
    turn(room);
    assert_int_equal(alias->health, ROLLCALL_PASSING);
    assert_string_equal(said(alias), "All checks passing.");
    judge_believed(room->health, target->watchers_mark, &slow);
    turn(room);
    assert_int_equal(alias->health, ROLLCALL_WARNING);
    assert_non_null(strstr(said(alias), "Aliased check \"c\" failing: answered more"));
}

static void it_is_out_while_the_other_one_is_taken_out(void **state)
{
    struct room *room = *state;
    struct rollcall_instance values = sample_values("web-1", "web");
    put_values(room, &values);
    struct entry *alias = follow(room, "gate-1", "web-1");

    pass_time(2000);
    turn(room);
    assert_int_equal(alias->health, ROLLCALL_PASSING);
    assert_string_equal(said(alias), "No checks found.");
    registry_set_node(room->registry, true, 1000);
    turn(room);
    assert_int_equal(alias->health, ROLLCALL_CRITICAL);
    assert_string_equal(said(alias), "Aliased instance \"web-1\" is node down");
    registry_set_node(room->registry, false, 1000);
    turn(room);
    assert_int_equal(alias->health, ROLLCALL_PASSING);
}

static void it_waits_for_one_that_does_not_exist(void **state)
{
    struct room *room = *state;
    struct entry *first = follow(room, "gate-1", "web-1");
    struct entry *second = follow(room, "gate-2", "web-1");
    struct rollcall_instance values = sample_values("web-1", "web");
    enum rollcall_status ended = ROLLCALL_E_INTERNAL;

    pass_time(2000);
    turn(room);
    assert_string_equal(said(first), "Service web-1 could not be found");
    put_values(room, &values);
    turn(room);
    assert_int_equal(first->health, ROLLCALL_PASSING);
    assert_int_equal(second->health, ROLLCALL_PASSING);
    assert_int_equal(registry_deregister(room->registry, "web-1", &alice, 0, 1000, done,
                                         &ended, &room->why),
                     ROLLCALL_OK);
    test_store_save_all(&room->store);
    turn(room);
    assert_int_equal(first->health, ROLLCALL_CRITICAL);
    assert_int_equal(second->health, ROLLCALL_CRITICAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_ROOM(it_is_what_the_other_one_is),
        IN_A_ROOM(it_is_out_while_the_other_one_is_taken_out),
        IN_A_ROOM(it_waits_for_one_that_does_not_exist),
    };

    return cmocka_run_group_tests_name("health/alias", tests, NULL, NULL);
}
