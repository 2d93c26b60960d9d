#include "health/health.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/thread_role.h"
#include "health/alias.h"
#include "health/engine.h"
#include "health/kinds.h"
#include "health/naming.h"
#include "loop/curl_bridge.h"
#include "loop/ticker.h"
#include "model/instance.h"

/* After every call that may move a due time. */
void health_rearm(struct health *health)
{
    counter_set(&health->counts.running, health->runner.running);
    counter_set(&health->counts.waiting, health->runner.waiting_count);
    counter_set(&health->counts.late, health->runner.late_count);
    counter_set(&health->counts.latest_ms, (uint64_t)health->runner.latest_ms);
    int64_t due = runner_next_due(&health->runner);
    int64_t doubting = doubting_next_due(health);
    int64_t reaping = reaper_next_due(health);
    if (reaping < due)
        due = reaping;
    if (!list_empty(&health->reaps) || look_is_due(health) || health->loose)
        due = 0;
    ticker_set(health->ticker, doubting < due ? doubting : due);
}

static void on_due(void *owner, int64_t now)
{
    struct health *health = owner;

    runner_run_due(&health->runner);
    doubting_run_due(health, now);
    judge_release_loose(health);
    reaper_run(health, now);
    look_run_due(health);
    health_rearm(health);
}

uv_loop_t *check_loop(const struct check *check)
{
    return check->health->loop;
}

struct poller *check_poller(const struct check *check)
{
    return check->health->poller;
}

struct exec_bridge *check_commands(const struct check *check)
{
    return check->health->commands;
}

struct curl_bridge *check_bridge(const struct check *check)
{
    return check->health->bridge;
}

void check_finish_said(struct check *check, enum check_outcome outcome,
                       const char *detail, const char *said)
{
    struct health *health = check->health;

    thread_role_assert(ROLE_CONTROL);
    if (check->memory != NULL) {
        if (naming_again(check, outcome))
            return;
        naming_end(check);
    }
    runner_finish(&health->runner, check, outcome, detail, said);
    if (!health->runner.starting)
        health_rearm(health);
}

void check_finish(struct check *check, enum check_outcome outcome, const char *detail)
{
    check_finish_said(check, outcome, detail, NULL);
}

/* A run that says nothing about the instance. Why, people must hear from the log. */
static void log_not_run(struct health *health, const struct check *check,
                        const struct check_result *result)
{
    int64_t now = clock_monotonic_ms();

    if (result->outcome == OUTCOME_NO_RESOURCES && result->detail == NULL)
        log_limited(&health->short_limit, now, LOG_LEVEL_WARNING, "health",
                    "a check %s; raise the limit of open files or lower "
                    "the number of checks at once",
                    outcome_phrase(result->outcome));
    else
        log_limited(&health->short_limit, now, LOG_LEVEL_WARNING, "health",
                    "%s: check %s: it %s%s%s", check->entry->id, check->spec->name,
                    outcome_phrase(result->outcome), result->detail != NULL ? ": " : "",
                    result->detail != NULL ? result->detail : "");
}

static void count(struct health *health, const struct check *check,
                  const struct check_result *result)
{
    counts_take(&health->counts, check, result);
    if (outcome_grade(result->outcome) == GRADE_NONE)
        log_not_run(health, check, result);
}

static void on_result(void *owner, struct check *check, const struct check_result *result)
{
    struct health *health = owner;

    if (check_is_trial(check)) {
        look_take(check, result);
        return;
    }
    count(health, check, result);
    look_take(check, result);
    judge_result(health, check, result, !check->kind->pushed && !check->kind->derived,
                 check->started_us / 1000);
}

static enum check_outcome reported_outcome(enum rollcall_health status)
{
    switch (status) {
    case ROLLCALL_PASSING:
        return OUTCOME_REPORTED_PASSING;
    case ROLLCALL_WARNING:
        return OUTCOME_REPORTED_WARNING;
    case ROLLCALL_CRITICAL:
        break;
    }
    return OUTCOME_REPORTED_CRITICAL;
}

