/* intake/desk.h - what the registration socket asks of who tells alerts.
 *
 * A struct of functions, filled in by the daemon, because rooms of a layer do not know
 * each other. `done` comes once, later, where the call itself returned OK.
 * Threads  control.
 */
#ifndef INTAKE_DESK_H
#define INTAKE_DESK_H

#include "base/reason.h"
#include "proto/values.h"
#include "registry/registry.h"

typedef void (*desk_done)(void *context, enum rollcall_status status, uint64_t number,
                          const struct reason *why);
typedef void (*desk_tested)(void *context, bool delivered, const char *text);

struct desk {
    enum rollcall_status (*silence)(void *owner, const struct request_silence *request,
                                    const struct requester *who, int64_t wall,
                                    desk_done done, void *context, struct reason *why);
    enum rollcall_status (*unsilence)(void *owner, uint64_t number,
                                      const struct requester *who, desk_done done,
                                      void *context, struct reason *why);
    /* Number `index`; false: that was all. Borrowed until the next call. */
    bool (*silence_view)(void *owner, size_t index, struct silence_view *out);
    /* Walk: start with *at = 0. Borrowed until the next call. */
    bool (*next_alert)(void *owner, size_t *at, struct alert_view *out);
    /* `text` completes "the receiver ...". */
    enum rollcall_status (*test)(void *owner, const char *receiver,
                                 const struct requester *who, int64_t wall,
                                 desk_tested done, void *context, struct reason *why);
    void *owner;
};

#endif
