/* loop/acceptor.h - a listening socket: made, accepting, removed.
 *
 * A Unix socket has its rights before anybody is accepted. A socket file that nobody
 * answers is replaced; one that answers belongs to another daemon and is an error.
 * Threads  control.
 */
#ifndef LOOP_ACCEPTOR_H
#define LOOP_ACCEPTOR_H

#include <uv.h>

#include "base/reason.h"
#include "rollcall/status.h"

struct acceptor;
struct address;

struct acceptor_place {
    const struct address *address; /* TCP; NULL: a Unix socket at `path` */
    const char *path;
    const char *mode; /* octal text: "0666" */
    const char *key;  /* of the configuration, for reasons: "registry.socket" */
    const char *area; /* for log lines: "intake" */
};

/* `on_accept` gets each connection, non-blocking, and owns it. Listens at once, so that
 * clients wait instead of failing; accepts only after acceptor_start(). `key` and `area`
 * are borrowed. */
enum rollcall_status acceptor_open(uv_loop_t *loop, const struct acceptor_place *place,
                                   void (*on_accept)(void *owner, int fd),
                                   void (*on_closed)(void *owner), void *owner,
                                   struct acceptor **out, struct reason *why);
void acceptor_start(struct acceptor *acceptor);
/* Removes the socket file if it is still ours; on_closed follows when the loop is done
 * with it. */
void acceptor_close(struct acceptor *acceptor);

#endif
