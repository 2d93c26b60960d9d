/* rollcall/remote.h - speak to a rollcalld on another machine, over TCP (librollcall).
 *
 * Where the daemon has registry.listen, a place is "tcp://HOST:PORT" as well as a path:
 * "tcp://10.0.0.1:8512", "tcp://[fd00::1]:8512". Everything of client.h works as over the
 * socket, but for leases on a process; an instance without an address has the one that
 * the daemon sees. A daemon whose machine vanished is noticed after some 15 s. Not
 * encrypted: keep it on a private network. Threads  as client.h.
 */
#ifndef ROLLCALL_REMOTE_H
#define ROLLCALL_REMOTE_H

#include "rollcall/client.h"

/* As rollcall_connect(), and says who we are: by `token`, else by $ROLLCALL_TOKEN, which
 * rollcall_connect() takes too. A token that is refused is E_UNAUTHORIZED here. Over the
 * Unix socket, where the kernel says who asks, a token is of no use and is not sent. */
ROLLCALL_API enum rollcall_status rollcall_connect_with(const char *socket,
                                                        const char *token,
                                                        struct rollcall_client **out,
                                                        struct rollcall_error *error);

#endif
