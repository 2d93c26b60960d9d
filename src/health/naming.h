/* health/naming.h - checks whose target is a host name: looked up at each run.
 *
 * A run begins with the question and goes on with the kind's start() at the first
 * address, IPv4 first; where that refuses or cannot be reached, at the next, like a
 * client would. The hosts file and the resolvers of this machine are asked, never
 * libcurl's. An address that checks may not reach is refused after the look-up
 * (probe_forbidden()). Threads  control.
 */
#ifndef HEALTH_NAMING_H
#define HEALTH_NAMING_H

#include <stdbool.h>

#include "base/address.h"
#include "health/check.h"

enum { NAMING_HOST_MAX = 254 };

/* Is `target` a host name with a port, as "db.internal:5432"? `host` and `port` may be
 * NULL; else `host` has room for NAMING_HOST_MAX octets. Pure. */
bool naming_parse(const char *target, char *host, uint16_t *port);

/* Begin a run of a check with check->named. */
void naming_start(struct check *check);
/* The run goes on with `then` when naming_address() knows where `host` is; and again
 * (naming_again()) where that is not the place. `host` is copied. */
void naming_ask(struct check *check, const char *host, uint16_t port,
                void (*then)(struct check *check));
/* Is the name still being looked up? */
bool naming_is_asking(const struct check *check);
/* Give up the look-up. False: there is none under way. */
bool naming_cancel(struct check *check);
/* The run ended so: does it go on at the next address? */
bool naming_again(struct check *check, enum check_outcome outcome);
/* Where the run goes now. False: nothing is known of it. */
bool naming_address(const struct check *check, struct address *out);

/* The run is over. */
void naming_end(struct check *check);
/* The check goes away. */
void naming_forget(struct check *check);
void naming_deinit(struct health *health);

#endif
