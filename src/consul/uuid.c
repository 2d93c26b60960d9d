#include "consul/uuid.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/random.h"

void uuid_random(char out[UUID_SIZE])
{
    uint64_t high = (random_seed() & ~(uint64_t)0xf000) | 0x4000;
    uint64_t low = (random_seed() & ~((uint64_t)3 << 62)) | (uint64_t)1 << 63;

    snprintf(out, UUID_SIZE,
             "%08" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%012" PRIx64,
             high >> 32, high >> 16 & 0xffff, high & 0xffff, low >> 48,
             low & 0xffffffffffff);
}
