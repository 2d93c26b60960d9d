/* dns/unpack.h - a name out of a message, compression undone (RFC 1035 §4.1.4).
 * Threads: pure functions, any thread; nothing allocates.
 */
#ifndef DNS_UNPACK_H
#define DNS_UNPACK_H

#include <stddef.h>
#include <stdint.h>

#include "dns/name.h"

/* Read the name at `at`. Returns the offset after it, 0 when it is broken: past the end,
 * over 255 octets, or with a pointer that does not lead backwards (each must, so a loop
 * cannot be). */
size_t dns_unpack_name(const uint8_t *bytes, size_t length, size_t at,
                       struct dns_name *out);

#endif
