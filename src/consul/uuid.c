#include "consul/uuid.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/random.h"

static void print(uint64_t high, uint64_t low, char out[UUID_SIZE])
{
    snprintf(out, UUID_SIZE,
             "%08" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%012" PRIx64,
             high >> 32, high >> 16 & 0xffff, high & 0xffff, low >> 48,
             low & 0xffffffffffff);
}

static uint64_t variant(uint64_t half)
{
    return (half & ~((uint64_t)3 << 62)) | (uint64_t)1 << 63;
}

static uint64_t version(uint64_t half)
{
    return (half & ~(uint64_t)0xf000) | 0x4000;
}

void uuid_random(char out[UUID_SIZE])
{
    print(version(random_seed()), variant(random_seed()), out);
}

void uuid_random_mixed(char out[UUID_SIZE], uint64_t *mix)
{
    uint64_t high = variant(version(random_seed()));
    uint64_t low = random_seed();

    /* Both halves begin with the same 11 bits: nothing is left of them in the mix. */
    low = (high & ~UUID_MIX_MAX) | (low & UUID_MIX_MAX);
    if ((high ^ low) < 2)
        low ^= 2;
    print(high, low, out);
    *mix = high ^ low;
}
