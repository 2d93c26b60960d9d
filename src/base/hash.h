/* base/hash.h - a fast seeded 64-bit hash of bytes, for tables in memory.
 *
 * Not for signatures or cookies. The seed comes from random_seed() once per process
 * or is given by the caller.
 * Threads: pure functions, any thread.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Eight bytes a step, multiply and fold (the scheme of wyhash and its relatives). */
static inline uint64_t hash_bytes(const void *bytes, size_t length, uint64_t seed)
{
    const uint8_t *at = bytes;
    uint64_t hash = seed ^ 0x9e3779b97f4a7c15u ^ length;
    uint64_t word;

    while (length >= 8) {
        memcpy(&word, at, 8);
        hash = hash_mix(hash ^ word, 0xa0761d6478bd642fu);
        at += 8;
        length -= 8;
    }
    word = 0;
    memcpy(&word, at, length);
    hash = hash_mix(hash ^ word, 0xe7037ed1a0b428dbu);
    return hash_mix(hash, 0x8ebc6af09c88c6e3u);
}

/* A stable hash of bytes (FNV-1a, 64 bit): the same on every machine and in every
 * version, for labels that are stored (docs/protocol.md, instance labels). */
uint64_t hash_stable(const void *bytes, size_t length);

#endif
