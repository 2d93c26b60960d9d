/* answer/explained.h - NAME._explain.Z: in or out and why, as TXT, compiled along.
 *
 * Off unless the zone says explain_names. TTL 0, one string for each RR, at most
 * EXPLAINED_MOST instances, those that are out first; in no zone transfer and in no
 * serial, since it is no data of the zone (docs/dns.md §2.13).
 * Threads  control.
 */
#ifndef ANSWER_EXPLAINED_H
#define ANSWER_EXPLAINED_H

#include "answer/block.h"
#include "answer/members.h"
#include "answer/zone.h"

enum { EXPLAINED_MOST = 64 };

/* NAME._explain.Z, in the form of the zone's layout; false: it does not fit. */
bool explained_name(const struct answer_zone *zone, const char *namespace_name,
                    const char *service, struct dns_name *out);
/* Is it such a name, or above one? */
bool explained_holds(const struct answer_zone *zone, const uint8_t *name, size_t length);

/* The set that tells what was decided; offset in the block. */
uint32_t explained_set(struct block_builder *builder, const struct candidate *candidates,
                       size_t count);

#endif
