/* Hears of every change, and once per turn of the loop makes DNS say it. */
#include <stdlib.h>
#include <string.h>

#include "answer/derived.h"
#include "answer/join.h"
#include "answer/layout.h"
#include "answer/past.h"
#include "answer/reader.h"
#include "answer/settings.h"
#include "answer/snapshot.h"
#include "answer/state.h"
#include "answer/types.h"
#include "base/log.h"
#include "base/thread_role.h"

static bool is_gone(const struct service *service)
{
    return service->count == 0 && !service->declared;
}

static void mark_free(struct answer_mark *mark)
{
    while (mark->units != NULL) {
        struct answer_unit *unit = mark->units;
        mark->units = unit->next;
        compile_release(unit);
        past_free(unit->past);
        free(unit);
    }
    list_remove(&mark->all);
    free(mark);
}

enum unit_kind { UNIT_NAMES, UNIT_BROWSE, UNIT_EXPLAIN };

static bool add_unit(struct answer *answer, struct answer_mark *mark,
                     struct answer_zone *zone, const struct service *service,
                     enum unit_kind kind)
{
    struct answer_unit *unit = calloc(1, sizeof *unit);

    if (unit == NULL)
        return false;
    unit->zone = zone;
    unit->browse = kind == UNIT_BROWSE;
    unit->explains = kind == UNIT_EXPLAIN;
    unit->said = answer_said_of(answer->config, service->namespace_name, service->name);
    unit->due = INT64_MAX;
    const struct answer_settings settings =
        answer_settings_of(zone->config, unit->said, service->name);
    unit->follows = kind == UNIT_NAMES && layout_of(zone)->instances &&
                    answer_settings_follow(&settings);
    unit->next = mark->units;
    mark->units = unit;
    return true;
}

/* NULL: no memory. */
static struct answer_mark *mark_of(struct answer *answer, struct service *service)
{
    struct answer_mark *mark = service->answer_mark;

    if (mark != NULL)
        return mark;
    mark = calloc(1, sizeof *mark);
    if (mark == NULL)
        return NULL;
    mark->service = service;
    list_append(&answer->marks, &mark->all);
    for (size_t i = 0; i < answer->index.zone_count; i++) {
        struct answer_zone *zone = answer->index.zones[i];
        if (!names_hold(zone, service->namespace_name))
            continue;
        if ((layout_of(zone)->browsed &&
             !add_unit(answer, mark, zone, service, UNIT_BROWSE)) ||
            (zone->config->explain_names &&
             !add_unit(answer, mark, zone, service, UNIT_EXPLAIN)) ||
            !add_unit(answer, mark, zone, service, UNIT_NAMES)) {
            mark_free(mark);
            return NULL;
        }
    }
    service->answer_mark = mark;
    return mark;
}

void publisher_mark(struct answer *answer, struct service *service)
{
    if (list_empty(&service->changed))
        list_append(&answer->changed, &service->changed);
}

/* Does its name there wait for the flush, which knows who is healthy? */
static bool follows(struct answer *answer, struct service *service,
                    const struct answer_zone *zone)
{
    const struct answer_mark *mark = mark_of(answer, service);
    const struct answer_unit *unit = mark == NULL ? NULL : mark->units;

    while (unit != NULL && (unit->zone != zone || !unit->follows))
        unit = unit->next;
    return unit != NULL;
}

/* Its name in every zone; at once, because readers may see it early but not late. */
void publisher_publish_instance(struct answer *answer, struct service *service,
                                const struct entry *entry)
{
    for (size_t i = 0; i < answer->index.zone_count; i++) {
        struct answer_zone *zone = answer->index.zones[i];
        bool changed;
        if (!names_hold(zone, service->namespace_name) || follows(answer, service, zone))
            continue;
        if (instances_publish(answer, zone, service, entry, &changed) != ROLLCALL_OK)
            log_error("answer", "no memory to publish the name of instance %s",
                      entry->id);
        else if (changed)
            serial_changed(answer, zone);
    }
}

static void withdraw_instance(struct answer *answer, const struct rollcall_instance *is,
                              const char *label)
{
    for (size_t i = 0; i < answer->index.zone_count; i++) {
        struct answer_zone *zone = answer->index.zones[i];
        if (instances_withdraw(answer, zone, is->namespace_name, is->service,
                               names_datacenter(zone, is), label))
            serial_changed(answer, zone);
    }
}

