/* registry/events.h - who wants to hear what.
 *
 * Events are told synchronously, in order of revision, on the control thread; a listener
 * must not call an operation of the registry from inside one.
 * Threads  control.
 */
#ifndef REGISTRY_EVENTS_H
#define REGISTRY_EVENTS_H

#include <stdint.h>

#include "registry/catalogue.h"

enum event_kind {
    EVENT_ADDED,    /* a new instance; also once for each loaded one at start */
    EVENT_CHANGED,  /* a new definition; `before` is the old one */
    EVENT_HEALTH,   /* entry->health changed; `health_before` */
    EVENT_REMOVED,  /* gone; the entry is borrowed for this call only */
    EVENT_STANDING, /* what entry_standing() or entry_effective() says changed, not by
                     * entry->health; `standing_before`, `effective_before` */
};

struct event {
    enum event_kind kind;
    uint64_t revision;   /* rises with every event; that of the change behind it unless
                          * something was told in between. "load": that of the start */
    struct entry *entry; /* borrowed */
    struct service *service; /* borrowed; alive even when it loses its last entry, as
                              * long as its answer_mark is set (catalogue.h) */
    const struct instance *before; /* borrowed; CHANGED only */
    enum rollcall_health health_before;
    enum rollcall_health effective_before; /* HEALTH and STANDING */
    enum standing_reason standing_before;  /* STANDING only */
    const char
        *cause; /* "request", "lease expired", "connection closed", "process
                 * exited", "check", "renew", "load", "drain", "undrain", "override",
                 * "override expired", "damped", "held", "frozen", "released" */
};

struct listener {
    void (*on_event)(void *owner, const struct event *event);
    void *owner;
    struct listener *next; /* the registry's */
};

#endif
