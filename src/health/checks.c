/* The checks of an instance: made, kept and dropped as its definition says. They hang on
 * entry->watchers_mark, in the order of the definition. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "health/engine.h"
#include "health/kinds.h"
#include "health/naming.h"
#include "model/instance.h"

/* What a check is until its first result. */
static enum rollcall_health presumed(const struct check *check)
{
    unsigned initial = check->spec->initial;

    return initial > 0 ? (enum rollcall_health)(initial - 1)
                       : check->entry->instance->is.status;
}

/* The verdict goes on from what the registry believes. */
static void start_verdict(struct check *check)
{
    const struct entry *entry = check->entry;

    if (entry->checks == NULL) {
        verdict_start(&check->verdict, false, presumed(check));
        return;
    }
    const struct check_state *state = &entry->checks[check->index];
    enum rollcall_health believed = state->known ? state->health : presumed(check);
    if (check->verdict.known != state->known ||
        check->verdict.health != (uint8_t)believed)
        verdict_resume(&check->verdict, state->known, believed,
                       outcome_grade((enum check_outcome)state->outcome));
}

struct check_memory *check_memory_of(struct check *check)
{
    if (check->memory == NULL) {
        check->memory = calloc(1, sizeof *check->memory);
        if (check->memory != NULL) {
            check->memory->critical_since = INT64_MAX;
            check->memory->check = check;
            heap_node_init(&check->memory->reap);
        }
    }
    return check->memory;
}

/* Does it ask by itself, and count? */
static bool is_asking(const struct check *check)
{
    return !check->kind->pushed && !check->kind->derived && !check->spec->shadow;
}

static void leave_service(struct check *check)
{
    watched_leave(&check->health->watched, check->watched, is_asking(check));
    check->watched = NULL;
}

/* False: no memory. A trial belongs to no service. */
static bool join_service(struct check *check)
{
    if (check_is_trial(check))
        return true;
    check->watched =
        watched_join(&check->health->watched, check->entry->service, is_asking(check));
    return check->watched != NULL;
}

static void destroy_check(struct check *check)
{
    doubting_forget(check->health, check);
    look_forget(check);
    naming_forget(check);
    reaper_forget(check);
    leave_service(check);
    if (check->kind->forget != NULL)
        check->kind->forget(check);
    if (check->memory != NULL)
        free(check->memory->hops);
    free(check->memory);
    free(check);
}

static void drop_check(struct health *health, struct check *check)
{
    runner_remove(&health->runner, check);
    counter_set(&health->counts.checks, counter_read(&health->counts.checks) - 1);
    destroy_check(check);
}

/* Without memory for it the check does not run, and its state stays as it is: better than
 * taking the instance out of DNS. */
static struct check *make_check(struct health *health, struct entry *entry,
                                uint16_t index, bool loaded)
{
    const struct rollcall_check *spec = &entry->instance->is.checks[index];
    const struct check_kind *kind = check_kind_find(spec->kind);
    struct reason why = REASON_NONE;
    struct check *check = NULL;

    if (kind == NULL) {
        reason_set(&why, "this version has no checks of kind \"%s\"", spec->kind);
        goto fail;
    }
    check = calloc(1, sizeof *check);
    if (check == NULL)
        goto fail;
    *check = (struct check){
        .kind = kind, .health = health, .entry = entry, .spec = spec, .index = index
    };
    check->named = naming_parse(check_option(spec, "target", 0), NULL, NULL);
    start_verdict(check);
    if (!join_service(check))
        goto fail;
    if (kind->prepare != NULL && kind->prepare(check, &why) != ROLLCALL_OK)
        goto fail;
    if (runner_add(&health->runner, check, loaded) != ROLLCALL_OK)
        goto fail;
    counter_add(&health->counts.checks, 1);
    if (!check_is_trial(check) && !spec->shadow)
        reaper_look(health, check, health_now(health)); /* one that was loaded */
    return check;

fail:
    log_error("health", "%s: check %s does not run: %s", entry->id, spec->name,
              reason_text(&why, "out of memory"));
    if (check != NULL)
        destroy_check(check);
    return NULL;
}

/* Unlink the check from `*old` that may live on as `spec`; NULL when there is none. */
static struct check *take_kept(struct check **old, const struct rollcall_check *spec,
                               bool place_kept)
{
    for (struct check **at = old; *at != NULL; at = &(*at)->next) {
        struct check *check = *at;
        bool goes_there = place_kept || !check->kind->schema.needs_target ||
                          check_option(spec, "target", 0) != NULL;
        if (goes_there && instance_check_same(check->spec, spec)) {
            *at = check->next;
            check->next = NULL;
            return check;
        }
    }
    return NULL;
}

