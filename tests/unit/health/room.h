/* A health room over a real registry, with a fake clock. */
#ifndef TESTS_HEALTH_ROOM_H
#define TESTS_HEALTH_ROOM_H

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
#include "support/sample.h"
#include "support/test_store.h"

enum { MINUTE = 60 * 1000 };

static int64_t fake_us; /* what the clock shows */

static inline int64_t fake_clock(void)
{
    return fake_us;
}

struct room {
    uv_loop_t loop;
    struct test_store store;
    struct registry *registry;
    struct health *health;
    struct notice_listener listener;
    unsigned began[4], ended[4]; /* notices by kind */
    char words[512];
    struct reason why;
};

static const struct requester alice = { .uid = 1000 };
static const struct requester bob = { .uid = 1001 };

static inline void hear(void *owner, const struct notice *notice)
{
    struct room *room = owner;

    (notice->on ? room->began : room->ended)[notice->kind]++;
    snprintf(room->words, sizeof room->words, "%s", notice->words);
}

static inline void start(struct room *room)
{
    const struct registry_settings settings = { .node = "n1",
                                                .datacenter = "dc1",
                                                .max_instances = 1000 };
    const struct health_settings rules = {
        .max_running = 10,
        .damping = { 3500, 1000, 5 * MINUTE, 30 * MINUTE },
        .brake = { .share = 500, .instances = 10, .longest = 60 * MINUTE },
        .doubt = { .services = 3, .period = 15000 },
        .clock_us = fake_clock,
    };

    room->registry = registry_create(&settings, &room->store.base);
    room->listener = (struct notice_listener){ .on_notice = hear, .owner = room };
    registry_listen_notices(room->registry, &room->listener);
    room->health = health_create(&room->loop, room->registry, &rules);
    assert_non_null(room->health);
    assert_int_equal(registry_load(room->registry, 0, 1000, NULL, NULL, NULL),
                     ROLLCALL_OK);
}

static inline void stop(struct room *room)
{
    registry_run_due(room->registry, 1000);
    test_store_save_all(&room->store);
    health_destroy(room->health);
    registry_destroy(room->registry);
    uv_run(&room->loop, UV_RUN_NOWAIT);
}

static inline int open_room(void **state)
{
    struct room *room = calloc(1, sizeof *room);

    assert_non_null(room);
    fake_us = INT64_C(1000000000);
    log_set_level(LOG_LEVEL_ERROR);
    log_use_syslog(NULL);
    uv_loop_init(&room->loop);
    test_store_init(&room->store);
    start(room);
    *state = room;
    return 0;
}

static inline int close_room(void **state)
{
    struct room *room = *state;

    stop(room);
    assert_int_equal(uv_loop_close(&room->loop), 0);
    test_store_deinit(&room->store);
    free(room);
    return 0;
}

static inline void done(void *context, enum rollcall_status status,
                        const struct registry_reply *reply, const struct reason *why)
{
    (void)reply;
    (void)why;
    *(enum rollcall_status *)context = status;
}

static inline struct entry *put_values(struct room *room,
                                       const struct rollcall_instance *values)
{
    enum rollcall_status ended = ROLLCALL_E_INTERNAL;
    struct instance *instance = instance_copy(values);
    struct register_request request = { .instance = instance };
    assert_int_equal(registry_register(room->registry, &request, &alice, 0, 1000, done,
                                       &ended, &room->why),
                     ROLLCALL_OK);
    instance_unref(instance);
    test_store_save_all(&room->store);
    assert_int_equal(ended, ROLLCALL_OK);
    return registry_find(room->registry, values->id);
}

static inline struct entry *put(struct room *room, const char *id, const char *service,
                                struct rollcall_check check, enum rollcall_health status)
{
    struct rollcall_instance values = sample_values(id, service);

    check.interval_ms = 10000;
    check.success_threshold = 1;
    check.failure_threshold = 1;
    values.status = status;
    values.checks = &check;
    values.check_count = 1;
    return put_values(room, &values);
}

static inline struct rollcall_check check_of(const char *kind)
{
    struct rollcall_check check = sample_check("c");

    check.kind = kind;
    return check;
}

/* One run of the only check of `entry` ended so, just now. */
static inline void run(struct room *room, struct entry *entry, enum check_outcome outcome)
{
    const struct check_result result = { .outcome = outcome };

    judge_result(room->health, entry->watchers_mark, &result, true, fake_us / 1000);
}

static inline void pass_time(int64_t ms)
{
    fake_us += ms * 1000;
}

#define IN_A_ROOM(name) cmocka_unit_test_setup_teardown(name, open_room, close_room)

#endif
