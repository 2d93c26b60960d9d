/* From a result that is believed to what DNS says: thresholds, the brake, damping. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "health/engine.h"
#include "model/validate.h"
#include "registry/states.h"

const char *result_words(const struct check_result *result, char *out, size_t size)
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

/* What is kept beside the state of the check. */
static const char *kept_words(const struct check *check,
                              const struct check_result *result, char *out, size_t size)
{
    return check->spec->keep_output && result->said != NULL
               ? result->said
               : result_words(result, out, size);
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
        log_limited(&health->first_limit, health_now(health), LOG_LEVEL_INFO, "health",
                    "%s: check %s: unknown -> %s: it %s%s%s%s", id, check->spec->name, to,
                    phrase, open, detail, close);
    else
        log_info("health", "%s: check %s: %s -> %s: it %s%s%s%s", id, check->spec->name,
                 from, to, phrase, open, detail, close);
}

/* --- The brake. */

static bool is_held(const struct entry *entry)
{
    return entry->standing != NULL && entry->standing->held;
}

static const struct check_state *state_of(const struct check *check)
{
    return &check->entry->checks[check->index];
}

/* Has the check a verdict that the registry was not told, because the brake holds it? */
static bool is_untold(const struct check *check)
{
    return !check->spec->shadow && check->verdict.known &&
           check->verdict.health == ROLLCALL_CRITICAL &&
           state_of(check)->health != ROLLCALL_CRITICAL;
}

/* What the instance would be if its check were critical. */
static enum rollcall_health without(const struct check *check)
{
    const struct entry *entry = check->entry;
    const struct rollcall_instance *is = &entry->instance->is;
    struct check_state states[MODEL_CHECKS_MAX];

    memcpy(states, entry->checks, is->check_count * sizeof states[0]);
    states[check->index].known = true;
    states[check->index].health = ROLLCALL_CRITICAL;
    for (const struct check *at = entry->watchers_mark; at != NULL; at = at->next)
        if (is_untold(at)) {
            states[at->index].known = true;
            states[at->index].health = ROLLCALL_CRITICAL;
        }
    return states_combined(is, states, entry->own);
}

static bool would_leave(const struct check *check)
{
    const struct entry *entry = check->entry;
    enum standing_reason standing = entry_standing(entry);

    return check->verdict.health == ROLLCALL_CRITICAL &&
           (standing == STANDING_NONE || standing == STANDING_HELD) &&
           entry_effective(entry) != ROLLCALL_CRITICAL &&
           without(check) == ROLLCALL_CRITICAL;
}

static void announce_brake(struct health *health, const struct service *service, bool on,
                           const char *words)
{
    const struct notice notice = { .kind = NOTICE_BRAKE,
                                   .on = on,
                                   .namespace_name = service->namespace_name,
                                   .service = service->name,
                                   .words = words };

    if (on)
        log_warning("health", "%s: %s", service->name, words);
    else
        log_info("health", "%s: %s", service->name, words);
    registry_notice(health->registry, &notice);
}

static void begin_hold(struct health *health, const struct watched *watched)
{
    char words[320];

    snprintf(words, sizeof words,
             "%u of %u instances left within a minute by their checks; the others that "
             "fail are held in DNS: `rollcall brake %s --confirm` lets them go, "
             "--refuse keeps them",
             brake_left(watched->brake, health_now(health)), watched->service->count,
             watched->service->name);
    announce_brake(health, watched->service, true, words);
}

static void hold(struct health *health, struct check *check)
{
    struct entry *entry = check->entry;
    struct watched *watched = check->watched;

    if (is_held(entry) ||
        registry_set_held(health->registry, entry, true, clock_wall_ms()) != ROLLCALL_OK)
        return;
    brake_hold(watched->brake, health_now(health));
    counter_add(&health->counts.braked, 1);
    counter_add(&health->counts.held, 1);
    log_limited(&health->held_limit, health_now(health), LOG_LEVEL_WARNING, "health",
                "%s: held in DNS although check %s fails", entry->id, check->spec->name);
    if (watched->brake->held == 1)
        begin_hold(health, watched);
}

static void count_release(struct health *health, struct watched *watched)
{
    if (watched == NULL || watched->brake == NULL || watched->brake->held == 0)
        return;
    brake_release(watched->brake);
    counter_set(&health->counts.held, counter_read(&health->counts.held) - 1);
    if (watched->brake->held == 0)
        announce_brake(health, watched->service, false, "no instance is held any more");
}

