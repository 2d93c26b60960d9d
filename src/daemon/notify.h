/* daemon/notify.h - tells systemd how far we are (sd_notify(3)), without its library.
 * Threads  control.
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

/* Send `state` ("READY=1") to $NOTIFY_SOCKET. Without one, or when nobody listens,
 * nothing happens: being started by hand is no fault. */
void notify_send(const char *state);

#endif
