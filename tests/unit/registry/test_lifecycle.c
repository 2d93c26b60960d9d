/* All 25 pairs of states against the drawing in lifecycle.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "registry/lifecycle.h"

/* Row: from. Column: to. 'x' is an arrow of the drawing. */
static const char *const drawing[LIFECYCLE_COUNT] = {
    /*               A S V F G */
    [ANNOUNCED] = ". x . . x", [STARTING] = ". . x x x", [SERVING] = ". . . x x",
    [FAILING] = ". . x . x",   [GONE] = ". . . . .",
};

static void the_table_allows_what_the_drawing_shows(void **state)
{
    (void)state;
    for (int from = 0; from < LIFECYCLE_COUNT; from++) {
        for (int to = 0; to < LIFECYCLE_COUNT; to++) {
            bool drawn = drawing[from][2 * to] == 'x';
            assert_int_equal(
                lifecycle_may_follow((enum lifecycle)from, (enum lifecycle)to), drawn);
        }
    }
}

static void only_a_serving_instance_is_in_dns(void **state)
{
    (void)state;
    for (int at = 0; at < LIFECYCLE_COUNT; at++)
        assert_int_equal(lifecycle_in_dns((enum lifecycle)at), at == SERVING);
}

static void moving_and_staying_is_allowed(void **state)
{
    enum lifecycle at = ANNOUNCED;
    (void)state;
    lifecycle_move(&at, STARTING);
    lifecycle_move(&at, STARTING);
    lifecycle_move(&at, SERVING);
    lifecycle_move(&at, GONE);
    assert_int_equal(at, GONE);
}

static void every_state_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int a = 0; a < LIFECYCLE_COUNT; a++) {
        for (int b = 0; b < a; b++)
            assert_string_not_equal(lifecycle_name((enum lifecycle)a),
                                    lifecycle_name((enum lifecycle)b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_allows_what_the_drawing_shows),
        cmocka_unit_test(only_a_serving_instance_is_in_dns),
        cmocka_unit_test(moving_and_staying_is_allowed),
        cmocka_unit_test(every_state_has_a_name_of_its_own),
    };
    log_set_level(LOG_LEVEL_ERROR);
    return cmocka_run_group_tests_name("registry/lifecycle", tests, NULL, NULL);
}