static void release(struct health *health, struct entry *entry)
{
    if (is_held(entry))
        registry_set_held(health->registry, entry, false, clock_wall_ms());
    count_release(health, watched_find(&health->watched, entry->service));
}

/* Tell the registry; what it makes of the instance may be a flap. */
static void tell(struct health *health, struct check *check, uint8_t outcome,
                 const char *output)
{
    struct entry *entry = check->entry;
    bool was_in = entry->health != ROLLCALL_CRITICAL;
    bool was_starting = entry->state == STARTING;

    registry_set_check(health->registry, entry, check->index, check->verdict.health,
                       outcome, output, clock_wall_ms());
    if (was_in != (entry->health != ROLLCALL_CRITICAL) && !was_starting)
        flaps_count(health, entry, health_now(health), clock_wall_ms());
}

/* The held instance leaves after all. */
static void let_go(struct health *health, struct entry *entry)
{
    for (struct check *at = entry->watchers_mark; at != NULL; at = at->next)
        if (is_untold(at))
            tell(health, at, state_of(at)->outcome, state_of(at)->output);
    release(health, entry);
}

/* It failed once more, and is held: may it go now? */
static void look_at_hold(struct health *health, struct check *check)
{
    struct watched *watched = check->watched;
    int64_t now = health_now(health);

    if (!is_held(check->entry) || watched == NULL || watched->brake == NULL)
        return;
    if (brake_is_over(watched->brake, &health->settings.brake, now) &&
        brake_take(watched->brake, &health->settings.brake, watched->service->count, now))
        let_go(health, check->entry);
}

static bool may_leave(struct health *health, struct check *check)
{
    struct watched *watched = check->watched;
    const struct brake_rule *rule = &health->settings.brake;

    if (is_held(check->entry))
        return false;
    if (rule->share == 0 || watched == NULL || watched_brake(watched) == NULL)
        return true;
    return brake_take(watched->brake, rule, watched->service->count, health_now(health));
}

static bool any_untold(const struct entry *entry)
{
    for (const struct check *at = entry->watchers_mark; at != NULL; at = at->next)
        if (is_untold(at))
            return true;
    return false;
}

void judge_forget(struct health *health, struct entry *entry)
{
    const struct check *first = entry->watchers_mark;

    if (is_held(entry) && first != NULL)
        count_release(health, first->watched);
}

/* What held it may be gone: its service, or all of its checks. */
void judge_changed(struct health *health, struct entry *entry)
{
    const struct check *first = entry->watchers_mark;
    bool stays = first != NULL && first->watched->service == entry->service &&
                 entry->instance->is.check_count > 0;

    if (!is_held(entry) || stays)
        return;
    judge_forget(health, entry);
    health->loose = true;
}

void judge_release_loose(struct health *health)
{
    struct service *service;
    size_t at = 0;

    if (!health->loose)
        return;
    health->loose = false;
    while ((service = registry_next_service(health->registry, &at)) != NULL) {
        const struct watched *watched = watched_find(&health->watched, service);
        bool holds =
            watched != NULL && watched->brake != NULL && watched->brake->held > 0;
        for (uint32_t i = 0; !holds && i < service->count; i++)
            if (is_held(service->entries[i]))
                registry_set_held(health->registry, service->entries[i], false,
                                  clock_wall_ms());
    }
}

/* --- What a result makes of it. */

static void take_news(struct health *health, struct check *check,
                      const struct check_result *result)
{
    char output[CHECK_OUTPUT_MAX + 1], words[CHECK_OUTPUT_MAX + 40];
    const char *why = kept_words(check, result, output, sizeof output);

    if (would_leave(check) && !may_leave(health, check)) {
        hold(health, check);
        snprintf(words, sizeof words, "held in DNS by the brake: it %s",
                 why != NULL ? why : outcome_phrase(result->outcome));
        /* Not the verdict: a restart must find what DNS says. */
        registry_set_check(health->registry, check->entry, check->index,
                           state_of(check)->health, (uint8_t)result->outcome, words,
                           clock_wall_ms());
        return;
    }
    tell(health, check, (uint8_t)result->outcome, why);
}

/* It says the same as before, in other words perhaps. Where the registry was not told of
 * the verdict, or the result speaks against it, the words of then stay. */
