/* serve/notify.h - tell secondaries that a zone has a new serial (RFC 1996).
 * Threads: control.
 */
#ifndef SERVE_NOTIFY_H
#define SERVE_NOTIFY_H

#include "answer/zone.h"

struct transfers;

/* Tell every target of the zone; one that is being told still is told anew. */
void notify_zone(struct transfers *transfers, const struct answer_zone *zone);
void notify_stop(struct transfers *transfers);

#endif