static const char *datacenter_of(const struct rollcall_instance *is)
{
    return is->datacenter != NULL ? is->datacenter : "";
}

/* A new definition under the same id may belong to another service, or stand in another
 * datacenter: its own name was another one. */
static void leave_old_service(struct answer *answer, const struct event *event)
{
    const struct rollcall_instance *before = &event->before->is;

    if (strcmp(before->service, event->service->name) == 0 &&
        strcmp(before->namespace_name, event->service->namespace_name) == 0 &&
        strcmp(datacenter_of(before), datacenter_of(&event->entry->instance->is)) == 0)
        return;
    withdraw_instance(answer, before, event->entry->label);
    struct service *old =
        answer->registry == NULL
            ? NULL
            : registry_service(answer->registry, before->namespace_name, before->service);
    if (old != NULL)
        publisher_mark(answer, old);
}

static void derived_changed(void *owner, struct answer_zone *zone)
{
    serial_changed(owner, zone);
}

/* Its addresses lead to it, as it is now. */
static void move_addresses(struct answer *answer, const struct event *event)
{
    struct answer_index *index = &answer->index;
    const struct entry *entry = event->entry;

    if (event->kind == EVENT_HEALTH || event->kind == EVENT_STANDING)
        return;
    answer->watch.hit = answer->watch.hit || answer->watch.derived;
    if (event->kind == EVENT_REMOVED)
        derived_remove(index, entry->instance);
    else if (event->before != NULL)
        derived_remove(index, event->before);
    if (event->before != NULL)
        snapshots_instance(index, &event->before->is, derived_changed, answer);
    snapshots_instance(index, &entry->instance->is, derived_changed, answer);
    if (event->kind != EVENT_REMOVED &&
        !derived_add(index, entry->instance, entry->label != NULL ? entry->label : ""))
        log_error("answer", "no memory to publish the addresses of instance %s",
                  entry->id);
}

void publisher_on_event(void *owner, const struct event *event)
{
    struct answer *answer = owner;

    thread_role_assert(ROLE_CONTROL);
    if (event->kind == EVENT_CHECK)
        return; /* DNS says what instances are, not why */
    answer_reader_online();
    if (event->kind == EVENT_CHANGED && event->before != NULL)
        leave_old_service(answer, event);
    flatten_on_event(answer, event);
    if (event->kind == EVENT_REMOVED)
        withdraw_instance(answer, &event->entry->instance->is, event->entry->label);
    else if (event->kind != EVENT_HEALTH && event->kind != EVENT_STANDING)
        publisher_publish_instance(answer, event->service, event->entry);
    move_addresses(answer, event);
    publisher_mark(answer, event->service);
    answer_reader_offline();
}

static void count_compiled(struct answer *answer, bool changed)
{
    counter_add(&answer->counts.compiled, 1);
    counter_add(changed ? &answer->counts.published : &answer->counts.unchanged, 1);
}

/* Is the service's own name there? Names derived from its instances go by that. */
static bool has_base(const struct answer_unit *unit, const struct service *service)
{
    struct names_service base;

    return unit->zone->snapshot != NULL &&
           names_service(unit->zone, service->namespace_name, service->name, &base) &&
           answer_index_find(unit->zone->index, &base.name) != NULL;
}

static void mark_instances(struct answer *answer, const struct service *service)
{
    for (uint32_t i = 0; i < service->count; i++)
        if (service->entries[i]->instance != NULL)
            snapshots_instance(&answer->index, &service->entries[i]->instance->is,
                               derived_changed, answer);
}

/* False: memory is short, to be tried again. */
static bool compile_service(struct answer *answer, struct service *service)
{
    struct answer_mark *mark = mark_of(answer, service);
    bool complete = mark != NULL;

    for (struct answer_unit *unit = mark == NULL ? NULL : mark->units; unit != NULL;
         unit = unit->next) {
        bool changed, had_base = has_base(unit, service);
        panic_follow(answer, unit, service);
        if (compile_unit(&answer->compiler, unit, service, answer->now, &changed) !=
            ROLLCALL_OK)
            complete = false;
        if (had_base != has_base(unit, service) || (changed && unit->chases))
            mark_instances(answer, service);
        if (unit->follows && !instances_follow(answer, unit, service))
            complete = false;
        if (unit->due < answer->due)
            answer->due = unit->due;
        if (!unit->browse && !unit->explains)
            count_compiled(answer, changed);
        if (changed && !unit->explains)
            serial_changed(answer, unit->zone);
    }
    return complete;
}

