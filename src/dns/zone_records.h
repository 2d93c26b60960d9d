/* dns/zone_records.h - the rules about the records of a file taken together.
 * Threads  control; part of zonefile.c, nobody else needs it.
 */
#ifndef DNS_ZONE_RECORDS_H
#define DNS_ZONE_RECORDS_H

#include "base/reason.h"
#include "dns/zonefile.h"
#include "rollcall/status.h"

/* Sort by owner, type and line; make repeated records one (RFC 2181 §5) and the TTLs of
 * an RRset equal (§5.2, said in the log); refuse an alias beside other data (RFC 1034
 * §3.6.2) and a second SOA, with `label` and the line in `why`. */
enum rollcall_status zone_records_settle(struct zonefile *found, const char *label,
                                         struct reason *why);

#endif