void health_report(struct health *health, struct check *check,
                   enum rollcall_health status, const char *output)
{
    struct check_result result = {
        .outcome = reported_outcome(status),
        .detail = output != NULL && output[0] != '\0' ? output : NULL,
    };

    counts_take_report(&health->counts, check, result.outcome);
    runner_reported(&health->runner, check);
    judge_result(health, check, &result, false, 0);
}

static void on_event(void *owner, const struct event *event)
{
    struct health *health = owner;

    alias_hear(health, event);
    switch (event->kind) {
    case EVENT_ADDED:
        checks_follow(health, event->entry, NULL, strcmp(event->cause, "load") == 0);
        flaps_load(health, event->entry, health->runner.settings.clock_us() / 1000,
                   clock_wall_ms());
        break;
    case EVENT_CHANGED:
        judge_changed(health, event->entry);
        checks_follow(health, event->entry, &event->before->is, false);
        break;
    case EVENT_REMOVED:
        judge_forget(health, event->entry);
        flaps_forget(health, event->entry);
        checks_drop(health, event->entry);
        break;
    case EVENT_HEALTH:
    case EVENT_STANDING:
    case EVENT_CHECK:
        return;
    }
    health_rearm(health);
}

static void init(struct health *health, uv_loop_t *loop, struct registry *registry,
                 const struct health_settings *settings)
{
    struct runner_settings runner = {
        .max_running = settings->max_running,
        .seed = random_seed(),
        .clock_us = settings->clock_us != NULL ? settings->clock_us : clock_monotonic_us,
        .on_result = on_result,
        .owner = health,
    };

    health->loop = loop;
    health->registry = registry;
    health->commands = settings->commands;
    health->settings = *settings;
    watched_init(&health->watched);
    table_init(&health->flaps);
    doubt_init(&health->doubt);
    list_init(&health->parked);
    list_init(&health->reaps);
    heap_init(&health->told);
    list_init(&health->looks);
    list_init(&health->lookups);
    table_init(&health->followed);
    runner_init(&health->runner, &runner);
    health->blocks[0] = &health->counts;
    health->group = health_counter_group;
    health->group.blocks = health->blocks;
    health->group.block_count = 1;
    health->listener = (struct listener){ .on_event = on_event, .owner = health };
}

struct health *health_create(uv_loop_t *loop, struct registry *registry,
                             const struct health_settings *settings)
{
    struct health *health = calloc(1, sizeof *health);
    if (health == NULL)
        return NULL;
    init(health, loop, registry, settings);
    if (poller_open(loop, &health->poller) != ROLLCALL_OK)
        goto fail;
    if (curl_bridge_open(loop, &health->bridge) != ROLLCALL_OK)
        goto fail;
    if (canaries_open(health->poller, &settings->canaries, doubting_on_round, health,
                      &health->canaries) != ROLLCALL_OK)
        goto fail;
    if (ticker_open(loop, on_due, health, &health->ticker) != ROLLCALL_OK)
        goto fail;
    registry_listen(registry, &health->listener);
    registry_on_pushed(registry, checks_take_report, health);
    return health;

fail:
    canaries_close(health->canaries);
    curl_bridge_close(health->bridge);
    poller_close(health->poller);
    runner_deinit(&health->runner);
    free(health);
    return NULL;
}

void health_destroy(struct health *health)
{
    struct service *service;
    size_t at = 0;

    if (health == NULL)
        return;
    registry_unlisten(health->registry, &health->listener);
    registry_on_pushed(health->registry, NULL, NULL);
    while ((service = registry_next_service(health->registry, &at)) != NULL)
        for (uint32_t i = 0; i < service->count; i++)
            checks_drop(health, service->entries[i]);
    look_deinit(health);
    naming_deinit(health);
    table_deinit(&health->followed);
    ticker_close(health->ticker);
    canaries_close(health->canaries);
    curl_bridge_close(health->bridge);
    poller_close(health->poller);
    reaper_deinit(health);
    flaps_deinit(health);
    watched_deinit(&health->watched);
    runner_deinit(&health->runner);
    free(health);
}

const struct counter_group *health_counters(const struct health *health)
{
    return &health->group;
}
