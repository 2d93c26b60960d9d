#include "health/health.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/thread_role.h"
#include "health/engine.h"
#include "health/kinds.h"
#include "loop/curl_bridge.h"
#include "loop/ticker.h"
#include "model/instance.h"

#define ROW(name, text)                                                                  \
    {                                                                                    \
#name, text, offsetof(struct health_counts, name)                                \
    }

static const struct counter_row rows[] = {
    ROW(checks, "Checks that are defined."),
    ROW(running, "Checks under way."),
    ROW(waiting, "Checks that are due and wait because too many run."),
    ROW(runs, "Runs that ended."),
    ROW(passed, "Runs that ended well."),
    ROW(warned, "Runs that ended with a warning."),
    ROW(failed, "Runs that failed, time-outs included."),
    ROW(timed_out, "Runs that were not answered in time."),
    ROW(not_run, "Runs given up because the daemon is short of sockets or memory."),
    ROW(reports, "States reported by services."),
    ROW(changes, "Verdicts that changed."),
    { 0 },
};

/* After every call that may move a due time. */
void health_rearm(struct health *health)
{
    counter_set(&health->counts.running, health->runner.running);
    counter_set(&health->counts.waiting, health->runner.waiting_count);
    ticker_set(health->ticker, runner_next_due(&health->runner));
}

static void on_due(void *owner, int64_t now)
{
    struct health *health = owner;

    (void)now;
    runner_run_due(&health->runner);
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

struct curl_bridge *check_bridge(const struct check *check)
{
    return check->health->bridge;
}

void check_finish(struct check *check, enum check_outcome outcome, const char *detail)
{
    struct health *health = check->health;

    thread_role_assert(ROLE_CONTROL);
    runner_finish(&health->runner, check, outcome, detail);
    if (!health->runner.starting)
        health_rearm(health);
}

/* A run that says nothing about the instance. Why, people must hear from the log. */
static void log_not_run(struct health *health, const struct check *check,
                        const struct check_result *result)
{
    int64_t now = clock_monotonic_ms();

    if (result->outcome == OUTCOME_NO_RESOURCES)
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
    struct health_counts *counts = &health->counts;

    counter_add(&counts->runs, 1);
    if (result->outcome == OUTCOME_TIMED_OUT)
        counter_add(&counts->timed_out, 1);
    switch (outcome_grade(result->outcome)) {
    case GRADE_PASS:
        counter_add(&counts->passed, 1);
        break;
    case GRADE_WARNING:
        counter_add(&counts->warned, 1);
        break;
    case GRADE_FAIL:
        counter_add(&counts->failed, 1);
        break;
    case GRADE_NONE:
        counter_add(&counts->not_run, 1);
        log_not_run(health, check, result);
        break;
    }
}

/* The first verdict of a new check is news of the ordinary kind, and ten thousand may
 * come at once, so those are limited. A change is always logged. */
static void log_change(struct health *health, const struct check *check, const char *from,
                       const struct check_result *result)
{
    const char *id = check->entry->id;
    const char *to = health_word(check->verdict.health);
    const char *phrase = outcome_phrase(result->outcome);
    const char *open = result->detail != NULL ? " (" : "";
    const char *detail = result->detail != NULL ? result->detail : "";
    const char *close = result->detail != NULL ? ")" : "";

    if (from == NULL)
        log_limited(&health->first_limit, clock_monotonic_ms(), LOG_LEVEL_INFO, "health",
                    "%s: check %s: unknown -> %s: it %s%s%s%s", id, check->spec->name, to,
                    phrase, open, detail, close);
    else
        log_info("health", "%s: check %s: %s -> %s: it %s%s%s%s", id, check->spec->name,
                 from, to, phrase, open, detail, close);
}

/* What is kept beside the state, for people who ask why. A pass and a report speak for
 * themselves; a failure needs its phrase: "refused the connection". */
static const char *why_so(const struct check_result *result, char *out, size_t size)
{
    enum check_outcome outcome = result->outcome;

    if (outcome == OUTCOME_PASSED || outcome == OUTCOME_REPORTED_PASSING ||
        outcome == OUTCOME_REPORTED_WARNING || outcome == OUTCOME_REPORTED_CRITICAL)
        return result->detail;
    if (result->detail == NULL)
        return outcome_phrase(outcome);
    snprintf(out, size, "%s: %s", outcome_phrase(outcome), result->detail);
    return out;
}

/* A run or a report ended: tell the registry, but only what is news. */
static void take_result(struct health *health, struct check *check,
                        const struct check_result *result)
{
    const char *from = check->verdict.known ? health_word(check->verdict.health) : NULL;
    char output[256];

    if (!verdict_add(&check->verdict, outcome_grade(result->outcome),
                     check->spec->success_threshold, check->spec->failure_threshold))
        return;
    counter_add(&health->counts.changes, 1);
    log_change(health, check, from, result);
    registry_set_check(health->registry, check->entry, check->index,
                       check->verdict.health, (uint8_t)result->outcome,
                       why_so(result, output, sizeof output), clock_wall_ms());
}

static void on_result(void *owner, struct check *check, const struct check_result *result)
{
    struct health *health = owner;

    count(health, check, result);
    take_result(health, check, result);
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

    counter_add(&health->counts.reports, 1);
    runner_reported(&health->runner, check);
    take_result(health, check, &result);
}

static void on_event(void *owner, const struct event *event)
{
    struct health *health = owner;

    switch (event->kind) {
    case EVENT_ADDED:
        checks_follow(health, event->entry, NULL, strcmp(event->cause, "load") == 0);
        break;
    case EVENT_CHANGED:
        checks_follow(health, event->entry, &event->before->is, false);
        break;
    case EVENT_REMOVED:
        checks_drop(health, event->entry);
        break;
    case EVENT_HEALTH:
    case EVENT_STANDING:
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
        .clock_us = clock_monotonic_us,
        .on_result = on_result,
        .owner = health,
    };

    health->loop = loop;
    health->registry = registry;
    runner_init(&health->runner, &runner);
    health->blocks[0] = &health->counts;
    health->group = (struct counter_group){ "health", rows, health->blocks, 1 };
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
    if (ticker_open(loop, on_due, health, &health->ticker) != ROLLCALL_OK)
        goto fail;
    registry_listen(registry, &health->listener);
    registry_on_pushed(registry, checks_take_report, health);
    return health;

fail:
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
    ticker_close(health->ticker);
    curl_bridge_close(health->bridge);
    poller_close(health->poller);
    runner_deinit(&health->runner);
    free(health);
}

const struct counter_group *health_counters(const struct health *health)
{
    return &health->group;
}
