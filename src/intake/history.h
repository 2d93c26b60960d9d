/* intake/history.h - the last events, so that a watcher that comes back misses none.
 *
 * A ring that grows up to its bound; an event holds a reference to its instance.
 * Threads  control.
 */
#ifndef INTAKE_HISTORY_H
#define INTAKE_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "model/instance.h"
#include "registry/events.h"

struct past_event {
    uint64_t revision;
    struct instance *instance; /* one reference */
    const char *cause;         /* borrowed: the registry's causes are constants */
    uint8_t kind;              /* enum event_kind */
    uint8_t health;            /* enum rollcall_health */
    uint8_t effective;         /* the same: what DNS goes by */
    uint8_t standing;          /* enum standing_reason */
};

/* As it will be kept; the instance is borrowed from the event. */
struct past_event past_event_of(const struct event *event);

struct history {
    struct past_event *events; /* owned ring */
    uint32_t capacity;         /* allocated now */
    uint32_t bound;
    uint32_t first; /* the oldest */
    uint32_t count;
    uint64_t floor; /* every event after this revision is here */
};

void history_init(struct history *history, uint32_t bound);
void history_deinit(struct history *history);
void history_add(struct history *history, const struct event *event);
/* Are all events after `since` still here? `now` is the registry's revision: what is
 * greater comes from another life of the database. */
bool history_reaches(const struct history *history, uint64_t since, uint64_t now);
/* Number `index` from the oldest; NULL at the end. */
const struct past_event *history_at(const struct history *history, uint32_t index);

#endif
