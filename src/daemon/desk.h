/* daemon/desk.h - the alert room, as the registration socket sees it.
 * Threads  control.
 */
#ifndef DAEMON_DESK_H
#define DAEMON_DESK_H

#include "alert/alert.h"
#include "intake/desk.h"

/* Borrows `alert`. */
struct desk desk_of_alert(struct alert *alert);

#endif
