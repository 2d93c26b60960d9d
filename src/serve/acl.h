/* serve/acl.h - who may: networks against the address of a client.
 * Threads: pure functions, any thread.
 */
#ifndef SERVE_ACL_H
#define SERVE_ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/network.h"

/* Is the client in one of the networks? NULL, this host itself, counts as 127.0.0.1. No
 * networks: nobody is. */
bool acl_allows(const struct network *networks, size_t count,
                const struct sockaddr *from);
/* Is it this host: loopback, or NULL? */
bool acl_is_local(const struct sockaddr *from);

#endif
