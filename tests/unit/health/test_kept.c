/* What a check says before its first run, and what is kept of it afterwards. */
#include "room.h"

/* A result that says something, as the last run of the check that hangs first. */
static void say(struct room *room, struct entry *entry, enum check_outcome outcome,
                const char *said)
{
    const struct check_result result = { .outcome = outcome,
                                         .said = said,
                                         .latency_us = 1000 };

    judge_believed(room->health, entry->watchers_mark, &result);
}

static void what_a_passing_check_says_is_kept_where_that_is_wanted(void **state)
{
    struct room *room = *state;
    struct rollcall_check check = sample_check("alive");
    struct entry *plain = put(room, "web-1", "web", check, ROLLCALL_CRITICAL);

    say(room, plain, OUTCOME_PASSED, "well");
    assert_null(plain->checks[0].output);
    check.keep_output = true;
    check.failure_threshold = 2;
    struct rollcall_instance values = sample_values("web-2", "web");
    values.checks = &check;
    values.check_count = 1;
    struct entry *kept = put_values(room, &values);
    say(room, kept, OUTCOME_PASSED, "well");
    assert_string_equal(kept->checks[0].output, "well");
    test_store_save_all(&room->store);
    size_t saved = room->store.submitted[CHANGE_HEALTH];
    say(room, kept, OUTCOME_PASSED, "very well");
    assert_string_equal(kept->checks[0].output, "very well");
    say(room, kept, OUTCOME_REFUSED, "refused"); /* the first of two */
    assert_string_equal(kept->checks[0].output, "very well");
    test_store_save_all(&room->store);
    assert_int_equal(room->store.submitted[CHANGE_HEALTH], saved);
    say(room, kept, OUTCOME_REFUSED, "refused again");
    assert_string_equal(kept->checks[0].output, "refused again");
    say(room, kept, OUTCOME_REFUSED, NULL);
    assert_string_equal(kept->checks[0].output, "refused the connection");
}

static void a_check_may_begin_with_a_status_of_its_own(void **state)
{
    struct room *room = *state;
    struct rollcall_check check = sample_check("alive");

    check.initial = 1 + ROLLCALL_WARNING;
    struct entry *entry = put(room, "web-1", "web", check, ROLLCALL_CRITICAL);
    assert_int_equal(entry->health, ROLLCALL_WARNING);
    assert_false(entry->checks[0].known);
    say(room, entry, OUTCOME_REFUSED, NULL);
    assert_int_equal(entry->health, ROLLCALL_CRITICAL);
}

static void what_begins_as_passing_falls_after_its_failures_in_a_row(void **state)
{
    struct room *room = *state;
    struct rollcall_check check = sample_check("alive");

    check.initial = 1 + ROLLCALL_PASSING;
    check.failure_threshold = 3;
    struct rollcall_instance values = sample_values("web-1", "web");
    values.checks = &check;
    values.check_count = 1;
    struct entry *entry = put_values(room, &values);
    say(room, entry, OUTCOME_REFUSED, NULL);
    say(room, entry, OUTCOME_REFUSED, NULL);
    assert_int_equal(entry->health, ROLLCALL_PASSING);
    say(room, entry, OUTCOME_REFUSED, NULL);
    assert_int_equal(entry->health, ROLLCALL_CRITICAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_ROOM(what_a_passing_check_says_is_kept_where_that_is_wanted),
        IN_A_ROOM(a_check_may_begin_with_a_status_of_its_own),
        IN_A_ROOM(what_begins_as_passing_falls_after_its_failures_in_a_row),
    };

    return cmocka_run_group_tests_name("health/kept", tests, NULL, NULL);
}
