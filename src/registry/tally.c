/* Open addressing with linear probing; removal moves the followers back, so there are no
 * tombstones and a table that is used for years stays as fast as on its first day. Seven
 * eighths full is the limit: eight keys are one line of cache, so a long walk is cheap.
 */
#include "registry/tally.h"

#include <stdlib.h>

enum { TALLY_SMALLEST = 64 };

void tally_init(struct tally *tally)
{
    *tally = (struct tally){ .keys = NULL };
}

void tally_deinit(struct tally *tally)
{
    free(tally->keys);
    free(tally->counts);
    tally_init(tally);
}

/* The hash is the key: its low bits choose the slot. */
static size_t slot_of(const struct tally *tally, uint64_t key)
{
    size_t at = (size_t)key & (tally->capacity - 1);
    while (tally->keys[at] != 0 && tally->keys[at] != key)
        at = (at + 1) & (tally->capacity - 1);
    return at;
}

static uint64_t never_zero(uint64_t key)
{
    return key == 0 ? 1 : key;
}

static enum rollcall_status tally_grow(struct tally *tally)
{
    struct tally wide = { .capacity = tally->capacity == 0 ? TALLY_SMALLEST
                                                           : tally->capacity * 2 };
    wide.keys = calloc(wide.capacity, sizeof *wide.keys);
    wide.counts = calloc(wide.capacity, sizeof *wide.counts);
    if (wide.keys == NULL || wide.counts == NULL) {
        tally_deinit(&wide);
        return ROLLCALL_E_NOMEM;
    }
    for (size_t i = 0; i < tally->capacity; i++) {
        if (tally->keys[i] == 0)
            continue;
        size_t at = slot_of(&wide, tally->keys[i]);
        wide.keys[at] = tally->keys[i];
        wide.counts[at] = tally->counts[i];
    }
    wide.used = tally->used;
    tally_deinit(tally);
    *tally = wide;
    return ROLLCALL_OK;
}

enum rollcall_status tally_add(struct tally *tally, uint64_t key)
{
    key = never_zero(key);
    if (tally->used * 8 >= tally->capacity * 7 && tally_grow(tally) != ROLLCALL_OK)
        return ROLLCALL_E_NOMEM;
    size_t at = slot_of(tally, key);
    if (tally->keys[at] == 0) {
        tally->keys[at] = key;
        tally->counts[at] = 0;
        tally->used++;
    }
    tally->counts[at]++;
    return ROLLCALL_OK;
}

/* Close the gap at `hole`: whoever could not sit where it belongs moves nearer. */
static void close_gap(struct tally *tally, size_t hole)
{
    size_t mask = tally->capacity - 1;

    for (size_t at = (hole + 1) & mask; tally->keys[at] != 0; at = (at + 1) & mask) {
        size_t home = (size_t)tally->keys[at] & mask;
        if (((at - home) & mask) < ((at - hole) & mask))
            continue; /* it would land before its home */
        tally->keys[hole] = tally->keys[at];
        tally->counts[hole] = tally->counts[at];
        hole = at;
    }
    tally->keys[hole] = 0;
}

void tally_drop(struct tally *tally, uint64_t key)
{
    if (tally->capacity == 0)
        return;
    size_t at = slot_of(tally, never_zero(key));
    if (tally->keys[at] == 0 || --tally->counts[at] > 0)
        return;
    tally->used--;
    close_gap(tally, at);
}

uint32_t tally_count(const struct tally *tally, uint64_t key)
{
    if (tally->capacity == 0)
        return 0;
    size_t at = slot_of(tally, never_zero(key));
    return tally->keys[at] == 0 ? 0 : tally->counts[at];
}
