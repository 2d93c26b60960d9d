#include "alert/alarms.h"

#include <stdlib.h>
#include <string.h>

/* How often it is asked whether a first verdict has come. */
enum { READY_AGAIN_MS = 1000 };

void alarms_init(struct alarms *alarms, const struct alarms_settings *settings)
{
    *alarms = (struct alarms){ .settings = *settings };
    table_init(&alarms->by_key);
    heap_init(&alarms->due);
}

static void alarm_destroy(struct alarm *alarm)
{
    fact_unref(alarm->fact);
    free(alarm);
}

void alarms_deinit(struct alarms *alarms)
{
    struct alarm *alarm;
    size_t at = 0;

    while ((alarm = table_next(&alarms->by_key, &at)) != NULL)
        alarm_destroy(alarm);
    table_deinit(&alarms->by_key);
    heap_deinit(&alarms->due);
}

static struct alarm *find(const struct alarms *alarms, const struct fact *fact)
{
    return table_get(&alarms->by_key, fact->key, strlen(fact->key));
}

static void move(struct alarms *alarms, struct alarm *alarm, enum alarm_phase phase)
{
    alarms->in_phase[alarm->phase]--;
    alarms->in_phase[phase]++;
    alarm->phase = phase;
}

/* Takes over the reference to `fact`. NULL: no room. */
static struct alarm *add(struct alarms *alarms, const struct rule *rule,
                         struct fact *fact, int64_t due)
{
    struct alarm *alarm = NULL;

    if (alarms->by_key.count < alarms->settings.max)
        alarm = calloc(1, sizeof *alarm);
    if (alarm == NULL)
        goto fail;
    alarm->rule = rule;
    alarm->fact = fact;
    heap_node_init(&alarm->due);
    if (heap_set(&alarms->due, &alarm->due, due) != ROLLCALL_OK)
        goto fail;
    if (table_set(&alarms->by_key, fact->key, strlen(fact->key), alarm) == ROLLCALL_OK) {
        alarms->in_phase[alarm->phase]++;
        return alarm;
    }
    heap_remove(&alarms->due, &alarm->due);
fail:
    alarms->refused++;
    free(alarm);
    fact_unref(fact);
    return NULL;
}

static void drop(struct alarms *alarms, struct alarm *alarm)
{
    if (alarm->saved)
        alarms->settings.save(alarms->settings.owner, alarm->fact->key, NULL);
    alarms->in_phase[alarm->phase]--;
    heap_remove(&alarms->due, &alarm->due);
    table_remove(&alarms->by_key, alarm->fact->key, strlen(alarm->fact->key));
    alarm_destroy(alarm);
}

static bool tell(struct alarms *alarms, struct alarm *alarm, int64_t now)
{
    alarm->last_told = now;
    return alarms->settings.tell(alarms->settings.owner, alarm->rule, alarm->fact, now);
}

/* When it is told again, once it is recorded. */
static int64_t repeat_at(const struct alarm *alarm)
{
    uint64_t repeat = alarm->rule->is->repeat_ms;

    return repeat == 0 ? INT64_MAX : alarm->last_told + (int64_t)repeat;
}

static void fire(struct alarms *alarms, struct alarm *alarm, int64_t now)
{
    move(alarms, alarm, ALARM_FIRING);
    alarm->told = tell(alarms, alarm, now);
    alarm->unsaved = alarm->told;
    heap_set(&alarms->due, &alarm->due,
             alarm->told ? now + alarms->settings.linger_ms : repeat_at(alarm));
}

static void wait_for_it(struct alarms *alarms, struct alarm *alarm, int64_t now)
{
    int64_t wait = (int64_t)alarm->rule->is->for_ms;

    move(alarms, alarm, ALARM_PENDING);
    heap_set(&alarms->due, &alarm->due, now + wait);
}

static bool is_ready(const struct alarms *alarms, const struct fact *fact)
{
    return alarms->settings.ready(alarms->settings.owner, fact);
}

