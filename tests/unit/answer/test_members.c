/* Who is handed out, and why: one table of histories for the pure function. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "answer/members.h"
#include "dns/wire.h"

enum { FELLOWS = 4, HOUR_MS = 3600 * 1000 };

struct scene {
    struct instance instances[FELLOWS];
    struct entry entries[FELLOWS];
    struct candidate candidates[FELLOWS];
    struct members_rules rules;
    struct members_filter filter;
    size_t count;
};

static void enter(struct scene *scene, enum rollcall_health health, enum lifecycle state)
{
    struct instance *instance = &scene->instances[scene->count];
    struct entry *entry = &scene->entries[scene->count];

    instance->is = (struct rollcall_instance){ .host = "", .port = 80 };
    entry->instance = instance;
    entry->health = health;
    entry->state = state;
    scene->candidates[scene->count++].entry = entry;
}

static struct members_count choose(struct scene *scene, int64_t now)
{
    return members_choose(&scene->rules, &scene->filter, scene->candidates, scene->count,
                          now);
}

static void reasons_are(const struct scene *scene, const enum member_reason *reasons)
{
    for (size_t i = 0; i < scene->count; i++)
        assert_string_equal(member_reason_word(scene->candidates[i].reason),
                            member_reason_word(reasons[i]));
}

#define REASONS_ARE(scene, ...)                                                          \
    reasons_are(scene, (const enum member_reason[]){ __VA_ARGS__ })

static void passing_and_warning_are_in_and_the_others_say_why_not(void **state)
{
    struct scene scene = { .count = 0 };

    (void)state;
    enter(&scene, ROLLCALL_PASSING, SERVING);
    enter(&scene, ROLLCALL_WARNING, SERVING);
    enter(&scene, ROLLCALL_CRITICAL, FAILING);
    enter(&scene, ROLLCALL_CRITICAL, STARTING);
    struct members_count count = choose(&scene, 0);
    REASONS_ARE(&scene, MEMBER_HEALTHY, MEMBER_WARNING, MEMBER_CRITICAL, MEMBER_STARTING);
    assert_int_equal(count.total, 4);
    assert_int_equal(count.healthy, 2);
    assert_int_equal(count.in, 2);
    assert_int_equal(count.by_reason[MEMBER_STARTING], 1);
    assert_true(count.due == INT64_MAX);
}

static void only_passing_leaves_out_a_warning(void **state)
{
    struct scene scene = { .rules.only_passing = true };

    (void)state;
    enter(&scene, ROLLCALL_PASSING, SERVING);
    enter(&scene, ROLLCALL_WARNING, SERVING);
    choose(&scene, 0);
    REASONS_ARE(&scene, MEMBER_HEALTHY, MEMBER_NOT_PASSING);
}

static void all_are_given_when_none_is_healthy_if_so_configured(void **state)
{
    struct scene scene = { .rules.no_healthy = CONFIG_NO_HEALTHY_ALL };

    (void)state;
    enter(&scene, ROLLCALL_CRITICAL, FAILING);
    enter(&scene, ROLLCALL_CRITICAL, STARTING);
    choose(&scene, 0);
    REASONS_ARE(&scene, MEMBER_OPEN, MEMBER_OPEN);
    scene.entries[0].health = ROLLCALL_PASSING;
    choose(&scene, 0);
    REASONS_ARE(&scene, MEMBER_HEALTHY, MEMBER_STARTING);
}

static void below_the_share_of_healthy_ones_all_are_given(void **state)
{
    struct scene scene = { .rules.min_healthy = 500 };

    (void)state;
    enter(&scene, ROLLCALL_PASSING, SERVING);
    enter(&scene, ROLLCALL_PASSING, SERVING);
    enter(&scene, ROLLCALL_CRITICAL, FAILING);
    enter(&scene, ROLLCALL_CRITICAL, FAILING);
    choose(&scene, 0);
    REASONS_ARE(&scene, MEMBER_HEALTHY, MEMBER_HEALTHY, MEMBER_CRITICAL, MEMBER_CRITICAL);
    scene.entries[0].health = ROLLCALL_CRITICAL;
    choose(&scene, 0);
    REASONS_ARE(&scene, MEMBER_PANIC, MEMBER_HEALTHY, MEMBER_PANIC, MEMBER_PANIC);
}

static void what_was_asked_out_stays_out_and_counts_for_nobody(void **state)
{
    struct standing draining = { .draining = true }, down = { .override = OVERRIDE_DOWN };
    struct scene scene = { .rules = { .min_healthy = 1000,
                                      .no_healthy = CONFIG_NO_HEALTHY_ALL } };

    (void)state;
    enter(&scene, ROLLCALL_PASSING, SERVING);
    enter(&scene, ROLLCALL_PASSING, SERVING);
    enter(&scene, ROLLCALL_PASSING, SERVING);
    scene.entries[0].standing = &draining;
    scene.entries[1].standing = &down;
    struct members_count count = choose(&scene, 0);
    REASONS_ARE(&scene, MEMBER_DRAINING, MEMBER_OVERRIDDEN_DOWN, MEMBER_HEALTHY);
    assert_int_equal(count.total, 1);
    assert_int_equal(count.asked_out, 2);
    assert_int_equal(count.in, 1);
    scene.entries[2].health = ROLLCALL_CRITICAL;
    scene.entries[2].state = FAILING;
    choose(&scene, 0);
    REASONS_ARE(&scene, MEMBER_DRAINING, MEMBER_OVERRIDDEN_DOWN, MEMBER_OPEN);
}

static void what_was_said_or_judged_goes_before_health(void **state)
{
    struct standing up = { .override = OVERRIDE_UP };
    struct standing held = { .held = true, .served = ROLLCALL_PASSING };
    struct standing frozen_in = { .frozen = true, .served = ROLLCALL_WARNING };
    struct standing frozen_out = { .frozen = true, .served = ROLLCALL_CRITICAL };
    struct scene scene = { .count = 0 };

    (void)state;
    for (int i = 0; i < FELLOWS; i++)
        enter(&scene, ROLLCALL_CRITICAL, FAILING);
    scene.entries[0].standing = &up;
    scene.entries[1].standing = &held;
    scene.entries[2].standing = &frozen_in;
    scene.entries[3].standing = &frozen_out;
    scene.entries[3].health = ROLLCALL_PASSING;
    struct members_count count = choose(&scene, 0);
    REASONS_ARE(&scene, MEMBER_OVERRIDDEN_UP, MEMBER_HELD, MEMBER_FROZEN,
                MEMBER_FROZEN_OUT);
    assert_int_equal(count.healthy, 3);
    scene.rules.only_passing = true;
    choose(&scene, 0);
    REASONS_ARE(&scene, MEMBER_OVERRIDDEN_UP, MEMBER_HELD, MEMBER_NOT_PASSING,
                MEMBER_FROZEN_OUT);
}

static void a_damped_one_is_out_until_too_few_are_left(void **state)
{
    struct standing damped = { .damped_until = 1 };
    struct scene scene = { .rules.min_healthy = 500 };

    (void)state;
    enter(&scene, ROLLCALL_PASSING, SERVING);
    enter(&scene, ROLLCALL_PASSING, SERVING);
    scene.entries[0].standing = &damped;
    choose(&scene, 0);
    REASONS_ARE(&scene, MEMBER_DAMPED, MEMBER_HEALTHY);
    scene.entries[1].health = ROLLCALL_CRITICAL;
    choose(&scene, 0);
    REASONS_ARE(&scene, MEMBER_PANIC, MEMBER_PANIC);
}

static void the_last_healthy_set_lasts_for_an_hour(void **state)
{
    struct scene scene = { .rules.no_healthy = CONFIG_NO_HEALTHY_LAST };

    (void)state;
    enter(&scene, ROLLCALL_CRITICAL, FAILING);
    enter(&scene, ROLLCALL_CRITICAL, FAILING);
    enter(&scene, ROLLCALL_CRITICAL, FAILING);
    scene.candidates[0].ceased = 1000;
    scene.candidates[1].ceased = 5000;
    scene.candidates[2].ceased = 5000;
    struct members_count count = choose(&scene, 6000);
    REASONS_ARE(&scene, MEMBER_CRITICAL, MEMBER_LAST, MEMBER_LAST);
    assert_true(count.due == 5000 + HOUR_MS);
    count = choose(&scene, 5000 + HOUR_MS);
    REASONS_ARE(&scene, MEMBER_CRITICAL, MEMBER_CRITICAL, MEMBER_CRITICAL);
    assert_true(count.due == INT64_MAX);
}

static void a_filter_says_what_does_not_fit(void **state)
{
    static const char *const tags[] = { "v1" };
    static const struct rollcall_port ports[] = { { "http", 80, ROLLCALL_TCP } };
    static const struct rollcall_address v4 = { 4, { 10 } };
    struct scene scene = { .filter = { .tag = "V1" } };

    (void)state;
    enter(&scene, ROLLCALL_PASSING, SERVING);
    enter(&scene, ROLLCALL_PASSING, SERVING);
    scene.instances[0].is.tags = tags;
    scene.instances[0].is.tag_count = 1;
    scene.instances[0].is.ports = ports;
    scene.instances[0].is.port_count = 1;
    scene.instances[0].is.addresses = &v4;
    scene.instances[0].is.address_count = 1;
    scene.instances[1].is.host = "elsewhere.example.";
    choose(&scene, 0);
    REASONS_ARE(&scene, MEMBER_HEALTHY, MEMBER_OTHER_TAG);
    scene.filter = (struct members_filter){ .port = "http" };
    choose(&scene, 0);
    REASONS_ARE(&scene, MEMBER_HEALTHY, MEMBER_OTHER_PORT);
    scene.filter = (struct members_filter){ .type = DNS_TYPE_A };
    choose(&scene, 0);
    REASONS_ARE(&scene, MEMBER_HEALTHY, MEMBER_HOST_NAME);
    scene.filter.type = DNS_TYPE_AAAA;
    choose(&scene, 0);
    REASONS_ARE(&scene, MEMBER_NO_ADDRESS, MEMBER_HOST_NAME);
    scene.filter.type = DNS_TYPE_SRV;
    scene.instances[1].is.port = 0;
    choose(&scene, 0);
    REASONS_ARE(&scene, MEMBER_HEALTHY, MEMBER_NO_PORT);
}

static void where_all_have_host_names_they_are_an_alias(void **state)
{
    struct scene scene = { .filter.type = DNS_TYPE_A };

    (void)state;
    enter(&scene, ROLLCALL_PASSING, SERVING);
    enter(&scene, ROLLCALL_CRITICAL, FAILING);
    scene.instances[0].is.host = "a.example.";
    scene.instances[1].is.host = "b.example.";
    choose(&scene, 0);
    REASONS_ARE(&scene, MEMBER_HEALTHY, MEMBER_CRITICAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passing_and_warning_are_in_and_the_others_say_why_not),
        cmocka_unit_test(only_passing_leaves_out_a_warning),
        cmocka_unit_test(all_are_given_when_none_is_healthy_if_so_configured),
        cmocka_unit_test(below_the_share_of_healthy_ones_all_are_given),
        cmocka_unit_test(what_was_asked_out_stays_out_and_counts_for_nobody),
        cmocka_unit_test(what_was_said_or_judged_goes_before_health),
        cmocka_unit_test(a_damped_one_is_out_until_too_few_are_left),
        cmocka_unit_test(the_last_healthy_set_lasts_for_an_hour),
        cmocka_unit_test(a_filter_says_what_does_not_fit),
        cmocka_unit_test(where_all_have_host_names_they_are_an_alias),
    };
    return cmocka_run_group_tests_name("answer/members", tests, NULL, NULL);
}
