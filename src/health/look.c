/* Results that somebody waits for: `check now` of an instance, `check try` of a
 * definition that is not registered. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "health/engine.h"
#include "health/naming.h"

struct look {
    struct list node; /* in health->looks */
    look_done done;
    void *context;       /* borrowed; whoever waits */
    bool cancelled;      /* nobody waits any more */
    uint32_t open;       /* checks that have not answered */
    struct entry *trial; /* owned; of a definition that is tried; NULL: `check now` */
};

/* --- What is told. */

static void describe_target(const struct check *check, char *out, size_t size)
{
    const char *path = check_option(check->spec, "path", 0);
    const char *method = check_option(check->spec, "method", 0);
    const char *command = check_option(check->spec, "command", 0);
    char place[NAMING_HOST_MAX + 8] = "";
    struct address target;

    if (command != NULL) {
        snprintf(out, size, "%s", command);
        return;
    }
    if (check->named)
        snprintf(place, sizeof place, "%s", check_option(check->spec, "target", 0));
    else if (check_target(check, &target))
        address_print(&target, place, sizeof place);
    if (path != NULL || strncmp(check->spec->kind, "http", 4) == 0)
        snprintf(out, size, "%s %s at %s", method != NULL ? method : "GET",
                 path != NULL ? path : "/", place);
    else
        snprintf(out, size, "%s", place);
}

static void tell(const struct look *look, const struct check *check,
                 const struct check_result *result)
{
    char target[320], words[512];
    const struct look_result told = {
        .check = check->spec->name,
        .kind = check->spec->kind,
        .target = target,
        .outcome = outcome_name(result->outcome),
        .words = words,
        .said = check->spec->keep_output ? result->said : NULL,
        .health = grade_health(outcome_grade(result->outcome)),
        .latency_us = result->latency_us,
    };

    describe_target(check, target, sizeof target);
    snprintf(words, sizeof words, "%s%s%s", outcome_phrase(result->outcome),
             result->detail != NULL ? ": " : "",
             result->detail != NULL ? result->detail : "");
    look->done(look->context, &told);
}

/* --- Beginning and end. */

static struct look *create(struct health *health, look_done done, void *context)
{
    struct look *look = calloc(1, sizeof *look);

    if (look == NULL)
        return NULL;
    look->done = done;
    look->context = context;
    list_append(&health->looks, &look->node);
    return look;
}

static void drop_trial(struct health *health, struct look *look)
{
    if (look->trial == NULL)
        return;
    checks_drop(health, look->trial);
    instance_unref(look->trial->instance);
    free(look->trial);
}

static void destroy(struct health *health, struct look *look)
{
    drop_trial(health, look);
    list_remove(&look->node);
    free(look);
}

static void answered(struct look *look)
{
    static const struct look_result last = { .check = NULL };

    if (--look->open == 0)
        look->done(look->context, &last);
}

void look_take(struct check *check, const struct check_result *result)
{
    struct look *look = check->memory == NULL ? NULL : check->memory->look;

    if (look == NULL)
        return;
    check->memory->look = NULL;
    tell(look, check, result);
    answered(look);
}

void look_forget(struct check *check)
{
    const struct check_result gone = { .outcome = OUTCOME_NONE };

    if (check->memory == NULL || check->memory->look == NULL)
        return;
    struct look *look = check->memory->look;
    check->memory->look = NULL;
    tell(look, check, &gone);
    answered(look);
}

/* What is over goes in a turn of its own, not from inside a run. */
void look_run_due(struct health *health)
{
    list_for_each_safe (at, keep, &health->looks) {
        struct look *look = list_entry(at, struct look, node);
        if (look->open == 0)
            destroy(health, look);
    }
}

bool look_is_due(const struct health *health)
{
    list_for_each (at, &health->looks)
        if (list_entry(at, struct look, node)->open == 0)
            return true;
    return false;
}

/* The checks are gone, and whoever waited has heard of it. */
void look_deinit(struct health *health)
{
    list_for_each_safe (at, keep, &health->looks) {
        struct look *look = list_entry(at, struct look, node);
        drop_trial(health, look);
        list_remove(&look->node);
        free(look);
    }
}

/* --- Asking. */

static bool join(struct look *look, struct check *check)
{
    struct check_memory *memory = check_memory_of(check);

    if (memory == NULL)
        return false;
    memory->look = look;
    look->open++;
    runner_run_now(&check->health->runner, check);
    return true;
}

