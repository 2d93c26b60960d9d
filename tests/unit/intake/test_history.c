/* The ring of past events: what it keeps, what it drops, and what it says about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "intake/history.h"

static struct instance *make_instance(void)
{
    const struct rollcall_instance values = {
        .id = "a",
        .service = "web",
        .namespace_name = "default",
        .version = "",
        .zone = "",
        .host = "",
    };

    return instance_copy(&values);
}

/* Events 1 to `count` of one instance. */
static void add(struct history *history, struct instance *instance, uint64_t count)
{
    struct entry *entry = test_calloc(1, sizeof *entry + 2);

    entry->instance = instance;
    for (uint64_t revision = 1; revision <= count; revision++) {
        const struct event event = {
            .kind = EVENT_ADDED, .revision = revision, .entry = entry, .cause = "request"
        };
        history_add(history, &event);
    }
    test_free(entry);
}

static void nothing_is_dropped_below_the_bound(void **state)
{
    struct instance *instance = make_instance();
    struct history history;

    (void)state;
    history_init(&history, 1000);
    add(&history, instance, 1000);
    assert_true(history_reaches(&history, 0, 1000));
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(history_at(&history, i)->revision, i + 1);
    assert_null(history_at(&history, 1000));
    history_deinit(&history);
    instance_unref(instance);
}

static void the_oldest_go_first_and_are_known_to_be_gone(void **state)
{
    struct instance *instance = make_instance();
    struct history history;

    (void)state;
    history_init(&history, 100);
    add(&history, instance, 250);
    assert_int_equal(history_at(&history, 0)->revision, 151);
    assert_int_equal(history_at(&history, 99)->revision, 250);
    assert_false(history_reaches(&history, 149, 250));
    assert_true(history_reaches(&history, 150, 250));
    assert_true(history_reaches(&history, 250, 250));
    assert_false(history_reaches(&history, 251, 250));
    history_deinit(&history);
    instance_unref(instance);
}

static void a_bound_of_none_keeps_none(void **state)
{
    struct instance *instance = make_instance();
    struct history history;

    (void)state;
    history_init(&history, 0);
    add(&history, instance, 3);
    assert_null(history_at(&history, 0));
    assert_false(history_reaches(&history, 2, 3));
    assert_true(history_reaches(&history, 3, 3));
    history_deinit(&history);
    instance_unref(instance);
}

static void every_reference_is_given_back(void **state)
{
    struct instance *instance = make_instance();
    struct history history;

    (void)state;
    history_init(&history, 10);
    add(&history, instance, 25);
    assert_int_equal(atomic_load(&instance->refs), 11);
    history_deinit(&history);
    assert_int_equal(atomic_load(&instance->refs), 1);
    instance_unref(instance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_dropped_below_the_bound),
        cmocka_unit_test(the_oldest_go_first_and_are_known_to_be_gone),
        cmocka_unit_test(a_bound_of_none_keeps_none),
        cmocka_unit_test(every_reference_is_given_back),
    };
    return cmocka_run_group_tests_name("intake/history", tests, NULL, NULL);
}
