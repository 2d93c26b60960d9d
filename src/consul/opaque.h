/* consul/opaque.h - members that are kept as they were given, and do nothing here.
 *
 * They are shown in lists, and a client that knows their types (Go's) refuses a whole
 * list for one value of another type: so nobody may give one. What no client knows is let
 * pass. Threads  pure function.
 */
#ifndef CONSUL_OPAQUE_H
#define CONSUL_OPAQUE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/reason.h"

enum opaque_kind { OPAQUE_PROXY, OPAQUE_CONNECT, OPAQUE_LOCALITY, OPAQUE_DEFINITION };

/* False: `why` names the member ("Proxy.Mode") and its type. NULL is good. */
bool opaque_admit(enum opaque_kind kind, const json_t *object, struct reason *why);

#endif
