/* intake/drains.h - who waits until no cache can hold a drained instance any more.
 *
 * A wait begins when its drain is saved; its time is counted from the next
 * drains_published(), as until then DNS workers may still hand the instance out. Then its
 * session gets one event: safe_to_stop, or undrain when that was asked meanwhile.
 * Threads  control.
 */
#ifndef INTAKE_DRAINS_H
#define INTAKE_DRAINS_H

#include "intake/session.h"

struct drains;

struct drains *drains_create(struct intake *intake); /* NULL: no memory */
void drains_destroy(struct drains *drains);          /* no session is left; may be NULL */

struct drain_wait;

/* A place for it, made with the request: `id` and the seq are copied. NULL: no memory, or
 * the session has too many (`why`). */
struct drain_wait *drain_wait_create(struct session *session, const char *id,
                                     const struct proto_seq *seq, struct reason *why);
void drain_wait_cancel(struct drain_wait *wait);
/* The drain is saved; `safe_in` ms from the moment DNS knows. */
void drain_wait_begin(struct drain_wait *wait, int64_t safe_in);

/* All that was saved is visible to DNS workers: before a flush of the sessions. */
void drains_published(struct drains *drains);
void drains_hear(struct drains *drains, const struct event *event);
/* The session ends. */
void drains_forget(struct session *session);

#endif
