/* health/verdict.h and health/outcome.h: histories of outcomes and what they mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <string.h>

#include "health/outcome.h"
#include "health/verdict.h"

/* One history: p, w, f and n are outcomes (pass, warning, failure, none). After each, the
 * health is written: P, W, C when that is news, p, w, c when nothing is to be told. */
static void history_warned(bool known, enum rollcall_health from, uint16_t success,
                           uint16_t warning, uint16_t failure, const char *outcomes,
                           const char *expected)
{
    const struct rollcall_check spec = { .success_threshold = success,
                                         .warning_threshold = warning,
                                         .failure_threshold = failure };
    struct verdict verdict;
    char told[64] = "";

    verdict_start(&verdict, known, from);
    for (size_t i = 0; outcomes[i] != '\0'; i++) {
        enum outcome_grade grade = outcomes[i] == 'p'   ? GRADE_PASS
                                   : outcomes[i] == 'w' ? GRADE_WARNING
                                   : outcomes[i] == 'f' ? GRADE_FAIL
                                                        : GRADE_NONE;
        bool news = verdict_add(&verdict, grade, &spec);
        char health = "cwp"[verdict.health];
        told[i] = news ? (char)toupper(health) : health;
    }
    assert_string_equal(told, expected);
}

static void history(bool known, enum rollcall_health from, uint16_t success,
                    uint16_t failure, const char *outcomes, const char *expected)
{
    history_warned(known, from, success, 0, failure, outcomes, expected);
}

static void failures_warn_before_they_are_critical(void **state)
{
    (void)state;
    history_warned(true, ROLLCALL_PASSING, 1, 2, 4, "fffffp", "pWwCcP");
    history_warned(true, ROLLCALL_PASSING, 1, 2, 4, "ffpffff", "pWPpWwC");
    history_warned(true, ROLLCALL_PASSING, 1, 3, 3, "fff", "ppC");
    history_warned(true, ROLLCALL_WARNING, 1, 2, 3, "fff", "wwC");
    history_warned(false, ROLLCALL_CRITICAL, 1, 2, 4, "f", "C");
}

static void a_warning_by_failures_ends_with_as_many_successes_as_asked(void **state)
{
    (void)state;
    history_warned(true, ROLLCALL_PASSING, 3, 2, 4, "ffpppp", "pWwwPp");
    history_warned(true, ROLLCALL_PASSING, 3, 2, 4, "ffppfppp", "pWwwwwwP");
    history_warned(true, ROLLCALL_PASSING, 2, 1, 3, "fpfpfff", "WwwwwwC");
    history_warned(true, ROLLCALL_PASSING, 2, 1, 3, "fwpp", "WwPp");
    /* Of a run's own warning that failures went on with, too. */
    history_warned(true, ROLLCALL_PASSING, 2, 1, 3, "wfpp", "WwwP");
    /* A warning is a success of its kind: the next pass ends it at once. */
    history_warned(true, ROLLCALL_PASSING, 2, 1, 3, "fwwp", "WwwP");
}

static void a_warning_by_failures_outlives_a_restart(void **state)
{
    const struct rollcall_check spec = { .success_threshold = 2,
                                         .warning_threshold = 1,
                                         .failure_threshold = 3 };
    struct verdict verdict;

    (void)state;
    verdict_resume(&verdict, true, ROLLCALL_WARNING, GRADE_FAIL);
    assert_false(verdict_add(&verdict, GRADE_PASS, &spec));
    assert_true(verdict_add(&verdict, GRADE_PASS, &spec));
    assert_int_equal(verdict.health, ROLLCALL_PASSING);
    verdict_resume(&verdict, true, ROLLCALL_WARNING, GRADE_WARNING);
    assert_true(verdict_add(&verdict, GRADE_PASS, &spec));
}

static void one_more_failure_takes_down_what_failed_in_a_row_only(void **state)
{
    const struct rollcall_check spec = { .success_threshold = 3,
                                         .warning_threshold = 1,
                                         .failure_threshold = 3 };
    static const enum outcome_grade grades[] = { GRADE_FAIL, GRADE_PASS, GRADE_PASS,
                                                 GRADE_FAIL, GRADE_FAIL };
    static const bool falls[] = { false, false, false, false, true };
    struct verdict verdict;

    (void)state;
    verdict_start(&verdict, true, ROLLCALL_PASSING);
    for (size_t i = 0; i < sizeof grades / sizeof *grades; i++) {
        verdict_add(&verdict, grades[i], &spec);
        assert_int_equal(verdict_would_fall(&verdict, &spec), falls[i]);
    }
}

static void a_new_check_is_up_with_its_first_success(void **state)
{
    (void)state;
    history(false, ROLLCALL_CRITICAL, 1, 3, "ppp", "Ppp");
    history(false, ROLLCALL_CRITICAL, 1, 3, "ww", "Ww");
}

static void a_new_check_that_fails_is_known_at_once_and_told_once(void **state)
{
    (void)state;
    history(false, ROLLCALL_CRITICAL, 1, 3, "fff", "Ccc");
}