/* It is so by this rule. */
static void raise_alarm(struct alarms *alarms, const struct rule *rule,
                        const struct fact *seen, int64_t now)
{
    struct fact *fact = fact_create(seen);

    if (fact == NULL) {
        alarms->refused++;
        return;
    }
    struct alarm *alarm = find(alarms, fact);
    if (alarm != NULL && alarm->phase != ALARM_ENDED) {
        alarm->loaded = false;
        fact_unref(fact);
        return;
    }
    if (alarm != NULL) { /* its record goes when the new one is written */
        table_set(&alarms->by_key, fact->key, strlen(fact->key), alarm);
        fact_unref(alarm->fact);
        alarm->fact = fact;
    } else {
        alarm = add(alarms, rule, fact, now);
    }
    if (alarm == NULL)
        return;
    wait_for_it(alarms, alarm, now);
    if (rule->is->for_ms == 0 && is_ready(alarms, fact))
        fire(alarms, alarm, now);
}

/* It is not so any more. True: its receivers hear that. */
static bool clear_alarm(struct alarms *alarms, struct alarm *alarm, const char *cause,
                        int64_t wall, int64_t now)
{
    if (alarm->phase == ALARM_ENDED)
        return false;
    if (alarm->phase == ALARM_PENDING || !alarm->told) {
        drop(alarms, alarm);
        return false;
    }
    struct fact *end = fact_end(alarm->fact, cause, wall);
    if (end != NULL) {
        alarms->settings.tell(alarms->settings.owner, alarm->rule, end, now);
        fact_unref(end);
    }
    move(alarms, alarm, ALARM_ENDED);
    heap_set(&alarms->due, &alarm->due, now + alarms->settings.linger_ms);
    return true;
}

static void tell_moment(struct alarms *alarms, const struct rule *rule,
                        const struct fact *seen, int64_t now)
{
    if (rule->is->for_ms > 0) {
        raise_alarm(alarms, rule, seen, now);
        return;
    }
    struct fact *fact = fact_create(seen);
    if (fact == NULL)
        return;
    alarms->settings.tell(alarms->settings.owner, rule, fact, now);
    fact_unref(fact);
}

/* The alarms of this rule about the same thing, in other states, end. */
static bool clear_others(struct alarms *alarms, enum alert_about about,
                         const struct rule *rule, const struct fact *seen, int64_t now)
{
    struct fact other = *seen;
    bool told = false;

    if (alarms->by_key.count == 0) /* as on most days */
        return false;
    for (unsigned state = 0; state < ALERT_STATES; state++) {
        other.state = (enum alert_state)state;
        if (alert_state_about(other.state) != about || other.state == seen->state ||
            !rule_wants(rule, other.state))
            continue;
        struct fact *key = fact_create(&other);
        struct alarm *alarm = key == NULL ? NULL : find(alarms, key);
        if (alarm != NULL)
            told |= clear_alarm(alarms, alarm, seen->cause, seen->starts, now);
        fact_unref(key);
    }
    return told;
}

void alarms_observe(struct alarms *alarms, enum alert_about about,
                    const struct fact *fact, bool moved, int64_t now)
{
    const struct alarms_settings *settings = &alarms->settings;

    for (uint32_t i = 0; i < settings->rule_count; i++) {
        const struct rule *rule = &settings->rules[i];
        struct fact seen = *fact;
        seen.rule = rule->is->name;
        if (!rule_fits(rule, fact))
            continue;
        bool told = clear_others(alarms, about, rule, &seen, now);
        if (!rule_wants(rule, seen.state))
            continue;
        if (!alert_state_is_moment(seen.state))
            raise_alarm(alarms, rule, &seen, now);
        else if (moved && !(told && seen.state == ALERT_PASSING)) /* said already */
            tell_moment(alarms, rule, &seen, now);
    }
}

static struct alarm *alarm_of(struct heap_node *node)
{
    return (struct alarm *)(void *)((char *)node - offsetof(struct alarm, due));
}

/* May one more record go to the store now? Else this alarm waits. */
static bool may_save(struct alarms *alarms, struct alarm *alarm, int64_t now)
{
    if (now - alarms->saving_since >= ALARMS_SAVED_MS) {
        alarms->saving_since = now;
        alarms->saves = 0;
    }
    if (alarms->saves++ < ALARMS_SAVED_MAX)
        return true;
    heap_set(&alarms->due, &alarm->due, alarms->saving_since + ALARMS_SAVED_MS);
    return false;
}

