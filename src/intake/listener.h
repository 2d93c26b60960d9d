/* intake/listener.h - the Unix socket: made with its rights, accepting, removed.
 *
 * A socket file that nobody answers is replaced; one that answers belongs to another
 * daemon and is an error.
 * Threads  control.
 */
#ifndef INTAKE_LISTENER_H
#define INTAKE_LISTENER_H

#include <uv.h>

#include "base/reason.h"
#include "rollcall/status.h"

struct acceptor;

/* `on_accept` gets each connection, non-blocking, and owns it. `mode` is octal text
 * ("0666"). Listens at once, so that clients wait instead of failing; accepts only after
 * acceptor_start(). */
enum rollcall_status acceptor_open(uv_loop_t *loop, const char *path, const char *mode,
                                   void (*on_accept)(void *owner, int fd),
                                   void (*on_closed)(void *owner), void *owner,
                                   struct acceptor **out, struct reason *why);
void acceptor_start(struct acceptor *acceptor);
/* Removes the socket file if it is still ours; on_closed follows when the loop is done
 * with it. */
void acceptor_close(struct acceptor *acceptor);

#endif
