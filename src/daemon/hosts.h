/* daemon/hosts.h - host names of instances are looked up for the answers: the loop's
 * resolver and the answer room are put together here.
 * Threads  control.
 */
#ifndef DAEMON_HOSTS_H
#define DAEMON_HOSTS_H

#include <uv.h>

#include "answer/answer.h"
#include "loop/resolver.h"

/* Only where a zone or service wants it; else *out is NULL. To be closed with
 * resolver_close() before the answers go. */
enum rollcall_status hosts_open(uv_loop_t *loop, const struct config *config,
                                struct answer *answer, struct resolver **out,
                                struct reason *why);

#endif
