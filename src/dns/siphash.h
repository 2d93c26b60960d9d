/* dns/siphash.h - SipHash-2-4, the keyed hash of DNS cookies (RFC 9018 §4.4).
 * Threads: pure function, any thread.
 */
#ifndef DNS_SIPHASH_H
#define DNS_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/* 64 bits of `length` octets under a key of 16 octets, given as two little-endian words.
 * Its octets on the wire are the little-endian ones. */
uint64_t dns_siphash(const void *bytes, size_t length, uint64_t key0, uint64_t key1);

#endif
