/* dns/types.h - record types and other code points, number and word (IANA registry).
 * Threads: pure functions, any thread.
 */
#ifndef DNS_TYPES_H
#define DNS_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "A" -> 1, "type65280" -> 65280, in any case; false when it is neither. */
bool dns_type_parse(const char *word, uint16_t *type);
/* 1 -> "A", 65280 -> "TYPE65280" (RFC 3597 §5). */
void dns_type_print(uint16_t type, char *out, size_t size);
/* "NXDOMAIN", "BADVERS", "RCODE24". */
void dns_rcode_print(unsigned rcode, char *out, size_t size);

#endif