static enum rollcall_status may_look(const struct entry *entry, const struct check *check,
                                     struct reason *why)
{
    if (check->kind->pushed) {
        reason_field(why, "check",
                     "check \"%.64s\" is of kind %s: the service reports it, so there is "
                     "nothing to run",
                     check->spec->name, check->kind->schema.kind);
        return ROLLCALL_E_INVALID;
    }
    if (check->memory != NULL && check->memory->look != NULL) {
        reason_field(why, "check",
                     "check \"%.64s\" of \"%.255s\" is being run for somebody already",
                     check->spec->name, entry->id);
        return ROLLCALL_E_CONFLICT;
    }
    return ROLLCALL_OK;
}

static enum rollcall_status choose(const struct entry *entry, const char *name,
                                   struct reason *why)
{
    const struct check *named = name == NULL ? NULL : checks_find(entry, name);
    enum rollcall_status status = ROLLCALL_OK;
    char names[256];
    unsigned asking = 0;

    if (name != NULL && named == NULL) {
        checks_names(entry, names, sizeof names);
        reason_field(why, "check", "\"%.255s\" has no check \"%.64s\"; it has: %s",
                     entry->id, name, names);
        return ROLLCALL_E_INVALID;
    }
    if (named != NULL)
        return may_look(entry, named, why);
    for (const struct check *at = entry->watchers_mark;
         at != NULL && status == ROLLCALL_OK; at = at->next)
        if (!at->kind->pushed) {
            status = may_look(entry, at, why);
            asking++;
        }
    if (asking == 0) {
        reason_field(why, "id", "\"%.255s\" has no check that could be run", entry->id);
        return ROLLCALL_E_INVALID;
    }
    return status;
}

enum rollcall_status health_check_now(struct health *health, const char *id,
                                      const char *name, const struct requester *who,
                                      look_done done, void *context, struct reason *why)
{
    struct entry *entry = registry_find(health->registry, id);

    if (entry == NULL) {
        reason_field(why, "id", "no instance has the id \"%.255s\"", id);
        return ROLLCALL_E_NOTFOUND;
    }
    if (!who->privileged && who->uid != entry->owner) {
        reason_field(why, "id", "instance \"%.255s\" belongs to uid %u, not to uid %u",
                     id, (unsigned)entry->owner, (unsigned)who->uid);
        return ROLLCALL_E_UNAUTHORIZED;
    }
    enum rollcall_status status = choose(entry, name, why);
    if (status != ROLLCALL_OK)
        return status;
    struct look *look = create(health, done, context);
    if (look == NULL)
        return ROLLCALL_E_NOMEM;
    for (struct check *at = entry->watchers_mark; at != NULL; at = at->next)
        if (!at->kind->pushed && (name == NULL || strcmp(at->spec->name, name) == 0))
            join(look, at);
    if (look->open == 0) {
        destroy(health, look);
        return ROLLCALL_E_NOMEM;
    }
    health_rearm(health);
    return ROLLCALL_OK;
}

/* An entry that no registry has. It belongs to who asks: files are read and commands are
 * run for them, not for the daemon. */
static struct entry *make_trial(struct instance *instance, const struct requester *who)
{
    static const char id[] = "this definition";
    struct entry *entry = calloc(1, sizeof *entry + sizeof id);

    if (entry == NULL)
        return NULL;
    memcpy(entry->id, id, sizeof id);
    entry->instance = instance_ref(instance);
    entry->owner = who->uid;
    return entry;
}

static enum rollcall_status check_trial(const struct instance *instance,
                                        struct reason *why)
{
    for (uint16_t i = 0; i < instance->is.check_count; i++)
        if (strcmp(instance->is.checks[i].kind, "ttl") != 0)
            return ROLLCALL_OK;
    reason_field(why, "checks", "there is no check in it that could be run");
    return ROLLCALL_E_INVALID;
}

enum rollcall_status health_check_try(struct health *health, struct instance *instance,
                                      const struct requester *who, look_done done,
                                      void *context, struct reason *why)
{
    enum rollcall_status status = check_trial(instance, why);

    if (status != ROLLCALL_OK)
        return status;
    struct look *look = create(health, done, context);
    if (look == NULL)
        return ROLLCALL_E_NOMEM;
    look->trial = make_trial(instance, who);
    if (look->trial == NULL) {
        destroy(health, look);
        return ROLLCALL_E_NOMEM;
    }
    checks_follow(health, look->trial, NULL, false);
    for (struct check *at = look->trial->watchers_mark; at != NULL; at = at->next)
        if (!at->kind->pushed)
            join(look, at);
    if (look->open == 0) {
        destroy(health, look);
        reason_set(why, "the checks cannot be run; the daemon's log says why");
        return ROLLCALL_E_INVALID;
    }
    health_rearm(health);
    return ROLLCALL_OK;
}
