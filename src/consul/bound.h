/* consul/bound.h - how the check is that a session is bound to.
 * Threads  control.
 */
#ifndef CONSUL_BOUND_H
#define CONSUL_BOUND_H

#include "consul/consul.h"
#include "consul/session.h"

/* For session_settings; `owner` is the struct consul. `check` NULL: the node itself. */
enum session_check_state bound_check(void *owner, const char *node,
                                     const struct session_check *check);

#endif
