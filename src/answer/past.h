/* answer/past.h - which instances of a service were healthy, for no_healthy: last.
 *
 * Kept for those services only whose rules ask for it; not saved: after a restart nobody
 * has been healthy yet.
 * Threads  control.
 */
#ifndef ANSWER_PAST_H
#define ANSWER_PAST_H

#include "answer/members.h"

struct past; /* NULL: nothing is known */

/* Note who is healthy now and who ceased to be. `*past` is owned. False: no memory, what
 * was known stays. */
bool past_update(struct past **past, const struct members_rules *rules,
                 const struct service *service, int64_t now);
/* Monotonic ms when it ceased to be healthy; 0: it is, or never was. */
int64_t past_ceased(const struct past *past, const char *id);
void past_free(struct past *past); /* NULL is allowed */

#endif
