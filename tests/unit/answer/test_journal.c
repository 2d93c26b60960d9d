#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "answer/journal.h"

static void add(struct journal *journal, uint32_t from, uint32_t to)
{
    static uint8_t record[] = { 1, 0, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 0, 0, 1 };
    const struct growing none = { NULL, 0, 0 };
    const struct growing one = { record, sizeof record, sizeof record };
    struct delta *delta = delta_create(from, to, &none, &one);

    assert_non_null(delta);
    assert_int_equal(delta->gone_count, 0);
    assert_int_equal(delta->come_count, 1);
    journal_add(journal, delta);
}

/* RFC 1982 §5.1, with 32 bits. */
static void serials_are_compared_in_a_circle(void **state)
{
    (void)state;
    assert_true(serial_newer(1, 0));
    assert_true(serial_newer(0, UINT32_MAX));
    assert_true(serial_newer(100, UINT32_C(0xffffff00)));
    assert_false(serial_newer(0, 0));
    assert_false(serial_newer(UINT32_MAX, 0));
    assert_true(serial_newer(UINT32_C(0x7fffffff), 0));
    assert_false(serial_newer(UINT32_C(0x80000000), 0));
    assert_false(serial_newer(0, UINT32_C(0x80000000)));
}

static void the_oldest_fall_out(void **state)
{
    struct journal journal;
    (void)state;

    journal_init(&journal, 2, 1 << 20);
    add(&journal, 1, 2);
    add(&journal, 2, 3);
    add(&journal, 3, 9);
    assert_null(journal_from(&journal, 1));
    assert_int_equal(journal_from(&journal, 2)->to, 3);
    assert_int_equal(journal_from(&journal, 3)->to, 9);
    assert_null(journal_from(&journal, 9));
    journal_clear(&journal);
    assert_int_equal(journal.bytes, 0);
}

static void what_is_larger_than_the_bound_leaves_nothing(void **state)
{
    struct journal journal;
    (void)state;

    journal_init(&journal, 10, sizeof(struct delta) + 8);
    add(&journal, 1, 2);
    assert_int_equal(journal.count, 0);
    assert_null(journal_from(&journal, 1));
}

static void a_delta_in_use_outlives_the_journal(void **state)
{
    struct journal journal;
    (void)state;

    journal_init(&journal, 1, 1 << 20);
    add(&journal, 1, 2);
    struct delta *used = delta_ref(journal_from(&journal, 1));
    add(&journal, 2, 3);
    assert_null(journal_from(&journal, 1));
    assert_int_equal(used->to, 2);
    delta_unref(used);
    journal_clear(&journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serials_are_compared_in_a_circle),
        cmocka_unit_test(the_oldest_fall_out),
        cmocka_unit_test(what_is_larger_than_the_bound_leaves_nothing),
        cmocka_unit_test(a_delta_in_use_outlives_the_journal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
