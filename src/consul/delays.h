/* consul/delays.h - locks that may not be taken yet (LockDelay).
 *
 * A lock that was lost with its session stays closed for a while, so that its last holder
 * has time to notice. Kept on disk: a daemon that is killed must not open it early.
 * Times    ms.
 * Threads  control.
 */
#ifndef CONSUL_DELAYS_H
#define CONSUL_DELAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reason.h"
#include "consul/ledger.h"

#define DELAYS_AREA "consul_lock_delay"

enum { DELAYS_LONGEST_MS = 60 * 1000 };

struct delays;

struct delays *delays_create(struct ledger *ledger); /* NULL: no memory */
enum rollcall_status delays_load(struct delays *delays, struct store *store, int64_t now,
                                 int64_t wall, struct reason *why);
void delays_destroy(struct delays *delays); /* NULL is allowed */

/* From now on for `lasts`, at most DELAYS_LONGEST_MS, with the bundle. False: no memory.
 */
bool delays_add(struct delays *delays, struct bundle *bundle, const char *key,
                size_t length, int64_t lasts, int64_t now, int64_t wall);
/* May this key be locked? */
bool delays_hold(const struct delays *delays, const char *key, size_t length,
                 int64_t now);
/* Forget those that are over. The next end; INT64_MAX: none. */
int64_t delays_run_due(struct delays *delays, int64_t now);
int64_t delays_next_due(const struct delays *delays);

#endif