static void take_words(struct health *health, struct check *check,
                       const struct check_result *result)
{
    const struct check_state *state = state_of(check);
    bool failed = outcome_grade(result->outcome) == GRADE_FAIL;
    char output[CHECK_OUTPUT_MAX + 1];

    if (!check->spec->keep_output || !state->known ||
        state->health != (enum rollcall_health)check->verdict.health ||
        (failed ? state->health == ROLLCALL_PASSING : state->health == ROLLCALL_CRITICAL))
        return;
    registry_set_check(health->registry, check->entry, check->index, state->health,
                       (uint8_t)result->outcome,
                       kept_words(check, result, output, sizeof output), clock_wall_ms());
}

void judge_believed(struct health *health, struct check *check,
                    const struct check_result *result)
{
    static const struct rollcall_check at_once = { .success_threshold = 1,
                                                   .failure_threshold = 1 };
    const struct rollcall_check *rules = check->kind->derived ? &at_once : check->spec;
    const char *from = check->verdict.known ? health_word(check->verdict.health) : NULL;
    bool news = verdict_add(&check->verdict, outcome_grade(result->outcome), rules);

    if (news) {
        counter_add(&health->counts.changes, 1);
        log_change(health, check, from, result);
        take_news(health, check, result);
    } else {
        take_words(health, check, result);
        if (outcome_grade(result->outcome) == GRADE_FAIL)
            look_at_hold(health, check);
    }
    /* Also where it is no news: a new definition forgets what was held back. */
    if (outcome_grade(result->outcome) != GRADE_FAIL && is_held(check->entry) &&
        !any_untold(check->entry))
        release(health, check->entry);
    reaper_look(health, check, health_now(health));
}

void judge_result(struct health *health, struct check *check,
                  const struct check_result *result, bool asked, int64_t started)
{
    char output[CHECK_OUTPUT_MAX + 1];

    if (outcome_grade(result->outcome) == GRADE_NONE) {
        if (!check->spec->shadow)
            registry_note_check(health->registry, check->entry, check->index,
                                result_words(result, output, sizeof output));
        return;
    }
    if (check->spec->shadow) {
        if (!health->doubt.sure)
            shadow_judge(health, check, result,
                         result_words(result, output, sizeof output));
        return;
    }
    if (!asked || doubting_admits(health, check, result, started))
        judge_believed(health, check, result);
}

/* --- The operator. */

static enum rollcall_status authorize(const struct service *service,
                                      const struct requester *who, struct reason *why)
{
    for (uint32_t i = 0; !who->privileged && i < service->count; i++) {
        const struct entry *entry = service->entries[i];
        if (!is_held(entry) || entry->owner == who->uid)
            continue;
        reason_field(why, "service",
                     "instance \"%.255s\" of %.63s belongs to uid %u; uid %u may not "
                     "decide about it, only its owner, root and the user of the daemon",
                     entry->id, service->name, (unsigned)entry->owner,
                     (unsigned)who->uid);
        return ROLLCALL_E_UNAUTHORIZED;
    }
    return ROLLCALL_OK;
}

enum rollcall_status health_brake(struct health *health, const char *namespace_name,
                                  const char *service_name, bool confirm,
                                  const struct requester *who, uint32_t *held,
                                  struct reason *why)
{
    struct service *service =
        registry_service(health->registry, namespace_name, service_name);
    struct watched *watched =
        service == NULL ? NULL : watched_find(&health->watched, service);

    if (watched == NULL || watched->brake == NULL || watched->brake->held == 0) {
        reason_field(why, "service", "no instance of \"%.63s\" is held", service_name);
        return ROLLCALL_E_NOTFOUND;
    }
    enum rollcall_status status = authorize(service, who, why);
    if (status != ROLLCALL_OK)
        return status;
    *held = watched->brake->held;
    log_info("health", "%s: uid %u %s that %u held instances leave", service_name,
             (unsigned)who->uid, confirm ? "confirms" : "refuses", *held);
    if (!confirm) {
        brake_refuse(watched->brake);
        return ROLLCALL_OK;
    }
    brake_confirm(watched->brake, health_now(health));
    for (uint32_t i = 0; i < service->count; i++)
        if (is_held(service->entries[i]))
            let_go(health, service->entries[i]);
    return ROLLCALL_OK;
}
