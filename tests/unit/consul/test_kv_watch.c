/* Where those wait who follow keys: a change opens the places of its key and of every
 * beginning of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consul/kv_watch.h"

static int setup(void **state)
{
    struct kv_watch *watch = malloc(sizeof *watch);

    kv_watch_init(watch);
    *state = watch;
    return 0;
}

static int teardown(void **state)
{
    struct kv_watch *watch = *state;

    kv_watch_deinit(watch);
    free(watch);
    return 0;
}

#define WATCHED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static struct topic *on_key(struct kv_watch *watch, const char *key)
{
    return kv_watch_key(watch, key, strlen(key));
}

static struct topic *on_prefix(struct kv_watch *watch, const char *prefix)
{
    return kv_watch_prefix(watch, prefix, strlen(prefix));
}

static void moved(struct kv_watch *watch, const char *key)
{
    kv_watch_moved(watch, key, strlen(key));
}

static void those_who_follow_the_same_wait_together(void **state)
{
    struct kv_watch *watch = *state;

    assert_ptr_equal(on_key(watch, "a"), on_key(watch, "a"));
    assert_ptr_equal(on_prefix(watch, "a"), on_prefix(watch, "a"));
    assert_ptr_not_equal(on_key(watch, "a"), on_prefix(watch, "a"));
    assert_int_equal(watch->keys.count, 1);
    assert_int_equal(watch->prefixes.count, 1);
    assert_int_equal(watch->lengths[1], 1);
}

static void a_change_opens_what_it_concerns_and_nothing_else(void **state)
{
    struct kv_watch *watch = *state;

    on_key(watch, "a/b");
    on_key(watch, "a/b/c");
    on_key(watch, "a");
    on_prefix(watch, "");
    on_prefix(watch, "a/");
    on_prefix(watch, "a/b");
    on_prefix(watch, "a/b/");
    on_prefix(watch, "b");
    moved(watch, "a/b");
    assert_int_equal(watch->keys.count, 2);
    assert_null(table_get(&watch->keys, "a/b", 3));
    assert_int_equal(watch->prefixes.count, 2);
    assert_non_null(table_get(&watch->prefixes, "a/b/", 4));
    assert_non_null(table_get(&watch->prefixes, "b", 1));
    moved(watch, "c");
    assert_int_equal(watch->prefixes.count, 2);
    assert_int_equal(watch->lengths[0] + watch->lengths[2] + watch->lengths[3], 0);
}

static void a_place_goes_when_its_last_one_leaves(void **state)
{
    struct kv_watch *watch = *state;
    struct topic *topic = on_prefix(watch, "a/");

    topic->on_empty(topic, topic->owner);
    assert_int_equal(watch->prefixes.count, 0);
    assert_int_equal(watch->lengths[2], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WATCHED(those_who_follow_the_same_wait_together),
        WATCHED(a_change_opens_what_it_concerns_and_nothing_else),
        WATCHED(a_place_goes_when_its_last_one_leaves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