static void a_new_check_needs_as_many_successes_as_asked(void **state)
{
    (void)state;
    history(false, ROLLCALL_CRITICAL, 3, 3, "pppp", "ccPp");
    history(false, ROLLCALL_CRITICAL, 3, 3, "ppfppp", "ccCccP");
}

static void a_check_presumed_passing_stays_so_until_it_failed_in_a_row(void **state)
{
    (void)state;
    history(false, ROLLCALL_PASSING, 1, 3, "ffff", "ppCc");
    history(false, ROLLCALL_PASSING, 2, 3, "pf", "Pp");
    history(false, ROLLCALL_PASSING, 1, 3, "w", "W");
}

static void failures_count_only_in_a_row(void **state)
{
    (void)state;
    history(true, ROLLCALL_PASSING, 1, 3, "ffpffpfff", "ppppppppC");
}

static void successes_count_only_in_a_row(void **state)
{
    (void)state;
    history(true, ROLLCALL_CRITICAL, 2, 1, "pfpfpp", "cccccP");
}

static void warning_and_passing_change_places_at_once(void **state)
{
    (void)state;
    history(true, ROLLCALL_PASSING, 3, 3, "wwpw", "WwPW");
    /* A warning is no failure: it ends a row of failures and counts as a success. */
    history(true, ROLLCALL_PASSING, 1, 2, "fwff", "pWwC");
    history(true, ROLLCALL_CRITICAL, 2, 1, "wp", "cP");
    history(true, ROLLCALL_CRITICAL, 2, 1, "pw", "cW");
}

static void an_outcome_that_says_nothing_changes_nothing(void **state)
{
    (void)state;
    history(true, ROLLCALL_PASSING, 1, 2, "fnf", "ppC");
    history(false, ROLLCALL_CRITICAL, 1, 2, "nnp", "ccP");
}

static void a_threshold_of_nought_counts_as_one(void **state)
{
    (void)state;
    history(true, ROLLCALL_PASSING, 0, 0, "fp", "CP");
}

static void a_steady_check_tells_nothing_for_ever(void **state)
{
    struct verdict verdict;

    (void)state;
    const struct rollcall_check spec = { .success_threshold = 1, .failure_threshold = 3 };
    verdict_start(&verdict, true, ROLLCALL_PASSING);
    for (int i = 0; i < 100000; i++)
        assert_false(verdict_add(&verdict, GRADE_PASS, &spec));
    verdict_start(&verdict, true, ROLLCALL_CRITICAL);
    for (int i = 0; i < 100000; i++)
        assert_false(verdict_add(&verdict, GRADE_FAIL, &spec));
}

static void every_outcome_has_its_own_word_and_a_phrase(void **state)
{
    (void)state;
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        const char *name = outcome_name((enum check_outcome)i);
        assert_non_null(name); /* no number of the list was left out */
        assert_true(strlen(name) > 0 &&
                    strlen(outcome_phrase((enum check_outcome)i)) > 0);
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(name, outcome_name((enum check_outcome)j));
    }
}

static void a_number_of_a_newer_version_is_unknown_and_says_nothing(void **state)
{
    (void)state;
    assert_string_equal(outcome_name((enum check_outcome)250), "unknown");
    assert_non_null(outcome_phrase((enum check_outcome)250));
    assert_int_equal(outcome_grade((enum check_outcome)250), GRADE_NONE);
}

static void trouble_of_the_daemon_is_no_failure_of_the_instance(void **state)
{
    (void)state;
    assert_int_equal(outcome_grade(OUTCOME_NO_RESOURCES), GRADE_NONE);
    assert_int_equal(outcome_grade(OUTCOME_TOO_SLOW), GRADE_WARNING);
    assert_int_equal(outcome_grade(OUTCOME_TIMED_OUT), GRADE_FAIL);
    assert_int_equal(outcome_grade(OUTCOME_PASSED), GRADE_PASS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_warn_before_they_are_critical),
        cmocka_unit_test(a_warning_by_failures_ends_with_as_many_successes_as_asked),
        cmocka_unit_test(a_warning_by_failures_outlives_a_restart),
        cmocka_unit_test(one_more_failure_takes_down_what_failed_in_a_row_only),
        cmocka_unit_test(a_new_check_is_up_with_its_first_success),
        cmocka_unit_test(a_new_check_that_fails_is_known_at_once_and_told_once),
        cmocka_unit_test(a_new_check_needs_as_many_successes_as_asked),
        cmocka_unit_test(a_check_presumed_passing_stays_so_until_it_failed_in_a_row),
        cmocka_unit_test(failures_count_only_in_a_row),
        cmocka_unit_test(successes_count_only_in_a_row),
        cmocka_unit_test(warning_and_passing_change_places_at_once),
        cmocka_unit_test(an_outcome_that_says_nothing_changes_nothing),
        cmocka_unit_test(a_threshold_of_nought_counts_as_one),
        cmocka_unit_test(a_steady_check_tells_nothing_for_ever),
        cmocka_unit_test(every_outcome_has_its_own_word_and_a_phrase),
        cmocka_unit_test(a_number_of_a_newer_version_is_unknown_and_says_nothing),
        cmocka_unit_test(trouble_of_the_daemon_is_no_failure_of_the_instance),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
