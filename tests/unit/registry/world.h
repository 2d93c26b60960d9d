/* A registry over a store that the test drives, a fake clock, and what was heard. */
#ifndef TESTS_REGISTRY_WORLD_H
#define TESTS_REGISTRY_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "registry/registry.h"
#include "support/sample.h"
#include "support/test_store.h"

enum { WALL = 1700000000 /* ms on the wall when the fake clock shows 0 */ };

struct world {
    struct test_store store;
    struct registry *registry;
    struct listener listener;
    int64_t now;
    char heard[2048]; /* "added web-1; health web-1; " in order */
    uint64_t last_event;
    int check; /* of the last event */
    char cause[64];
    struct registry_settings settings;
};

/* How a request ended. */
struct outcome {
    int calls;
    enum rollcall_status status;
    uint64_t revision;
    bool created;
    char why[416];
    char warning[128];
};

static const struct requester alice = { .uid = 1000 };
static const struct requester bob = { .uid = 1001 };
static const struct requester root = { .uid = 0, .privileged = true };

static inline void world_hear(void *owner, const struct event *event)
{
    static const char *const words[] = { "added",   "changed",  "health",
                                         "removed", "standing", "check" };
    struct world *world = owner;
    size_t used = strlen(world->heard);

    snprintf(world->heard + used, sizeof world->heard - used, "%s %s; ",
             event->output_only ? "output" : words[event->kind], event->entry->id);
    snprintf(world->cause, sizeof world->cause, "%s", event->cause);
    assert_non_null(event->service);
    world->check = event->check;
    if (event->output_only) {
        assert_int_equal(event->revision, world->last_event);
        return;
    }
    assert_int_equal(event->service->moved, event->revision);
    if (strcmp(event->cause, "load") != 0)
        assert_true(event->revision > world->last_event);
    world->last_event = event->revision;
}

/* Start a registry over what the store has. */
static inline void world_start(struct world *world)
{
    struct reason why = REASON_NONE;

    world->registry = registry_create(&world->settings, &world->store.base);
    assert_non_null(world->registry);
    world->listener = (struct listener){ .on_event = world_hear, .owner = world };
    world->heard[0] = '\0';
    registry_listen(world->registry, &world->listener);
    assert_int_equal(
        registry_load(world->registry, world->now, WALL + world->now, NULL, NULL, &why),
        ROLLCALL_OK);
}

static inline int world_setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    log_set_level(LOG_LEVEL_ERROR);
    test_store_init(&world->store);
    world->settings = (struct registry_settings){ .node = "n1",
                                                  .datacenter = "dc1",
                                                  .max_instances = 1000 };
    world_start(world);
    *state = world;
    return 0;
}

static inline void world_stop(struct world *world)
{
    test_store_save_all(&world->store);
    registry_destroy(world->registry);
}

static inline int world_teardown(void **state)
{
    struct world *world = *state;
    world_stop(world);
    test_store_deinit(&world->store);
    free(world);
    return 0;
}

/* The daemon ends without a word and starts again; what waits at the store is lost. */
static inline void world_restart(struct world *world)
{
    world_stop(world);
    world_start(world);
}

static inline void world_done(void *context, enum rollcall_status status,
                              const struct registry_reply *reply,
                              const struct reason *why)
{
    struct outcome *outcome = context;

    outcome->calls++;
    outcome->status = status;
    outcome->revision = reply->revision;
    outcome->created = reply->created;
    snprintf(outcome->warning, sizeof outcome->warning, "%s", reply->warning);
    snprintf(outcome->why, sizeof outcome->why, "%s", reason_text(why, ""));
}

/* Submit; when it is not taken, that is the outcome. */
static inline void world_ask(struct world *world, const struct rollcall_instance *values,
                             const struct requester *who, const uint64_t *if_revision,
                             struct outcome *outcome)
{
    struct reason why = REASON_NONE;
    struct instance *instance = instance_copy(values);
    struct register_request request = { .instance = instance,
                                        .has_if_revision = if_revision != NULL,
                                        .if_revision =
                                            if_revision == NULL ? 0 : *if_revision };

    *outcome = (struct outcome){ .calls = 0 };
    enum rollcall_status status =
        registry_register(world->registry, &request, who, world->now, WALL + world->now,
                          world_done, outcome, &why);
    if (status != ROLLCALL_OK) {
        assert_int_equal(outcome->calls, 0);
        outcome->status = status;
        snprintf(outcome->why, sizeof outcome->why, "%s", why.text);
    }
    instance_unref(instance);
}

/* Register as alice and save it. */
static inline uint64_t world_register(struct world *world,
                                      const struct rollcall_instance *values)
{
    struct outcome outcome;

    world_ask(world, values, &alice, NULL, &outcome);
    test_store_save(&world->store);
    assert_int_equal(outcome.calls, 1);
    assert_int_equal(outcome.status, ROLLCALL_OK);
    return outcome.revision;
}

static inline void world_register_id(struct world *world, const char *id)
{
    struct rollcall_instance values = sample_values(id, "web");
    world_register(world, &values);
}

static inline void world_deregister(struct world *world, const char *id,
                                    const struct requester *who, struct outcome *outcome)
{
    struct reason why = REASON_NONE;

    *outcome = (struct outcome){ .calls = 0 };
    enum rollcall_status status =
        registry_deregister(world->registry, id, who, world->now, WALL + world->now,
                            world_done, outcome, &why);
    if (status != ROLLCALL_OK) {
        outcome->status = status;
        snprintf(outcome->why, sizeof outcome->why, "%s", why.text);
    }
}

static inline void world_pass(struct world *world, int64_t ms)
{
    world->now += ms;
    registry_run_due(world->registry, world->now);
}

static inline const struct entry *world_entry(const struct world *world, const char *id)
{
    return registry_find(world->registry, id);
}

static inline uint64_t world_count(const struct world *world, const char *name)
{
    const struct counter_group *group = registry_counters(world->registry);

    for (const struct counter_row *row = group->rows; row->name != NULL; row++) {
        if (strcmp(row->name, name) == 0)
            return counter_sum(group, row);
    }
    fail_msg("there is no counter %s", name);
    return 0;
}

#define WORLD_TEST(test)                                                                 \
    cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

#endif
