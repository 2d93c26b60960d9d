/* The checker that doubts itself: asks its canaries, lets failures wait for them, and
 * freezes everything while it is cut off. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "health/engine.h"

enum {
    ROUND_MS = 10 * 1000, /* while all is well: to know what is well */
    ANXIOUS_MS = 250,     /* while they fail, and somebody waits */
    AGAIN_MS = 10         /* a failure waits for a round that begins after it */
};

/* A failure that would take an instance out. */
struct parked {
    struct list node;    /* in health->parked */
    struct check *check; /* borrowed: lives longer */
    enum check_outcome outcome;
    int64_t latency_us;
    int64_t started; /* monotonic ms: of the run */
    int64_t since;
    char *detail; /* owned; may be NULL */
};

static uint32_t together(const struct health *health, int64_t now)
{
    const struct doubt_rule *rule = &health->settings.doubt;

    return watched_together(&health->watched, now - rule->period, rule->services);
}

static void unpark(struct parked *parked)
{
    list_remove(&parked->node);
    parked->check->memory->parked = NULL;
    free(parked->detail);
    free(parked);
}

void doubting_forget(struct health *health, struct check *check)
{
    (void)health;
    if (check->memory != NULL && check->memory->parked != NULL)
        unpark(check->memory->parked);
}

/* False: no memory, so it counts at once. */
static bool park(struct health *health, struct check *check,
                 const struct check_result *result, int64_t started, int64_t now)
{
    struct check_memory *memory = check_memory_of(check);

    if (memory == NULL)
        return false;
    int64_t since = memory->parked != NULL ? memory->parked->since : now;
    doubting_forget(health, check);
    struct parked *parked = malloc(sizeof *parked);
    if (parked == NULL)
        return false;
    *parked = (struct parked){ .check = check,
                               .outcome = result->outcome,
                               .latency_us = result->latency_us,
                               .started = started,
                               .since = since,
                               .detail = result->detail != NULL ? strdup(result->detail)
                                                                : NULL };
    memory->parked = parked;
    list_append(&health->parked, &parked->node);
    if (health->next_round > now + AGAIN_MS)
        health->next_round = health->doubt.failing ? now + ANXIOUS_MS : now;
    return true;
}

/* --- The freeze. */

static void announce(struct health *health, bool on, const char *words)
{
    const struct notice notice = { .kind = NOTICE_DOUBT, .on = on, .words = words };

    if (on)
        log_error("health", "%s", words);
    else
        log_warning("health", "%s", words);
    counter_set(&health->counts.doubting, on);
    registry_notice(health->registry, &notice);
}

static void drop_parked(struct health *health)
{
    while (!list_empty(&health->parked)) {
        struct parked *parked = list_entry(health->parked.next, struct parked, node);
        registry_set_frozen(health->registry, parked->check->entry, true,
                            clock_wall_ms());
        unpark(parked);
    }
}

static void begin(struct health *health)
{
    char words[400];

    counter_add(&health->counts.doubts, 1);
    snprintf(words, sizeof words,
             "%u services fail together, and so do our own canaries (%s): this machine "
             "seems to be cut off; DNS goes on with the last known states",
             together(health, health_now(health)), health->canary_words);
    announce(health, true, words);
    drop_parked(health);
}

/* What failed before the freeze proves nothing after it. */
static void begin_anew(struct health *health, struct entry *entry)
{
    for (struct check *at = entry->watchers_mark; at != NULL; at = at->next) {
        at->verdict.in_a_row = 0;
        if (!at->kind->pushed)
            runner_spread(&health->runner, at);
    }
    if (entry->standing != NULL && entry->standing->frozen)
        registry_set_frozen(health->registry, entry, false, clock_wall_ms());
}

static void end(struct health *health)
{
    struct service *service;
    size_t at = 0;

    while ((service = registry_next_service(health->registry, &at)) != NULL)
        for (uint32_t i = 0; i < service->count; i++)
            begin_anew(health, service->entries[i]);
    announce(health, false,
             "our canaries are well again: checks count again, spread over their "
             "intervals");
}

/* --- Results. */

static bool is_doubtful(const struct check_result *result)
{
    return outcome_grade(result->outcome) == GRADE_FAIL &&
           !outcome_is_answer(result->outcome);
}