/* A service that is gone has no names left; its last, empty blocks go too. */
static void drop_service(struct service *service)
{
    struct answer_mark *mark = service->answer_mark;

    if (mark == NULL)
        return;
    for (struct answer_unit *unit = mark->units; unit != NULL; unit = unit->next)
        block_retire(unit->block);
    mark_free(mark);
    service->answer_mark = NULL;
}

static void flush_changed(struct answer *answer)
{
    struct list again;

    list_init(&again);
    while (!list_empty(&answer->changed)) {
        struct service *service =
            list_entry(answer->changed.next, struct service, changed);
        list_remove(&service->changed);
        if (!compile_service(answer, service))
            list_append(&again, &service->changed);
        else if (is_gone(service))
            drop_service(service);
    }
    while (!list_empty(&again)) {
        struct list *node = again.next;
        list_remove(node);
        list_append(&answer->changed, node);
    }
}

/* Do SRV records of it point into zones of ours? */
static bool chases(const struct answer_mark *mark)
{
    const struct answer_unit *unit = mark->units;

    while (unit != NULL && !unit->chases)
        unit = unit->next;
    return unit != NULL;
}

/* What they point at answers something else now: compile them again, once. That changes
 * no alias and no address, so it leads to nothing more. */
static void flush_chasing(struct answer *answer)
{
    if (!answer->watch.hit)
        return;
    memset(&answer->watch, 0, sizeof answer->watch);
    for (struct list *node = answer->marks.next; node != &answer->marks;
         node = node->next) {
        struct answer_mark *mark = list_entry(node, struct answer_mark, all);
        if (chases(mark))
            publisher_mark(answer, mark->service);
    }
    flush_changed(answer);
    answer->watch.hit = false;
}

/* The first time: services that are declared, and so made no event. */
static void begin(struct answer *answer)
{
    struct service *service;
    size_t at = 0;

    while (answer->registry != NULL &&
           (service = registry_next_service(answer->registry, &at)) != NULL)
        if (service->answer_mark == NULL)
            publisher_mark(answer, service);
    for (size_t i = 0; i < answer->index.zone_count; i++)
        serial_changed(answer, answer->index.zones[i]);
}

static bool is_due(const struct answer_mark *mark, int64_t now)
{
    const struct answer_unit *unit = mark == NULL ? NULL : mark->units;

    while (unit != NULL && unit->due > now)
        unit = unit->next;
    return unit != NULL;
}

void publisher_run_due(struct answer *answer)
{
    struct service *service;
    size_t at = 0;

    if (answer->due > answer->now || answer->registry == NULL)
        return;
    answer->due = INT64_MAX;
    while ((service = registry_next_service(answer->registry, &at)) != NULL) {
        const struct answer_mark *mark = service->answer_mark;
        if (is_due(mark, answer->now))
            publisher_mark(answer, service);
        for (const struct answer_unit *unit = mark == NULL ? NULL : mark->units;
             unit != NULL; unit = unit->next)
            if (unit->due > answer->now && unit->due < answer->due)
                answer->due = unit->due;
    }
}

void publisher_flush(struct answer *answer)
{
    bool first = atomic_load_explicit(&answer->index.table, memory_order_relaxed) == NULL;

    thread_role_assert(ROLE_CONTROL);
    if (!first && list_empty(&answer->changed))
        return;
    if (first)
        begin(answer);
    answer_reader_online();
    flush_changed(answer);
    answer->watch.hit = answer->watch.hit || (first && answer->watch.any);
    if (!first)
        flush_chasing(answer);
    join_order(&answer->compiler.unordered);
    for (size_t i = 0; i < answer->index.zone_count; i++)
        if (types_publish(answer->index.zones[i], &answer->compiler.builder))
            serial_changed(answer, answer->index.zones[i]);
    if (first) {
        answer_index_publish(&answer->index);
        flush_chasing(answer);
        join_order(&answer->compiler.unordered);
    }
    answer_reader_offline();
    counter_set(&answer->counts.names, answer->index.names);
}

void publisher_deinit(struct answer *answer)
{
    while (!list_empty(&answer->marks)) {
        struct answer_mark *mark =
            list_entry(answer->marks.next, struct answer_mark, all);
        for (struct answer_unit *unit = mark->units; unit != NULL; unit = unit->next)
            free(unit->block);
        mark_free(mark);
    }
}
