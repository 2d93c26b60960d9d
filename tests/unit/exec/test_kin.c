/* exec/kin.h: a line of /proc/PID/stat, whatever the command calls itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "exec/kin.h"

#define REST " 2 2 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 17 0 99"

static void parent_and_threads_are_read(void **state)
{
    struct kin kin = { 0 };

    (void)state;
    assert_true(kin_read_stat("12 (sh) S 7" REST "\n", &kin));
    assert_int_equal(kin.parent, 7);
    assert_int_equal(kin.threads, 17);
}

static void a_name_with_brackets_and_blanks_changes_nothing(void **state)
{
    struct kin kin = { 0 };

    (void)state;
    assert_true(kin_read_stat("12 (a) R 1 2 (b) S 7" REST "\n", &kin));
    assert_int_equal(kin.parent, 7);
    assert_int_equal(kin.threads, 17);
}

static void a_line_that_is_cut_is_refused(void **state)
{
    struct kin kin = { 0 };

    (void)state;
    assert_false(kin_read_stat("", &kin));
    assert_false(kin_read_stat("12 (sh", &kin));
    assert_false(kin_read_stat("12 (sh) S", &kin));
    assert_false(kin_read_stat("12 (sh) S 7 2 2", &kin));
}

static void this_process_counts_among_those_of_its_user(void **state)
{
    (void)state;
    assert_true(kin_count_threads(geteuid()) >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parent_and_threads_are_read),
        cmocka_unit_test(a_name_with_brackets_and_blanks_changes_nothing),
        cmocka_unit_test(a_line_that_is_cut_is_refused),
        cmocka_unit_test(this_process_counts_among_those_of_its_user),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