/* It fails while nobody is believed: it is served as before, and says so. */
static void freeze(struct health *health, struct entry *entry)
{
    if (entry->standing == NULL || !entry->standing->frozen)
        registry_set_frozen(health->registry, entry, true, clock_wall_ms());
}

static bool admit_failure(struct health *health, struct check *check,
                          const struct check_result *result, int64_t started)
{
    const struct doubt_rule *rule = &health->settings.doubt;
    int64_t now = health_now(health);

    if (check->watched != NULL)
        watched_failed(&health->watched, check->watched, now);
    if (doubt_consider(&health->doubt, rule, together(health, now),
                       health->watched.asking, now)) {
        freeze(health, check->entry);
        begin(health);
        return false;
    }
    if (!verdict_would_fall(&check->verdict, check->spec))
        return true;
    int64_t waits = check->memory != NULL && check->memory->parked != NULL
                        ? check->memory->parked->since
                        : now;
    if (doubt_ask(&health->doubt, rule, started, waits, now) == DOUBT_WAIT)
        return !park(health, check, result, started, now);
    doubting_forget(health, check);
    return true;
}

bool doubting_admits(struct health *health, struct check *check,
                     const struct check_result *result, int64_t started)
{
    if (health->settings.doubt.services == 0)
        return true;
    if (health->doubt.sure) {
        counter_add(&health->counts.in_doubt, 1);
        if (is_doubtful(result) && check->verdict.health != ROLLCALL_CRITICAL)
            freeze(health, check->entry);
        return false;
    }
    if (!is_doubtful(result)) {
        doubting_forget(health, check);
        return true;
    }
    return check->verdict.health == ROLLCALL_CRITICAL ||
           admit_failure(health, check, result, started);
}

/* --- Rounds of the canaries. */

static void resolve(struct health *health, int64_t now)
{
    list_for_each_safe (at, keep, &health->parked) {
        struct parked *parked = list_entry(at, struct parked, node);
        struct check *check = parked->check;
        if (doubt_ask(&health->doubt, &health->settings.doubt, parked->started,
                      parked->since, now) != DOUBT_GO)
            continue;
        const struct check_result result = { .outcome = parked->outcome,
                                             .detail = parked->detail,
                                             .latency_us = parked->latency_us };
        parked->detail = NULL;
        unpark(parked);
        judge_believed(health, check, &result);
        free((char *)result.detail);
    }
}

static int64_t pause_of(const struct health *health, int64_t now)
{
    const struct doubt *doubt = &health->doubt;

    if (doubt->sure || (doubt->failing && now - doubt->failing_since < DOUBT_CREDIBLE_MS))
        return ANXIOUS_MS;
    return list_empty(&health->parked) ? ROUND_MS : AGAIN_MS;
}

void doubting_on_round(void *owner, bool well, const char *words)
{
    struct health *health = owner;
    int64_t now = health_now(health);

    if (!well)
        counter_add(&health->counts.canaries_failed, 1);
    snprintf(health->canary_words, sizeof health->canary_words, "%s", words);
    if (doubt_round(&health->doubt, &health->settings.doubt, well, together(health, now),
                    health->watched.asking, now)) {
        if (health->doubt.sure)
            begin(health);
        else
            end(health);
    }
    resolve(health, now);
    health->next_round = now + pause_of(health, now);
    health_rearm(health);
}

static bool has_rounds(const struct health *health)
{
    return health->settings.doubt.services > 0 && health->watched.asking > 0;
}

/* What is damped is looked at in the same rounds, also where nobody asks. */
static bool has_work(const struct health *health)
{
    return has_rounds(health) || health->flaps.count > 0;
}

void doubting_run_due(struct health *health, int64_t now)
{
    canaries_run_due(health->canaries, now);
    if (!has_work(health) || now < health->next_round)
        return;
    health->next_round = now + ROUND_MS;
    watched_tidy(&health->watched, now);
    flaps_tidy(health, now, clock_wall_ms());
    if (has_rounds(health))
        canaries_ask(health->canaries, now);
}

int64_t doubting_next_due(const struct health *health)
{
    int64_t due = canaries_next_due(health->canaries);

    return has_work(health) && health->next_round < due ? health->next_round : due;
}
