/* client/connection.h - a stream socket: bytes out, lines in, each with a deadline.
 *
 * Sending reads what comes meanwhile: a daemon that waits for us to read never makes us
 * wait for it.
 * Deadlines  monotonic milliseconds; INT64_MAX: none.
 * Threads    one owner.
 */
#ifndef CLIENT_CONNECTION_H
#define CLIENT_CONNECTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/reason.h"
#include "rollcall/status.h"

struct connection {
    int fd;           /* owned; -1: none */
    struct buffer in; /* what has come and was not handed out */
    size_t at;        /* where the next line begins */
};

void connection_init(struct connection *connection);
void connection_deinit(struct connection *connection);

enum rollcall_status connection_open(struct connection *connection, const char *place,
                                     struct reason *why);
enum rollcall_status connection_send(struct connection *connection, const char *bytes,
                                     size_t length, int64_t deadline, struct reason *why);
/* The next line without its newline, NUL-terminated; borrowed until the next call.
 * E_TIMEOUT: none yet. E_IO: the daemon is gone. */
enum rollcall_status connection_line(struct connection *connection, int64_t deadline,
                                     char **line, size_t *length, struct reason *why);

#endif
