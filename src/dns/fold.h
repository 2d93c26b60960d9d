/* dns/fold.h - ASCII letters to lower case, eight octets at a time (RFC 4343 §3).
 * Threads: pure functions, any thread.
 */
#ifndef DNS_FOLD_H
#define DNS_FOLD_H

#include <stdint.h>

/* Label lengths are at most 63 and so never taken for letters: a whole name in wire form
 * can be folded. Each octet is compared with both ends of A-Z by additions that cannot
 * carry into its neighbour; bit 7 of the sum says "at least". */
static inline uint64_t dns_fold8(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101u;
    const uint64_t high = ones * 0x80;
    uint64_t low7 = word & ~high;
    uint64_t at_least_a = low7 + ones * (0x80 - 'A');
    uint64_t above_z = low7 + ones * (0x7f - 'Z');
    uint64_t upper = (at_least_a ^ above_z) & ~word & high;

    return word | upper >> 2;
}

static inline uint8_t dns_fold(uint8_t octet)
{
    return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet | 0x20) : octet;
}

#endif