static void save(struct alarms *alarms, struct alarm *alarm)
{
    alarms->settings.save(alarms->settings.owner, alarm->fact->key, alarm->fact);
    alarm->saved = true;
    alarm->unsaved = false;
}

static void run_pending(struct alarms *alarms, struct alarm *alarm, int64_t now)
{
    if (!is_ready(alarms, alarm->fact)) {
        heap_set(&alarms->due, &alarm->due, now + READY_AGAIN_MS);
    } else if (alert_state_is_moment(alarm->fact->state)) {
        tell(alarms, alarm, now);
        drop(alarms, alarm);
    } else {
        fire(alarms, alarm, now);
    }
}

static void run_firing(struct alarms *alarms, struct alarm *alarm, int64_t now)
{
    if (!alarm->unsaved && !alarm->told) {
        fire(alarms, alarm, now);
        return;
    }
    if (alarm->unsaved) {
        if (!may_save(alarms, alarm, now))
            return;
        save(alarms, alarm);
    } else {
        tell(alarms, alarm, now);
    }
    heap_set(&alarms->due, &alarm->due, repeat_at(alarm));
}

static void run(struct alarms *alarms, struct alarm *alarm, int64_t now)
{
    if (alarm->phase == ALARM_PENDING)
        run_pending(alarms, alarm, now);
    else if (alarm->phase == ALARM_FIRING)
        run_firing(alarms, alarm, now);
    else if (!alarm->saved || may_save(alarms, alarm, now))
        drop(alarms, alarm);
}

int64_t alarms_run_due(struct alarms *alarms, int64_t now)
{
    struct heap_node *first;

    while ((first = heap_first(&alarms->due)) != NULL && first->due <= now)
        run(alarms, alarm_of(first), now);
    return alarms_next_due(alarms);
}

int64_t alarms_next_due(const struct alarms *alarms)
{
    const struct heap_node *first = heap_first(&alarms->due);

    return first == NULL ? INT64_MAX : first->due;
}

static const struct rule *rule_named(const struct alarms *alarms, const struct fact *fact)
{
    for (uint32_t i = 0; i < alarms->settings.rule_count; i++) {
        const struct rule *rule = &alarms->settings.rules[i];
        if (strcmp(rule->is->name, fact->rule) == 0 && rule_wants(rule, fact->state) &&
            rule_fits(rule, fact))
            return rule;
    }
    return NULL;
}

bool alarms_load(struct alarms *alarms, struct fact *fact, int64_t now)
{
    const struct rule *rule = rule_named(alarms, fact);

    if (rule == NULL || find(alarms, fact) != NULL)
        return false;
    struct alarm *alarm = add(alarms, rule, fact_ref(fact), INT64_MAX);
    if (alarm == NULL)
        return false;
    move(alarms, alarm, ALARM_FIRING);
    alarm->told = alarm->saved = alarm->loaded = true;
    alarm->last_told = now;
    heap_set(&alarms->due, &alarm->due, repeat_at(alarm));
    return true;
}

void alarms_settle(struct alarms *alarms, int64_t now, int64_t wall)
{
    struct alarm *alarm;
    size_t at = 0;

    while ((alarm = table_next(&alarms->by_key, &at)) != NULL)
        if (alarm->loaded)
            clear_alarm(alarms, alarm, "not so after a restart", wall, now);
}

void alarms_tell_silenced(struct alarms *alarms, int64_t now)
{
    struct alarm *alarm;
    size_t at = 0;

    while ((alarm = table_next(&alarms->by_key, &at)) != NULL)
        if (alarm->phase == ALARM_FIRING && !alarm->told)
            fire(alarms, alarm, now);
}

void alarms_save_all(struct alarms *alarms)
{
    struct alarm *alarm;
    size_t at = 0;

    while ((alarm = table_next(&alarms->by_key, &at)) != NULL) {
        if (alarm->phase == ALARM_ENDED) {
            drop(alarms, alarm);
        } else if (alarm->phase == ALARM_FIRING && alarm->unsaved) {
            save(alarms, alarm);
        }
    }
}

const struct alarm *alarms_next(const struct alarms *alarms, size_t *at)
{
    return table_next(&alarms->by_key, at);
}
