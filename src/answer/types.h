/* answer/types.h - `_services._dns-sd._udp.Z`: the types that a zone has an instance of.
 *
 * A type's name counts the services that list someone there; when the first comes or the
 * last goes, the list is made again. Source  RFC 6763 §9. Threads  control, online.
 */
#ifndef ANSWER_TYPES_H
#define ANSWER_TYPES_H

#include "answer/block.h"
#include "answer/zone.h"

/* A unit that lists instances publishes `set` at `name` (or withdraws it: before). */
void types_count(struct answer_zone *zone, struct answer_name *name,
                 const struct answer_set *set, bool comes);
/* Publish the list if types came or went; true: DNS says something else now. */
bool types_publish(struct answer_zone *zone, struct block_builder *builder);
void types_deinit(struct answer_zone *zone);

#endif
