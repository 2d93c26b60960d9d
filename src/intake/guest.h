/* intake/guest.h - a session without a socket, for another door (proto/guests.h).
 *
 * The same requests by the same code; only where output goes is different: not to a
 * stream, but to callbacks, with the flush that carries the replies of clients.
 * Threads  control.
 */
#ifndef INTAKE_GUEST_H
#define INTAKE_GUEST_H

#include "proto/guests.h"

struct intake;

/* The functions of proto/guests.h; `intake` outlives who uses them. */
struct guest_door intake_guests(struct intake *intake);

/* For session.c: what is ready goes to its owner; one that was closed is freed. */
void guest_flush(struct guest *guest);
/* False: its owner cannot take it now. */
bool guest_tell(struct guest *guest, struct guest_event *event);
bool guest_is_privileged(const struct guest *guest);
/* The daemon stops: its owner is told, and it is freed. */
void guest_abandon(struct guest *guest);

#endif
