/* base/table.h: a hash table from byte strings to pointers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "base/table.h"

enum { MANY = 3000 };

struct thing {
    char key[16];
    int in;
};

static void an_empty_table_has_nothing(void **state)
{
    struct table table;
    size_t at = 0;

    (void)state;
    table_init(&table);
    assert_null(table_get(&table, "a", 1));
    assert_null(table_remove(&table, "a", 1));
    assert_null(table_next(&table, &at));
    table_deinit(&table);
}

static void setting_a_key_again_replaces_its_value(void **state)
{
    struct table table;
    int one;
    int two;

    (void)state;
    table_init(&table);
    table_set(&table, "key", 3, &one);
    table_set(&table, "key", 3, &two);
    assert_int_equal(table.count, 1);
    assert_ptr_equal(table_get(&table, "key", 3), &two);
    assert_null(table_get(&table, "ke", 2));
    assert_ptr_equal(table_remove(&table, "key", 3), &two);
    assert_int_equal(table.count, 0);
    table_deinit(&table);
}

static void the_empty_key_is_a_key(void **state)
{
    struct table table;
    int one;

    (void)state;
    table_init(&table);
    table_set(&table, "", 0, &one);
    assert_ptr_equal(table_get(&table, "", 0), &one);
    table_deinit(&table);
}

static void coming_and_going_many_times_loses_nothing(void **state)
{
    static struct thing things[MANY];
    struct table table;
    struct random_state random;
    size_t in = 0;

    (void)state;
    table_init(&table);
    random_init(&random, 3);
    for (int i = 0; i < MANY; i++)
        snprintf(things[i].key, sizeof things[i].key, "key-%d", i);
    for (int i = 0; i < 60000; i++) {
        struct thing *thing = &things[random_below(&random, MANY)];
        size_t length = strlen(thing->key);
        if (thing->in)
            assert_ptr_equal(table_remove(&table, thing->key, length), thing);
        else
            assert_int_equal(table_set(&table, thing->key, length, thing), ROLLCALL_OK);
        thing->in = !thing->in;
        in = thing->in ? in + 1 : in - 1;
        assert_int_equal(table.count, in);
    }
    for (int i = 0; i < MANY; i++)
        assert_ptr_equal(table_get(&table, things[i].key, strlen(things[i].key)),
                         things[i].in ? &things[i] : NULL);
    /* Tombstones are swept, so coming and going does not make it grow for ever. */
    assert_true(table.capacity <= 8192);
    table_deinit(&table);
}

static void a_walk_meets_every_value_once_and_may_remove_it(void **state)
{
    static struct thing things[100];
    struct table table;
    size_t at = 0;
    int met = 0;

    (void)state;
    table_init(&table);
    for (int i = 0; i < 100; i++) {
        snprintf(things[i].key, sizeof things[i].key, "%d", i);
        table_set(&table, things[i].key, strlen(things[i].key), &things[i]);
    }
    for (struct thing *thing; (thing = table_next(&table, &at)) != NULL; met++)
        assert_ptr_equal(table_remove(&table, thing->key, strlen(thing->key)), thing);
    assert_int_equal(met, 100);
    assert_int_equal(table.count, 0);
    table_deinit(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_table_has_nothing),
        cmocka_unit_test(setting_a_key_again_replaces_its_value),
        cmocka_unit_test(the_empty_key_is_a_key),
        cmocka_unit_test(coming_and_going_many_times_loses_nothing),
        cmocka_unit_test(a_walk_meets_every_value_once_and_may_remove_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
