/* health/probe.h - the TCP half that checks share: where to, connect, what errno means.
 *
 * Threads  control.
 */
#ifndef HEALTH_PROBE_H
#define HEALTH_PROBE_H

#include <stdbool.h>

#include "base/address.h"
#include "base/reason.h"
#include "health/check.h"
#include "health/outcome.h"

/* OK, or E_INVALID: the "target" option of `check` (if any) must be an address or a host
 * name with a port, and not an address that checks may not reach. */
enum rollcall_status probe_validate_target(const struct rollcall_check *check,
                                           struct reason *why);

/* The cloud metadata addresses: whoever may register must not read the credentials of
 * the machine through us (docs/protocol.md, "Who may"). */
bool probe_forbidden(const struct rollcall_address *ip);

/* Begin to connect to the target of `check`: non-blocking, the kernel's default source.
 * On OUTCOME_PASSED `*fd` is the caller's and `*connected` says whether it is done
 * already; every other outcome is the end of the run. */
enum check_outcome probe_connect(const struct check *check, int *fd, bool *connected);

/* The same for datagrams: a socket that talks to nobody else and hears its refusals. On
 * OUTCOME_PASSED `waiter` waits at it to read, and waiter->fd is the caller's. */
enum check_outcome probe_open_udp(const struct check *check, struct poll_waiter *waiter);

/* The error that a socket met, taken from it (SO_ERROR). */
int probe_socket_error(int fd);
/* An errno of connect(2), send(2) or recv(2) as an outcome. */
enum check_outcome probe_outcome(int error);

/* Close with a reset, so that no TIME_WAIT is left: a thousand checks a second would
 * otherwise hold 60,000 local ports. */
void probe_close(int fd);

#endif
