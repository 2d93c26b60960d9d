/* Deletions are remembered in bounded memory, and never look older than they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "consul/tombstones.h"

static void bury(struct tombstones *it, const char *key, uint64_t index)
{
    tombstones_add(it, key, strlen(key), index);
}

static uint64_t key_of(const struct tombstones *it, const char *key)
{
    return tombstones_of_key(it, key, strlen(key));
}

static uint64_t prefix_of(const struct tombstones *it, const char *prefix)
{
    return tombstones_of_prefix(it, prefix, strlen(prefix));
}

static void a_prefix_knows_its_newest_deletion(void **state)
{
    (void)state;
    struct tombstones it;

    tombstones_init(&it, 5);
    bury(&it, "a/b", 7);
    bury(&it, "a/c", 9);
    bury(&it, "b", 8);
    assert_int_equal(prefix_of(&it, "a/"), 9);
    assert_int_equal(prefix_of(&it, "a/b"), 7);
    assert_int_equal(prefix_of(&it, "a/bb"), 5);
    assert_int_equal(prefix_of(&it, ""), 9);
    assert_int_equal(key_of(&it, "b"), 8);
    assert_int_equal(key_of(&it, "a/"), 5);
    tombstones_deinit(&it);
}

static void the_oldest_are_folded_into_their_folder(void **state)
{
    (void)state;
    struct tombstones it;

    tombstones_init(&it, 1);
    it.max = 3;
    bury(&it, "a/x/1", 2);
    bury(&it, "a/x/2", 3);
    bury(&it, "b/1", 4);
    bury(&it, "b/2", 5); /* a/x/1 is folded into a/x/, and with it a/x/2 */
    bury(&it, "b/3", 6);
    assert_true(it.by_key.count <= 3);
    assert_true(key_of(&it, "a/x/1") >= 2);
    assert_true(prefix_of(&it, "a/x/") >= 3);
    assert_true(prefix_of(&it, "a/x/2") >= 3);
    assert_int_equal(prefix_of(&it, "c"), it.floor);
    tombstones_deinit(&it);
}

/* However many: what was deleted at N never looks older than N, and memory is bounded. */
static void nothing_ever_looks_older_than_it_is(void **state)
{
    (void)state;
    struct tombstones it;
    char key[32];

    tombstones_init(&it, 0);
    it.max = 20;
    for (uint64_t i = 1; i <= 2000; i++) {
        snprintf(key, sizeof key, "d%u/e%u/%u", (unsigned)(i % 7), (unsigned)(i % 31),
                 (unsigned)i);
        bury(&it, key, i);
        assert_true(it.by_key.count <= 20);
    }
    for (uint64_t i = 1; i <= 2000; i++) {
        snprintf(key, sizeof key, "d%u/e%u/%u", (unsigned)(i % 7), (unsigned)(i % 31),
                 (unsigned)i);
        assert_true(key_of(&it, key) >= i);
        snprintf(key, sizeof key, "d%u/", (unsigned)(i % 7));
        assert_true(prefix_of(&it, key) >= i);
    }
    tombstones_deinit(&it);
}

static void keys_without_a_folder_raise_the_floor(void **state)
{
    (void)state;
    struct tombstones it;

    tombstones_init(&it, 0);
    it.max = 1;
    bury(&it, "a", 3);
    bury(&it, "b", 4);
    assert_int_equal(it.floor, 3);
    assert_int_equal(key_of(&it, "zzz"), 3);
    assert_int_equal(key_of(&it, "b"), 4);
    tombstones_deinit(&it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_prefix_knows_its_newest_deletion),
        cmocka_unit_test(the_oldest_are_folded_into_their_folder),
        cmocka_unit_test(nothing_ever_looks_older_than_it_is),
        cmocka_unit_test(keys_without_a_folder_raise_the_floor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
