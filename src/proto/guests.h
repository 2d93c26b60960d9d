/* proto/guests.h - how another door asks what the registration socket can do.
 *
 * A guest is a client of the registration socket without a socket: it asks one request,
 * gets the reply that a client would get, at the time a client would, and if it asked to
 * watch or to drain, the events. The intake room makes guests; the rooms of a layer do
 * not know each other, so this struct of functions stands between them.
 *
 * What a guest may not: checks that are commands or name files, leases on a connection or
 * a process.
 * Threads  control.
 */
#ifndef PROTO_GUESTS_H
#define PROTO_GUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct guest;

struct guest_terms {
    uint32_t uid;    /* owner of what it registers */
    bool privileged; /* may change what others own */
};

/* Told to many; everything is borrowed for the call. */
struct guest_event {
    const char *word; /* "register" */
    const char *tail; /* of the event's JSON object, from the comma before "revision" to
                       * its brace and newline */
    size_t length;
    uint64_t number; /* the same for all who are told the same text */
    uint64_t revision;
    const char *service;        /* whom it is about; NULL: all */
    const char *namespace_name; /* the same */
};

struct guest_callbacks {
    /* The reply: one JSON object. NULL: there will be none, the daemon stops, and the
     * guest is gone with it. Exactly once. Of a watch it comes inside ask(). */
    void (*on_reply)(void *owner, const char *line, size_t length);
    /* False: the reader is behind. It hears no more until resume(), which tells it a
     * "resync". May be NULL for who does not watch. */
    bool (*on_event)(void *owner, const struct guest_event *event);
    /* After the reply: no more events, the daemon stops, the guest is gone. May be NULL
     */
    void (*on_gone)(void *owner);
};

struct guest_door {
    void *owner; /* borrowed */
    /* NULL: no memory. `callbacks` are borrowed. */
    struct guest *(*open)(void *owner, const struct guest_terms *terms,
                          const struct guest_callbacks *callbacks, void *context);
    /* Once. `line` is one JSON object, and is changed. */
    void (*ask)(struct guest *guest, char *line, size_t length);
    void (*resume)(struct guest *guest);
    /* It hears nothing from here on; allowed inside its callbacks. */
    void (*close)(struct guest *guest);
};

#endif
