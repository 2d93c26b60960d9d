/* The checks of an instance over a real registry: which live, which go, who may report.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "health/engine.h"
#include "health/health.h"
#include "support/sample.h"
#include "support/test_store.h"

struct room {
    uv_loop_t loop;
    struct test_store store;
    struct registry *registry;
    struct health *health;
    struct reason why;
};

static const struct requester alice = { .uid = 1000 };

static void start(struct room *room)
{
    const struct registry_settings settings = { .node = "n1",
                                                .datacenter = "dc1",
                                                .max_instances = 100 };
    const struct health_settings limits = { .max_running = 10 };

    room->registry = registry_create(&settings, &room->store.base);
    room->health = health_create(&room->loop, room->registry, &limits);
    assert_non_null(room->health);
    assert_int_equal(registry_load(room->registry, 0, 1000, NULL, NULL, NULL),
                     ROLLCALL_OK);
}

static void stop(struct room *room)
{
    registry_run_due(room->registry, 1000);
    test_store_save_all(&room->store);
    health_destroy(room->health);
    registry_destroy(room->registry);
    uv_run(&room->loop, UV_RUN_NOWAIT);
}

static int open_room(void **state)
{
    struct room *room = calloc(1, sizeof *room);

    assert_non_null(room);
    log_set_level(LOG_LEVEL_ERROR);
    uv_loop_init(&room->loop);
    test_store_init(&room->store);
    start(room);
    *state = room;
    return 0;
}

/* Nothing of the engine may be left in the loop. */
static int close_room(void **state)
{
    struct room *room = *state;

    stop(room);
    assert_int_equal(uv_loop_close(&room->loop), 0);
    test_store_deinit(&room->store);
    free(room);
    return 0;
}

static struct rollcall_check check_of(const char *name, const char *kind)
{
    struct rollcall_check check = sample_check(name);

    check.kind = kind;
    check.interval_ms = 60000;
    check.success_threshold = 1;
    check.failure_threshold = 1;
    return check;
}

static void done(void *context, enum rollcall_status status,
                 const struct registry_reply *reply, const struct reason *why)
{
    (void)reply;
    (void)why;
    *(enum rollcall_status *)context = status;
}

static struct rollcall_instance web(const struct rollcall_check *checks, uint8_t count)
{
    struct rollcall_instance values = sample_values("web-1", "web");

    values.status = ROLLCALL_CRITICAL;
    values.checks = checks;
    values.check_count = count;
    return values;
}

static struct entry *put(struct room *room, const struct rollcall_instance *values)
{
    struct instance *instance = instance_copy(values);
    struct register_request request = { .instance = instance };
    enum rollcall_status ended = ROLLCALL_E_INTERNAL;

    assert_int_equal(registry_register(room->registry, &request, &alice, 0, 1000, done,
                                       &ended, &room->why),
                     ROLLCALL_OK);
    instance_unref(instance);
    test_store_save_all(&room->store);
    assert_int_equal(ended, ROLLCALL_OK);
    return registry_find(room->registry, values->id);
}

static enum rollcall_status report(struct room *room, const char *check,
                                   enum rollcall_health status)
{
    struct renew_request request = {
        .id = "web-1", .has_status = true, .status = status, .check = check
    };
    int64_t expires_in;
    uint64_t revision;

    return registry_renew(room->registry, &request, &alice, 0, 1000, &expires_in,
                          &revision, &room->why);
}

static uint64_t count_of(const struct room *room, const char *name)
{
    const struct counter_group *group = health_counters(room->health);

    for (const struct counter_row *row = group->rows; row->name != NULL; row++)
        if (strcmp(row->name, name) == 0)
            return counter_sum(group, row);
    fail_msg("there is no counter %s", name);
    return 0;
}

static void checks_come_and_go_with_their_instance(void **state)
{
    struct room *room = *state;
    const struct rollcall_check checks[] = { check_of("a", "tcp"), check_of("b", "ttl") };
    struct rollcall_instance values = web(checks, 2);
    enum rollcall_status ended = ROLLCALL_E_INTERNAL;

    put(room, &values);
    assert_int_equal(count_of(room, "checks"), 2);
    assert_int_equal(registry_deregister(room->registry, "web-1", &alice, 0, 0, done,
                                         &ended, &room->why),
                     ROLLCALL_OK);
    test_store_save_all(&room->store);
    assert_int_equal(count_of(room, "checks"), 0);
}