/* Its verdict goes on; a new interval holds from now on, not after the old one. */
static void keep_check(struct check *check, const struct rollcall_instance *before,
                       uint16_t index)
{
    uint32_t interval_ms = before != NULL ? check->spec->interval_ms : 0;

    check->spec = &check->entry->instance->is.checks[index];
    check->index = index;
    if (check->watched->service != check->entry->service) {
        leave_service(check);
        if (!join_service(check))
            log_error("health",
                      "%s: out of memory: removals of its service are not "
                      "braked",
                      check->entry->id);
    }
    start_verdict(check);
    if (check->spec->interval_ms != interval_ms)
        runner_interval_changed(&check->health->runner, check);
}

static void drop_chain(struct health *health, struct check *check)
{
    while (check != NULL) {
        struct check *next = check->next;
        drop_check(health, check);
        check = next;
    }
}

void checks_follow(struct health *health, struct entry *entry,
                   const struct rollcall_instance *before, bool loaded)
{
    const struct rollcall_instance *is = &entry->instance->is;
    bool place_kept = before != NULL && instance_same_place(before, is);
    struct check *old = entry->watchers_mark;
    struct check *first = NULL;
    struct check **end = &first;

    for (uint16_t i = 0; i < is->check_count; i++) {
        struct check *check = take_kept(&old, &is->checks[i], place_kept);
        if (check != NULL)
            keep_check(check, before, i);
        else
            check = make_check(health, entry, i, loaded);
        if (check != NULL) {
            *end = check;
            end = &check->next;
        }
    }
    entry->watchers_mark = first;
    drop_chain(health, old);
}

void checks_drop(struct health *health, struct entry *entry)
{
    struct check *first = entry->watchers_mark;

    entry->watchers_mark = NULL;
    drop_chain(health, first);
}

struct check *checks_find(const struct entry *entry, const char *name)
{
    struct check *check = entry->watchers_mark;

    while (check != NULL && strcmp(check->spec->name, name) != 0)
        check = check->next;
    return check;
}

void checks_names(const struct entry *entry, char *out, size_t size)
{
    size_t used = 0;

    snprintf(out, size, "none");
    for (const struct check *at = entry->watchers_mark; at != NULL; at = at->next) {
        size_t length = strlen(at->spec->name);
        if (used + length + 3 > size)
            break;
        used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "",
                                 at->spec->name);
    }
}

static enum rollcall_status no_such_check(const struct entry *entry,
                                          const struct renew_request *request,
                                          struct reason *why)
{
    char names[256];

    checks_names(entry, names, sizeof names);
    reason_field(why, "check", "\"%s\" has no check \"%.64s\"; it has: %s", request->id,
                 request->check, names);
    return ROLLCALL_E_INVALID;
}

static enum rollcall_status report_one(struct health *health, struct entry *entry,
                                       const struct renew_request *request,
                                       struct reason *why)
{
    struct check *check = checks_find(entry, request->check);

    if (check == NULL)
        return no_such_check(entry, request, why);
    if (!check->kind->pushed) {
        reason_field(why, "check",
                     "check \"%s\" is of kind %s, which asks by itself; only checks of "
                     "kind ttl take a reported status",
                     request->check, check->kind->schema.kind);
        return ROLLCALL_E_INVALID;
    }
    if (!request->has_status) {
        reason_field(why, "status", "is missing; say what state check \"%s\" is in",
                     request->check);
        return ROLLCALL_E_MISSING_FIELD;
    }
    health_report(health, check, request->status, request->output);
    return ROLLCALL_OK;
}

/* A renewal without a status is for the lease: it is no report, or a program that only
 * keeps its lease alive would pass for one that says it is well. */
static enum rollcall_status report_all(struct health *health, struct entry *entry,
                                       const struct renew_request *request,
                                       struct reason *why)
{
    unsigned taken = 0;

    for (struct check *at = entry->watchers_mark; at != NULL; at = at->next) {
        if (!at->kind->pushed)
            continue;
        taken++;
        if (request->has_status)
            health_report(health, at, request->status, request->output);
    }
    if (taken > 0 || !request->has_status)
        return ROLLCALL_OK;
    reason_field(why, "status",
                 "\"%s\" has checks that ask by themselves and none of kind ttl, so it "
                 "cannot report its own status; renew without \"status\"",
                 request->id);
    return ROLLCALL_E_INVALID;
}

enum rollcall_status checks_take_report(void *owner, struct entry *entry,
                                        const struct renew_request *request, int64_t now,
                                        struct reason *why)
{
    struct health *health = owner;
    enum rollcall_status status = request->check != NULL
                                      ? report_one(health, entry, request, why)
                                      : report_all(health, entry, request, why);

    (void)now;
    health_rearm(health);
    return status;
}
