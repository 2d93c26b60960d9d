/* One check of our node: when it runs, and what comes of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "consul/indexes.h"
#include "consul/node_check.h"
#include "http/server.h"

enum { RETRY_MS = 5000 };

static const struct rollcall_check *spec_of(const struct node_check *check)
{
    const struct node_check_saved *saved = node_check_committed(check);

    return saved == NULL || saved->instance == NULL ? NULL
                                                    : &saved->instance->is.checks[0];
}

void node_check_free(struct node_check *check)
{
    ticker_close(check->ticker);
    free(check->output);
    free(check);
}

/* --- Results. */

static bool set_output(struct node_check *check, const char *output)
{
    if (output == NULL)
        output = "";
    if (check->output != NULL && strcmp(check->output, output) == 0)
        return false;
    char *copy = strdup(output);
    if (copy == NULL)
        return false;
    free(check->output);
    check->output = copy;
    return true;
}

/* A result: judged, shown, and saved where the status moved. */
static void take_result(struct node_check *check, enum rollcall_health health,
                        const char *output)
{
    const struct node_check_saved *latest = node_check_latest(check);
    const struct rollcall_check *spec = spec_of(check);
    struct reason why = REASON_NONE;
    enum rollcall_status status = ROLLCALL_E_NOMEM;

    if (latest == NULL || spec == NULL)
        return;
    if (set_output(check, output))
        check->all->consul->index.version++;
    (void)verdict_add(&check->verdict,
                      health == ROLLCALL_PASSING   ? GRADE_PASS
                      : health == ROLLCALL_WARNING ? GRADE_WARNING
                                                   : GRADE_FAIL,
                      spec);
    if ((enum rollcall_health)check->verdict.health == latest->health)
        return;
    struct node_check_saved *next =
        node_check_make(latest->definition, latest->instance,
                        (enum rollcall_health)check->verdict.health, check->output);
    if (next != NULL)
        status = node_check_save(check, next, NULL, NULL, &why);
    if (status != ROLLCALL_OK)
        log_warning("consul", "the status of check %s of this node is not saved: %s",
                    check->id, reason_text(&why, "out of memory"));
}

/* --- Runs. */

/* One that says nothing about the node (the daemon is short of something) counts for
 * nothing: all that stands on the node would go with it. */
static bool says_something(const struct look_result *result)
{
    for (unsigned i = 0; i < OUTCOME_COUNT; i++)
        if (strcmp(outcome_name((enum check_outcome)i), result->outcome) == 0)
            return outcome_grade((enum check_outcome)i) != GRADE_NONE;
    return false;
}

static void on_looked(void *context, const struct look_result *result)
{
    struct node_check *check = context;

    if (result->check != NULL) {
        if (!check->gone && !check->all->stopped && says_something(result))
            take_result(check, result->health,
                        result->said != NULL ? result->said : result->words);
        return;
    }
    check->running = false;
    if (check->gone)
        node_check_free(check);
    else
        node_check_heard(check);
}

static void run(struct node_check *check, int64_t now)
{
    const struct judge *judge = check->all->consul->judge;
    const struct requester who = { .uid = HTTP_UID };
    struct instance *instance = node_check_committed(check)->instance;
    struct reason why = REASON_NONE;

    if (check->running)
        return;
    check->running = true;
    if (judge->check_try(judge->owner, instance, &who, on_looked, check, &why) ==
        ROLLCALL_OK)
        return;
    check->running = false;
    (void)set_output(check, reason_text(&why, "it could not be run"));
    ticker_set(check->ticker, now + RETRY_MS);
}

/* The last output goes with the news that nothing came after it. */
static void expire(struct node_check *check)
{
    char text[1024];

    if (check->output != NULL && check->output[0] != '\0' &&
        strncmp(check->output, "TTL expired", 11) != 0)
        snprintf(text, sizeof text,
                 "TTL expired (last output before timeout follows): %s", check->output);
    else
        snprintf(text, sizeof text, "%s", "TTL expired");
    take_result(check, ROLLCALL_CRITICAL, text);
}

static void on_due(void *owner, int64_t now)
{
    struct node_check *check = owner;
    const struct node_check_saved *saved = node_check_committed(check);

    if (saved == NULL || check->all->stopped)
        return;
    if (node_check_takes_reports(saved))
        expire(check);
    else
        run(check, now);
}

void node_check_heard(struct node_check *check)
{
    const struct rollcall_check *spec = spec_of(check);

    if (spec != NULL && check->ticker != NULL)
        ticker_set(check->ticker, clock_monotonic_ms() + spec->interval_ms);
}

void node_check_follow(struct node_check *check)
{
    const struct node_check_saved *saved = node_check_committed(check);
    const struct instance *instance = saved == NULL ? NULL : saved->instance;

    if (saved != NULL && check->output == NULL && saved->output != NULL)
        (void)set_output(check, saved->output);
    if (!check->all->started || check->all->stopped || instance == check->followed)
        return;
    check->followed = instance;
    ticker_close(check->ticker);
    check->ticker = NULL;
    if (instance == NULL)
        return;
    verdict_start(&check->verdict, true, saved->health);
    if (ticker_open(check->all->consul->loop, on_due, check, &check->ticker) !=
        ROLLCALL_OK) {
        log_error("consul", "check %s of this node does not run: out of memory",
                  check->id);
        return;
    }
    ticker_set(check->ticker,
               clock_monotonic_ms() +
                   (node_check_takes_reports(saved) ? spec_of(check)->interval_ms : 0));
}