static void an_instance_without_checks_has_none(void **state)
{
    struct room *room = *state;
    struct rollcall_instance values = web(NULL, 0);

    assert_null(put(room, &values)->watchers_mark);
    assert_int_equal(count_of(room, "checks"), 0);
}

static void a_check_that_stays_the_same_lives_on(void **state)
{
    struct room *room = *state;
    struct rollcall_check checks[] = { check_of("a", "tcp"), check_of("b", "tcp") };
    struct rollcall_instance values = web(checks, 2);
    struct entry *entry = put(room, &values);
    struct check *a = entry->watchers_mark;
    struct check *b = a->next;

    values.weight = 7;
    checks[0].interval_ms = 5000;
    assert_ptr_equal(put(room, &values), entry);
    struct check *first = entry->watchers_mark;
    assert_int_equal(first->spec->interval_ms, 5000);
    assert_ptr_equal(first->next, b);
    assert_ptr_equal(b->spec, &entry->instance->is.checks[1]);
    assert_null(b->next);
    assert_int_equal(count_of(room, "checks"), 2);
}

static void checks_may_change_places(void **state)
{
    struct room *room = *state;
    const struct rollcall_check before[] = { check_of("a", "ttl"), check_of("b", "ttl") };
    const struct rollcall_check after[] = { before[1], before[0] };
    struct rollcall_instance values = web(before, 2);
    struct entry *entry = put(room, &values);
    struct check *a = entry->watchers_mark;
    struct check *b = a->next;

    assert_int_equal(report(room, "a", ROLLCALL_PASSING), ROLLCALL_OK);
    values.checks = after;
    put(room, &values);
    assert_ptr_equal(entry->watchers_mark, b);
    assert_ptr_equal(b->next, a);
    assert_int_equal(a->index, 1);
    assert_true(a->verdict.known);
    assert_int_equal(a->verdict.health, ROLLCALL_PASSING);
    assert_false(b->verdict.known);
}

static void a_check_of_another_place_is_another_check(void **state)
{
    struct room *room = *state;
    const struct rollcall_pair target = { "target", "127.0.0.1:1" };
    struct rollcall_check checks[] = { check_of("own", "tcp"), check_of("there", "tcp"),
                                       check_of("told", "ttl") };
    struct rollcall_instance values = web(checks, 3);

    checks[1].options = &target;
    checks[1].option_count = 1;
    struct entry *entry = put(room, &values);
    struct check *own = entry->watchers_mark;
    struct check *there = own->next;
    struct check *told = there->next;
    own->fresh = false; /* as after its first run */
    values.port = 9999;
    put(room, &values);
    struct check *first = entry->watchers_mark;
    assert_true(first->fresh); /* made anew: its own place moved */
    assert_ptr_equal(first->next, there);
    assert_ptr_equal(there->next, told);
}

static void a_report_brings_an_instance_up_and_down(void **state)
{
    struct room *room = *state;
    const struct rollcall_check check = check_of("told", "ttl");
    struct rollcall_instance values = web(&check, 1);
    struct entry *entry = put(room, &values);

    assert_int_equal(entry->health, ROLLCALL_CRITICAL);
    assert_int_equal(report(room, NULL, ROLLCALL_PASSING), ROLLCALL_OK);
    assert_int_equal(entry->health, ROLLCALL_PASSING);
    assert_int_equal(report(room, "told", ROLLCALL_WARNING), ROLLCALL_OK);
    assert_int_equal(entry->health, ROLLCALL_WARNING);
    assert_int_equal(report(room, NULL, ROLLCALL_CRITICAL), ROLLCALL_OK);
    assert_int_equal(entry->health, ROLLCALL_CRITICAL);
    assert_int_equal(entry->checks[0].outcome, OUTCOME_REPORTED_CRITICAL);
}

static void a_report_without_a_name_goes_to_every_check_that_is_told(void **state)
{
    struct room *room = *state;
    const struct rollcall_check checks[] = { check_of("a", "ttl"), check_of("b", "ttl") };
    struct rollcall_instance values = web(checks, 2);
    struct entry *entry = put(room, &values);

    assert_int_equal(report(room, "a", ROLLCALL_PASSING), ROLLCALL_OK);
    assert_int_equal(entry->health, ROLLCALL_CRITICAL); /* all must pass */
    assert_int_equal(report(room, NULL, ROLLCALL_PASSING), ROLLCALL_OK);
    assert_int_equal(entry->health, ROLLCALL_PASSING);
    assert_int_equal(count_of(room, "reports"), 3);
}

