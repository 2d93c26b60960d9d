/* registry/events.h - who wants to hear what.
 *
 * Events are told synchronously, in order of revision, on the control thread; a listener
 * must not call an operation of the registry from inside one.
 * Threads  control.
 */
#ifndef REGISTRY_EVENTS_H
#define REGISTRY_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "registry/catalogue.h"

enum event_kind {
    EVENT_ADDED,    /* a new instance; also once for each loaded one at start */
    EVENT_CHANGED,  /* a new definition; `before` is the old one */
    EVENT_HEALTH,   /* entry->health changed; `health_before` */
    EVENT_REMOVED,  /* gone; the entry is borrowed for this call only */
    EVENT_STANDING, /* what entry_standing() or entry_effective() says changed, not by
                     * entry->health; `standing_before`, `effective_before` */
    EVENT_CHECK,    /* the status of check number `check` changed, or what it says, and
                     * entry->health did not */
};

struct event {
    enum event_kind kind;
    uint64_t revision;   /* rises with every event; that of the change behind it unless
                          * something was told in between. "load": that of the start.
                          * With `output_only` that of the event before */
    struct entry *entry; /* borrowed */
    struct service *service; /* borrowed; alive even when it loses its last entry, as
                              * long as its answer_mark is set (catalogue.h) */
    const struct instance *before; /* borrowed; CHANGED only */
    enum rollcall_health health_before;
    enum rollcall_health effective_before; /* HEALTH and STANDING */
    enum standing_reason standing_before;  /* STANDING only */
    int check;        /* CHECK and HEALTH: number of the check that moved; -1: none did */
    bool output_only; /* CHECK: only its text; it takes no number, and what people wait
                       * for did not happen */
    const char *cause; /* "request", "lease expired", "connection closed", "process
                        * exited", "check", "renew", "load", "drain", "undrain",
                        * "override", "override expired", "damped", "held", "frozen",
                        * "released", "node down", "node up" */
};

struct listener {
    void (*on_event)(void *owner, const struct event *event);
    void *owner;
    struct listener *next; /* the registry's */
};

#endif
