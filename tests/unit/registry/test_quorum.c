/* How many of its checks an instance needs: all, any, or a number of them. */
#include "registry/states.h"
#include "world.h"

enum { CHECKS = 3 };

/* 'p', 'w', 'c', and '?' for a check without a result yet. */
static enum rollcall_health of_letter(char letter)
{
    return letter == 'p'   ? ROLLCALL_PASSING
           : letter == 'w' ? ROLLCALL_WARNING
                           : ROLLCALL_CRITICAL;
}

/* What three checks that say `said` make of an instance that needs `require` of them.
 * An upper-case letter is that of a shadow. */
static char combined(unsigned require, const char *said, enum rollcall_health own)
{
    struct rollcall_check checks[CHECKS];
    struct check_state states[CHECKS] = { { .known = false } };
    struct rollcall_instance is = sample_values("web-1", "web");

    for (unsigned i = 0; i < CHECKS; i++) {
        checks[i] = sample_check("c");
        checks[i].shadow = said[i] >= 'A' && said[i] <= 'Z';
        states[i].known = said[i] != '?';
        states[i].health = of_letter((char)(said[i] | 0x20));
    }
    is.checks = checks;
    is.check_count = CHECKS;
    is.checks_require = (uint8_t)require;
    return "cwp"[states_combined(&is, states, own)];
}

static void all_of_them_is_the_worst_and_the_default(void **state)
{
    (void)state;
    assert_int_equal(combined(0, "ppp", ROLLCALL_PASSING), 'p');
    assert_int_equal(combined(0, "pwp", ROLLCALL_PASSING), 'w');
    assert_int_equal(combined(0, "cwp", ROLLCALL_PASSING), 'c');
    assert_int_equal(combined(3, "cwp", ROLLCALL_PASSING), 'c');
}

static void any_of_them_is_the_best(void **state)
{
    (void)state;
    assert_int_equal(combined(1, "ccp", ROLLCALL_PASSING), 'p');
    assert_int_equal(combined(1, "cwc", ROLLCALL_PASSING), 'w');
    assert_int_equal(combined(1, "ccc", ROLLCALL_PASSING), 'c');
}

static void a_quorum_of_two_is_the_second_best(void **state)
{
    (void)state;
    assert_int_equal(combined(2, "ppc", ROLLCALL_PASSING), 'p');
    assert_int_equal(combined(2, "pwc", ROLLCALL_PASSING), 'w');
    assert_int_equal(combined(2, "pcc", ROLLCALL_PASSING), 'c');
}

static void the_status_stands_for_a_check_without_a_result(void **state)
{
    (void)state;
    assert_int_equal(combined(0, "pp?", ROLLCALL_CRITICAL), 'c');
    assert_int_equal(combined(0, "pp?", ROLLCALL_WARNING), 'w');
    assert_int_equal(combined(1, "cc?", ROLLCALL_PASSING), 'p');
    assert_int_equal(combined(2, "pp?", ROLLCALL_CRITICAL), 'p');
}

static void a_shadow_decides_nothing(void **state)
{
    (void)state;
    assert_int_equal(combined(0, "ppC", ROLLCALL_PASSING), 'p');
    assert_int_equal(combined(1, "ccP", ROLLCALL_PASSING), 'c');
    assert_int_equal(combined(0, "CCC", ROLLCALL_PASSING), 'p');
}

static void an_instance_leaves_when_its_quorum_is_lost(void **state)
{
    struct world *world = *state;
    struct rollcall_instance web = sample_values("web-1", "web");
    struct rollcall_check checks[CHECKS] = { sample_check("a"), sample_check("b"),
                                             sample_check("c") };

    web.checks = checks;
    web.check_count = CHECKS;
    web.checks_require = 2;
    web.status = ROLLCALL_CRITICAL;
    world_register(world, &web);
    struct entry *entry = registry_find(world->registry, "web-1");
    registry_set_check(world->registry, entry, 0, ROLLCALL_CRITICAL, 1, NULL, WALL);
    assert_int_equal(entry->state, STARTING); /* the other two may still do */
    registry_set_check(world->registry, entry, 1, ROLLCALL_PASSING, 1, NULL, WALL);
    registry_set_check(world->registry, entry, 2, ROLLCALL_PASSING, 1, NULL, WALL);
    assert_int_equal(entry->health, ROLLCALL_PASSING);
    registry_set_check(world->registry, entry, 2, ROLLCALL_CRITICAL, 1, NULL, WALL);
    assert_int_equal(entry->health, ROLLCALL_CRITICAL);
    assert_int_equal(entry->state, FAILING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_them_is_the_worst_and_the_default),
        cmocka_unit_test(any_of_them_is_the_best),
        cmocka_unit_test(a_quorum_of_two_is_the_second_best),
        cmocka_unit_test(the_status_stands_for_a_check_without_a_result),
        cmocka_unit_test(a_shadow_decides_nothing),
        WORLD_TEST(an_instance_leaves_when_its_quorum_is_lost),
    };
    return cmocka_run_group_tests_name("registry/quorum", tests, NULL, NULL);
}
