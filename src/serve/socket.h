/* serve/socket.h - open and set up the sockets that workers listen on.
 *
 * All are non-blocking, close-on-exec and SO_REUSEPORT; IPv6 ones carry IPv6 only
 * (RFC 3493 §5.3), so "0.0.0.0" and "::" can stand side by side.
 * Errors name the address and what to do about it.
 * Threads  control, before the workers run.
 */
#ifndef SERVE_SOCKET_H
#define SERVE_SOCKET_H

#include "base/address.h"
#include "base/reason.h"
#include "rollcall/status.h"

/* Is the address free, for UDP and for TCP? SO_REUSEPORT would let a second daemon of
 * the same user share our port in silence; this says so instead. */
enum rollcall_status socket_probe(const struct address *address, struct reason *why);

/* `*out` is owned by the caller. A UDP socket on a wildcard address reports to which
 * address each datagram was sent. */
enum rollcall_status socket_open_udp(const struct address *address, int *out,
                                     struct reason *why);
enum rollcall_status socket_open_tcp(const struct address *address, int *out,
                                     struct reason *why);

#endif
