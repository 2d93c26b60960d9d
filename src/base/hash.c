#include "base/hash.h"

/* FNV-1a with the offset basis and the prime for 64 bit. */
uint64_t hash_stable(const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    uint64_t hash = 0xcbf29ce484222325u;

    for (size_t i = 0; i < length; i++) {
        hash ^= at[i];
        hash *= 0x100000001b3u;
    }
    return hash;
}
