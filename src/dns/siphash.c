#include "dns/siphash.h"

#include <endian.h>
#include <string.h>

struct state {
    uint64_t v0, v1, v2, v3;
};

static uint64_t rotate(uint64_t word, unsigned by)
{
    return word << by | word >> (64 - by);
}

static void rounds(struct state *s, unsigned count)
{
    while (count-- > 0) {
        s->v0 += s->v1;
        s->v2 += s->v3;
        s->v1 = rotate(s->v1, 13) ^ s->v0;
        s->v3 = rotate(s->v3, 16) ^ s->v2;
        s->v0 = rotate(s->v0, 32);
        s->v2 += s->v1;
        s->v0 += s->v3;
        s->v1 = rotate(s->v1, 17) ^ s->v2;
        s->v3 = rotate(s->v3, 21) ^ s->v0;
        s->v2 = rotate(s->v2, 32);
    }
}

static void take(struct state *s, uint64_t word)
{
    s->v3 ^= word;
    rounds(s, 2);
    s->v0 ^= word;
}

uint64_t dns_siphash(const void *bytes, size_t length, uint64_t key0, uint64_t key1)
{
    struct state s = { key0 ^ 0x736f6d6570736575u, key1 ^ 0x646f72616e646f6du,
                       key0 ^ 0x6c7967656e657261u, key1 ^ 0x7465646279746573u };
    const uint8_t *at = bytes;
    uint64_t last = (uint64_t)length << 56;
    uint64_t word;

    for (; length >= 8; at += 8, length -= 8) {
        memcpy(&word, at, 8);
        take(&s, le64toh(word));
    }
    word = 0;
    memcpy(&word, at, length);
    take(&s, last | le64toh(word));
    s.v2 ^= 0xff;
    rounds(&s, 4);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
