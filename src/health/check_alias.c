/* A check of kind "alias": says what another instance of this daemon is, as DNS has it.
 * It runs when that one moves; its interval is there for the first run and for safety. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "health/alias.h"
#include "health/check_rows.h"
#include "health/engine.h"
#include "health/said.h"
#include "model/instance.h"
#include "model/rules.h"
#include "model/validate.h"

/* All that follow one instance. */
struct followed {
    struct list followers; /* of struct follower */
    char id[];
};

/* Owned by check->prepared. */
struct follower {
    struct list node;
    struct check *check;       /* borrowed */
    struct followed *followed; /* owned by all of its followers */
};

static struct followed *followed_of(struct health *health, const char *id)
{
    size_t length = strlen(id);
    struct followed *followed = table_get(&health->followed, id, length);

    if (followed != NULL)
        return followed;
    followed = calloc(1, sizeof *followed + length + 1);
    if (followed == NULL)
        return NULL;
    list_init(&followed->followers);
    memcpy(followed->id, id, length + 1);
    if (table_set(&health->followed, followed->id, length, followed) == ROLLCALL_OK)
        return followed;
    free(followed);
    return NULL;
}

static enum rollcall_status alias_prepare(struct check *check, struct reason *why)
{
    const char *id = check_option(check->spec, "instance", 0);
    struct follower *follower = calloc(1, sizeof *follower);

    (void)why; /* out of memory is what is said without a reason */
    if (follower == NULL || id == NULL) {
        free(follower);
        return ROLLCALL_E_NOMEM;
    }
    follower->check = check;
    follower->followed = followed_of(check->health, id);
    if (follower->followed == NULL) {
        free(follower);
        return ROLLCALL_E_NOMEM;
    }
    list_append(&follower->followed->followers, &follower->node);
    check->prepared = follower;
    return ROLLCALL_OK;
}

static void alias_forget(struct check *check)
{
    struct follower *follower = check->prepared;

    if (follower == NULL)
        return;
    struct followed *followed = follower->followed;
    list_remove(&follower->node);
    free(follower);
    check->prepared = NULL;
    if (!list_empty(&followed->followers))
        return;
    table_remove(&check->health->followed, followed->id, strlen(followed->id));
    free(followed);
}

void alias_hear(struct health *health, const struct event *event)
{
    const char *id = event->entry->id;
    struct followed *followed = NULL;

    if (health->followed.count > 0 && !event->output_only)
        followed = table_get(&health->followed, id, strlen(id));
    if (followed == NULL)
        return;
    list_for_each (at, &followed->followers)
        runner_run_now(&health->runner, list_entry(at, struct follower, node)->check);
    health_rearm(health);
}

static void finish(struct check *check, enum check_outcome outcome, const char *said)
{
    check_finish_said(check, outcome, outcome == OUTCOME_PASSED ? NULL : said, said);
}

/* The check that made it so, or what else did. */
static void say_why(const struct entry *target, char *out, size_t size)
{
    const struct rollcall_instance *is = &target->instance->is;
    enum standing_reason standing = entry_standing(target);

    snprintf(out, size, "Aliased instance \"%s\" is %s", target->id,
             health_word(entry_effective(target)));
    if (standing != STANDING_NONE) {
        snprintf(out, size, "Aliased instance \"%s\" is %s", target->id,
                 standing_word(standing));
        return;
    }
    for (unsigned i = 0; i < is->check_count; i++) {
        const struct check_state *state = &target->checks[i];
        if (is->checks[i].shadow || !state->known || state->health != target->health)
            continue;
        snprintf(out, size, "Aliased check \"%s\" failing: %s", is->checks[i].name,
                 state->output != NULL ? state->output : "");
        return;
    }
}

static void alias_start(struct check *check)
{
    const char *id = check_option(check->spec, "instance", 0);
    const struct entry *target = registry_find(check->health->registry, id);
    char said[SAID_MAX];

    if (target == NULL) {
        snprintf(said, sizeof said, "Service %s could not be found", id);
        finish(check, OUTCOME_ALIAS_MISSING, said);
        return;
    }
    switch (entry_effective(target)) {
    case ROLLCALL_PASSING:
        finish(check, OUTCOME_PASSED,
               target->instance->is.check_count > 0 ? "All checks passing."
                                                    : "No checks found.");
        return;
    case ROLLCALL_WARNING:
        say_why(target, said, sizeof said);
        finish(check, OUTCOME_ALIAS_WARNING, said);
        return;
    case ROLLCALL_CRITICAL:
        break;
    }
    say_why(target, said, sizeof said);
    finish(check, OUTCOME_ALIAS_CRITICAL, said);
}

static enum rollcall_status alias_validate(const struct rollcall_check *check,
                                           const struct rollcall_instance *instance,
                                           struct reason *why)
{
    const char *id = check_option(check, "instance", 0);

    if (id == NULL) {
        reason_field(why, "instance",
                     "instance is missing; give the id of the instance to follow");
        return ROLLCALL_E_MISSING_FIELD;
    }
    if (instance == NULL || strcmp(id, instance->id) != 0)
        return ROLLCALL_OK;
    reason_field(why, "instance",
                 "\"%.80s\" would follow itself; give the id of another instance", id);
    return ROLLCALL_E_INVALID;
}

static const struct check_field alias_fields[] = {
    { "instance", CHECK_FIELD_TEXT, 1, MODEL_ID_MAX, NULL,
      "Id of the instance to follow." },
    { 0 },
};

const struct check_kind check_alias = {
    .schema = { .kind = "alias",
                .summary = "another instance of this daemon is well",
                .fields = alias_fields,
                .default_failure_threshold = 1,
                .validate = alias_validate },
    .derived = true,
    .prepare = alias_prepare,
    .forget = alias_forget,
    .start = alias_start,
};
