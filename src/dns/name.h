/* dns/name.h - domain names in wire form: check, lower-case, compare, print, parents.
 *
 * Names    wire form, uncompressed, 1 to 255 octets with the final zero
 *          (RFC 1035 §2.3.4, §3.1). "Lower" names have A-Z folded (RFC 4343 §3).
 * Text     master file form with a final dot, odd octets as \DDD (RFC 1035 §5.1).
 * Threads  pure functions, any thread; nothing allocates.
 */
#ifndef DNS_NAME_H
#define DNS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/wire.h"

#define DNS_NAME_TEXT 1024 /* enough for any name printed */

/* A name with its storage. */
struct dns_name {
    uint8_t length; /* 1 to 255 */
    uint8_t wire[DNS_NAME_MAX];
};

/* Text to wire, case kept. A missing final dot is accepted (the name is absolute).
 * False: a bad label, escape or length. */
bool dns_name_parse(const char *text, struct dns_name *out);

/* Wire to text with a final dot ("web.service.local."; the root is "."). */
void dns_name_print(const uint8_t *wire, size_t length, char *out, size_t size);

/* Copy with A-Z folded; exactly `length` octets are read and written. `out` may be
 * `wire`. */
void dns_name_lower(const uint8_t *wire, size_t length, uint8_t *out);

/* Room for a name padded with zeros to a multiple of eight, for hashing by words. */
#define DNS_NAME_PADDED 264

/* The same name, whatever the case of its letters (RFC 4343 §3). */
bool dns_name_equal(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length);

/* Offset in `wire` at which `apex` begins, or -1 when the name is neither the apex nor
 * below it. Both lower. */
int dns_name_below(const uint8_t *wire, size_t length, const uint8_t *apex,
                   size_t apex_length);

/* Number of labels without the root. */
unsigned dns_name_labels(const uint8_t *wire, size_t length);

/* Put labels before a name: `out` starts as the parent and grows to the left.
 * False when it would pass 255 octets or the label is empty or over 63. */
bool dns_name_prepend(struct dns_name *name, const void *label, size_t length);

/* Letters, digits, hyphen; no hyphen at the ends; 1 to 63 (RFC 1123 §2.1). */
bool dns_label_is_ldh(const char *label, size_t length);

#endif