static void saying_the_same_again_writes_nothing(void **state)
{
    struct room *room = *state;
    const struct rollcall_check check = check_of("told", "ttl");
    struct rollcall_instance values = web(&check, 1);

    put(room, &values);
    report(room, NULL, ROLLCALL_PASSING);
    registry_run_due(room->registry, 1000);
    test_store_save_all(&room->store);
    size_t before = room->store.submitted[CHANGE_HEALTH];
    for (int i = 0; i < 1000; i++)
        assert_int_equal(report(room, NULL, ROLLCALL_PASSING), ROLLCALL_OK);
    registry_run_due(room->registry, 100000);
    test_store_save_all(&room->store);
    assert_int_equal(room->store.submitted[CHANGE_HEALTH], before);
    assert_int_equal(count_of(room, "changes"), 1);
}

static void a_report_to_the_wrong_check_says_what_is_right(void **state)
{
    struct room *room = *state;
    const struct rollcall_check checks[] = { check_of("port", "tcp"),
                                             check_of("told", "ttl") };
    struct rollcall_instance values = web(checks, 2);

    put(room, &values);
    assert_int_equal(report(room, "nobody", ROLLCALL_PASSING), ROLLCALL_E_INVALID);
    assert_string_equal(room->why.field, "check");
    assert_string_equal(room->why.text,
                        "\"web-1\" has no check \"nobody\"; it has: port, told");
    assert_int_equal(report(room, "port", ROLLCALL_PASSING), ROLLCALL_E_INVALID);
    assert_non_null(strstr(room->why.text, "is of kind tcp"));
}

static void a_probed_instance_cannot_report_itself_but_can_renew(void **state)
{
    struct room *room = *state;
    const struct rollcall_check check = check_of("port", "tcp");
    struct rollcall_instance values = web(&check, 1);
    struct renew_request plain = { .id = "web-1" };
    int64_t expires_in;
    uint64_t revision;

    put(room, &values);
    assert_int_equal(report(room, NULL, ROLLCALL_PASSING), ROLLCALL_E_INVALID);
    assert_string_equal(room->why.field, "status");
    assert_int_equal(registry_renew(room->registry, &plain, &alice, 0, 1000, &expires_in,
                                    &revision, &room->why),
                     ROLLCALL_OK);
}

static void after_a_restart_the_stored_verdict_stands(void **state)
{
    struct room *room = *state;
    const struct rollcall_check check = check_of("told", "ttl");
    struct rollcall_instance values = web(&check, 1);

    put(room, &values);
    report(room, NULL, ROLLCALL_PASSING);
    stop(room);
    start(room);
    struct entry *entry = registry_find(room->registry, "web-1");
    const struct check *kept = entry->watchers_mark;
    assert_int_equal(entry->health, ROLLCALL_PASSING);
    assert_true(kept->verdict.known);
    assert_int_equal(kept->verdict.health, ROLLCALL_PASSING);
    assert_int_equal(report(room, NULL, ROLLCALL_PASSING), ROLLCALL_OK);
    assert_int_equal(count_of(room, "changes"), 0);
}

#define ROOM_TEST(name) cmocka_unit_test_setup_teardown(name, open_room, close_room)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROOM_TEST(checks_come_and_go_with_their_instance),
        ROOM_TEST(an_instance_without_checks_has_none),
        ROOM_TEST(a_check_that_stays_the_same_lives_on),
        ROOM_TEST(checks_may_change_places),
        ROOM_TEST(a_check_of_another_place_is_another_check),
        ROOM_TEST(a_report_brings_an_instance_up_and_down),
        ROOM_TEST(a_report_without_a_name_goes_to_every_check_that_is_told),
        ROOM_TEST(saying_the_same_again_writes_nothing),
        ROOM_TEST(a_report_to_the_wrong_check_says_what_is_right),
        ROOM_TEST(a_probed_instance_cannot_report_itself_but_can_renew),
        ROOM_TEST(after_a_restart_the_stored_verdict_stands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
