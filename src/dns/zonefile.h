/* dns/zonefile.h - static records from a master file, read by ldns.
 *
 * All that ldns allocates is freed before zonefile_read() returns; what remains is one
 * list of records in wire form, names lower case, RDATA uncompressed.
 * Threads  control, at start and reload.
 */
#ifndef DNS_ZONEFILE_H
#define DNS_ZONEFILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/reason.h"
#include "dns/name.h"
#include "rollcall/status.h"

struct zonefile_record {
    struct dns_name owner; /* lower case */
    uint16_t type;
    uint32_t ttl;
    uint16_t rdata_length;
    unsigned line;  /* in the file, for messages */
    uint8_t *rdata; /* owned by the zonefile */
};

struct zonefile {
    struct zonefile_record *records; /* owned; sorted by owner, type, file order */
    size_t count;
};

/* Read `path` with `apex` as origin. Errors name file, line and what is wrong: no such
 * file, a syntax error, an owner outside the apex, a class other than IN, two SOA, a
 * CNAME beside other data, TTLs that differ in one RRset (the least is taken and said in
 * the log), more than 100,000 records or 16 MiB. Duplicate records collapse. */
enum rollcall_status zonefile_read(const char *path, const struct dns_name *apex,
                                   uint32_t default_ttl, struct zonefile *out,
                                   struct reason *why);
/* The same from memory; `label` stands for the path in messages (tests, fuzzing). */
enum rollcall_status zonefile_parse(const char *text, size_t length, const char *label,
                                    const struct dns_name *apex, uint32_t default_ttl,
                                    struct zonefile *out, struct reason *why);
void zonefile_deinit(struct zonefile *zonefile);

#endif
