/* answer/fixed.h - records that a layout gives to every zone: the node's own name, where
 * to browse, the version of the names. They are static, as those of a zone's file.
 *
 * Source   docs/dns.md §1.5, §1.8, §1.9.
 * Threads  control.
 */
#ifndef ANSWER_FIXED_H
#define ANSWER_FIXED_H

#include "answer/zone.h"

struct fixed_record {
    struct dns_name owner;
    uint16_t type;
    uint16_t rdata_length;
    uint32_t ttl;
    uint8_t rdata[DNS_NAME_MAX];
};

enum { FIXED_MAX = 80 };

/* At most FIXED_MAX of them. */
size_t fixed_records(const struct answer_zone *zone, struct fixed_record *out);

/* NODE.node.Z, way number `way`. False: there is none, or not that many. */
bool fixed_node_name(const struct answer_zone *zone, unsigned way, struct dns_name *out);

#endif
