#include "intake/history.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 64 };

void history_init(struct history *history, uint32_t bound)
{
    *history = (struct history){ .bound = bound };
}

static struct past_event *slot(const struct history *history, uint32_t index)
{
    return &history->events[(history->first + index) % history->capacity];
}

static void drop_oldest(struct history *history)
{
    struct past_event *oldest = slot(history, 0);

    history->floor = oldest->revision;
    instance_unref(oldest->instance);
    history->first = (history->first + 1) % history->capacity;
    history->count--;
}

void history_deinit(struct history *history)
{
    while (history->count > 0)
        drop_oldest(history);
    free(history->events);
}

/* Twice the room, the oldest event first. False when there is no memory or the bound is
 * reached: then the oldest makes room. */
static bool grow(struct history *history)
{
    uint32_t capacity = history->capacity == 0 ? FIRST_CAPACITY : history->capacity * 2;

    if (capacity > history->bound)
        capacity = history->bound;
    if (capacity <= history->capacity)
        return false;
    struct past_event *events = calloc(capacity, sizeof *events);
    if (events == NULL)
        return false;
    for (uint32_t i = 0; i < history->count; i++)
        events[i] = *slot(history, i);
    free(history->events);
    history->events = events;
    history->capacity = capacity;
    history->first = 0;
    return true;
}

struct past_event past_event_of(const struct event *event)
{
    return (struct past_event){
        .revision = event->revision,
        .instance = event->entry->instance,
        .cause = event->cause,
        .kind = (uint8_t)event->kind,
        .health = (uint8_t)event->entry->health,
        .effective = (uint8_t)entry_effective(event->entry),
        .standing = (uint8_t)entry_standing(event->entry),
    };
}

void history_add(struct history *history, const struct event *event)
{
    if (history->count == history->capacity && !grow(history)) {
        if (history->capacity == 0) { /* none are kept */
            history->floor = event->revision;
            return;
        }
        drop_oldest(history);
    }
    struct past_event *at = slot(history, history->count);
    *at = past_event_of(event);
    instance_ref(at->instance);
    history->count++;
}

bool history_reaches(const struct history *history, uint64_t since, uint64_t now)
{
    return since >= history->floor && since <= now;
}

const struct past_event *history_at(const struct history *history, uint32_t index)
{
    return index < history->count ? slot(history, index) : NULL;
}
