/* alert/watch.c - events of the registry become what the alarms observe. */
#include <stdio.h>
#include <string.h>

#include "alert/internal.h"
#include "base/clock.h"

/* 64 tags of at most 255 octets. */
enum { TAGS_MAX = 64 * 256, ADDRESS_MAX = 80 };

static void put_address(const struct rollcall_instance *is, char out[ADDRESS_MAX])
{
    struct address address;

    out[0] = '\0';
    if (is->address_count == 0) {
        snprintf(out, ADDRESS_MAX, "%s", is->host);
        return;
    }
    address_from_ip(&is->addresses[0], is->port, &address);
    address_print(&address, out, ADDRESS_MAX);
}

static void put_tags(const struct rollcall_instance *is, struct buffer *out)
{
    for (unsigned i = 0; i < is->tag_count; i++) {
        buffer_text(out, is->tags[i]);
        buffer_char(out, '\n');
    }
}

/* What the check that decides said last. */
static const char *output_of(const struct entry *entry)
{
    unsigned count = entry->instance == NULL ? 0 : entry->instance->is.check_count;

    for (unsigned i = 0; entry->checks != NULL && i < count; i++)
        if (entry->checks[i].known && entry->checks[i].health == entry->health)
            return entry->checks[i].output;
    return NULL;
}

/* Who took it out by hand wants no alert about it. */
static bool is_taken_out(const struct entry *entry)
{
    enum standing_reason reason = entry_standing(entry);

    return reason == STANDING_DRAINING || reason == STANDING_OVERRIDDEN_DOWN ||
           reason == STANDING_NODE;
}

static enum alert_state health_state(const struct entry *entry, bool moved)
{
    if (is_taken_out(entry))
        return ALERT_STATES;
    /* The brake holds it in DNS, but its checks fail. */
    bool held = entry->standing != NULL && entry->standing->held;
    if (entry->health == ROLLCALL_CRITICAL || held)
        return ALERT_CRITICAL;
    if (entry->health == ROLLCALL_WARNING)
        return ALERT_WARNING;
    return moved ? ALERT_PASSING : ALERT_STATES;
}

static void observe(struct alert *alert, const struct event *event,
                    const struct rollcall_instance *is, enum alert_about about,
                    enum alert_state state, bool moved)
{
    char address[ADDRESS_MAX];
    struct buffer tags;

    buffer_init(&tags, TAGS_MAX);
    put_address(is, address);
    put_tags(is, &tags);
    const struct fact fact = { .state = state,
                               .starts = clock_wall_ms(),
                               .namespace_name = is->namespace_name,
                               .service = is->service,
                               .id = is->id,
                               .address = address,
                               .tags = tags.data == NULL ? "" : tags.data,
                               .cause = event->cause,
                               .output = output_of(event->entry) };
    alarms_observe(&alert->alarms, about, &fact, moved, clock_monotonic_ms());
    buffer_deinit(&tags);
}

/* It is another service now: nothing is said of it under the old name any more. */
static void forget_old_name(struct alert *alert, const struct event *event)
{
    const struct rollcall_instance *was = &event->before->is;
    const struct rollcall_instance *is = &event->entry->instance->is;

    if (strcmp(was->service, is->service) == 0 &&
        strcmp(was->namespace_name, is->namespace_name) == 0)
        return;
    observe(alert, event, was, ALERT_ABOUT_HEALTH, ALERT_STATES, false);
    observe(alert, event, was, ALERT_ABOUT_DAMPING, ALERT_STATES, false);
}

void alert_on_event(void *owner, const struct event *event)
{
    struct alert *alert = owner;
    const struct entry *entry = event->entry;

    if (entry->instance == NULL || event->kind == EVENT_CHECK)
        return;
    const struct rollcall_instance *is = &entry->instance->is;
    bool damped = entry->standing != NULL && entry->standing->damped_until > 0;
    bool moved = event->kind == EVENT_HEALTH;

    if (event->kind == EVENT_REMOVED) {
        observe(alert, event, is, ALERT_ABOUT_HEALTH, ALERT_REMOVED, true);
        observe(alert, event, is, ALERT_ABOUT_DAMPING, ALERT_STATES, false);
        alert_rearm(alert);
        return;
    }
    if (event->kind == EVENT_CHANGED && event->before != NULL)
        forget_old_name(alert, event);
    observe(alert, event, is, ALERT_ABOUT_HEALTH, health_state(entry, moved), moved);
    if (event->kind != EVENT_HEALTH)
        observe(alert, event, is, ALERT_ABOUT_DAMPING,
                damped ? ALERT_DAMPED : ALERT_STATES, false);
    alert_rearm(alert);
}

void alert_on_notice(void *owner, const struct notice *notice)
{
    static const struct {
        enum notice_kind kind;
        enum alert_about about;
        enum alert_state state;
    } kinds[] = {
        { NOTICE_DOUBT, ALERT_ABOUT_DOUBT, ALERT_DOUBT },
        { NOTICE_PANIC, ALERT_ABOUT_PANIC, ALERT_PANIC },
        { NOTICE_BRAKE, ALERT_ABOUT_BRAKE, ALERT_BRAKE },
    };
    struct alert *alert = owner;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].kind != notice->kind)
            continue;
        const struct fact fact = { .state = notice->on ? kinds[i].state : ALERT_STATES,
                                   .starts = clock_wall_ms(),
                                   .namespace_name = notice->namespace_name,
                                   .service = notice->service,
                                   .tags = "",
                                   .cause = notice_word(notice->kind),
                                   .output = notice->words };
        alarms_observe(&alert->alarms, kinds[i].about, &fact, false,
                       clock_monotonic_ms());
    }
    alert_rearm(alert);
}

/* An instance starts critical where it has checks: that says nothing before the first
 * verdict. */
bool alert_is_ready(void *owner, const struct fact *fact)
{
    const struct alert *alert = owner;
    const struct entry *entry =
        fact->id[0] == '\0' ? NULL : registry_find(alert->registry, fact->id);

    if (entry == NULL || entry->instance == NULL || entry->checks == NULL ||
        alert_state_about(fact->state) != ALERT_ABOUT_HEALTH)
        return true;
    for (unsigned i = 0; i < entry->instance->is.check_count; i++)
        if (entry->checks[i].known)
            return true;
    return entry->instance->is.check_count == 0;
}
