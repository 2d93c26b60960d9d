/* answer/statics.h - the records of a zone that no registration made: its file, its name
 * servers and their addresses.
 *
 * Threads  control, at start.
 */
#ifndef ANSWER_STATICS_H
#define ANSWER_STATICS_H

#include "answer/zone.h"

/* Compile them into zone->block and add their names. The apex is there even when nothing
 * else is. Errors name the file and line: records that would need answers we do not give
 * (a delegation). */
enum rollcall_status statics_build(struct answer_zone *zone, const struct zonefile *file,
                                   struct reason *why);

/* Do static records of the parent lie in a zone of ours below it? After all zones were
 * made. */
enum rollcall_status statics_check(const struct answer_zone *zone, struct reason *why);

#endif
