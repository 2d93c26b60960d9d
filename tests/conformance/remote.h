/* conformance/remote.h - ask a running server by its sockets.
 * Threads: one.
 */
#ifndef CONFORMANCE_REMOTE_H
#define CONFORMANCE_REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

/* As pipeline_answer(): the reply is written over the query. Each query has a socket of
 * its own. 0: silence for `wait_ms`, or the connection was closed. */
size_t remote_answer(const struct address *server, uint8_t *message, size_t length,
                     size_t capacity, bool tcp, unsigned wait_ms);

#endif
