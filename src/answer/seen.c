#include "answer/seen.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { KEEP_MAX = 1u << 20 }; /* octets that stay between two blocks */

struct seen_slot {
    uint32_t stamp;
    uint32_t hash;
    uint32_t at;
    uint32_t length;
};

void seen_clear(struct seen *seen)
{
    if (seen->capacity * sizeof *seen->slots > KEEP_MAX) {
        free(seen->slots);
        seen->slots = NULL;
        seen->capacity = 0;
    }
    seen->count = 0;
    if (++seen->stamp == 0) { /* once in four billion blocks */
        seen->stamp = 1;
        for (size_t i = 0; i < seen->capacity; i++)
            seen->slots[i].stamp = 0;
    }
}

static struct seen_slot *free_slot(const struct seen *seen, uint32_t hash)
{
    size_t at = hash & (seen->capacity - 1);

    while (seen->slots[at].stamp == seen->stamp)
        at = (at + 1) & (seen->capacity - 1);
    return &seen->slots[at];
}

static bool grow(struct seen *seen)
{
    struct seen old = *seen;

    if (seen->count * 2 < seen->capacity)
        return true;
    seen->capacity = old.capacity == 0 ? 32 : old.capacity * 2;
    seen->slots = calloc(seen->capacity, sizeof *seen->slots);
    if (seen->slots == NULL) {
        *seen = old;
        return false;
    }
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].stamp == seen->stamp)
            *free_slot(seen, old.slots[i].hash) = old.slots[i];
    free(old.slots);
    return true;
}

bool seen_find(struct seen *seen, const uint8_t *base, uint32_t *at, uint32_t length)
{
    uint32_t hash = (uint32_t)hash_bytes(base + *at, length, 0);

    if (!grow(seen))
        return false;
    size_t probe = hash & (seen->capacity - 1);
    for (; seen->slots[probe].stamp == seen->stamp;
         probe = (probe + 1) & (seen->capacity - 1)) {
        const struct seen_slot *slot = &seen->slots[probe];
        if (slot->hash == hash && slot->length == length &&
            memcmp(base + slot->at, base + *at, length) == 0) {
            *at = slot->at;
            return true;
        }
    }
    seen->slots[probe] = (struct seen_slot){ seen->stamp, hash, *at, length };
    seen->count++;
    return true;
}

void seen_deinit(struct seen *seen)
{
    free(seen->slots);
}
