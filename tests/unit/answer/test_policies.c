/* Who is chosen how often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "answer/policies.h"
#include "config/config.h"

static void rotate_starts_with_each_one_in_turn(void **state)
{
    unsigned first[7] = { 0 };

    (void)state;
    for (uint32_t turn = 1000; turn < 1070; turn++)
        first[policies[CONFIG_ORDER_ROTATE]->choose(turn, 7)]++;
    for (unsigned i = 0; i < 7; i++)
        assert_int_equal(first[i], 10);
}

static void fixed_always_starts_with_the_first(void **state)
{
    (void)state;
    for (uint32_t turn = 0; turn < 10; turn++)
        assert_int_equal(policies[CONFIG_ORDER_FIXED]->choose(turn, 7), 0);
}

static void both_keep_members_sorted_by_id(void **state)
{
    struct rollcall_instance c = { .id = "c" }, a = { .id = "a" }, b = { .id = "b" };

    (void)state;
    for (size_t i = 0; i < POLICY_COUNT; i++) {
        struct member members[] = { { .is = &c }, { .is = &a }, { .is = &b } };
        policies[i]->compile(members, 3);
        assert_ptr_equal(members[0].is, &a);
        assert_ptr_equal(members[1].is, &b);
        assert_ptr_equal(members[2].is, &c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rotate_starts_with_each_one_in_turn),
        cmocka_unit_test(fixed_always_starts_with_the_first),
        cmocka_unit_test(both_keep_members_sorted_by_id),
    };
    return cmocka_run_group_tests_name("answer/policies", tests, NULL, NULL);
}
