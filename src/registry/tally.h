/* registry/tally.h - how often each of many 64-bit keys was counted.
 *
 * The keys are hashes of names; the names themselves are not kept, so a hundred thousand
 * of them cost some two megabytes. Two names with one hash are taken for one; the caller
 * must be able to live with that.
 * Threads  one owner.
 */
#ifndef REGISTRY_TALLY_H
#define REGISTRY_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "rollcall/status.h"

struct tally {
    uint64_t *keys;   /* owned; 0 is an empty slot */
    uint32_t *counts; /* owned */
    size_t capacity;  /* power of two; 0 before the first add */
    size_t used;
};

void tally_init(struct tally *tally);
void tally_deinit(struct tally *tally);
/* E_NOMEM changes nothing. */
enum rollcall_status tally_add(struct tally *tally, uint64_t key);
/* One less; a key that was never added is ignored. */
void tally_drop(struct tally *tally, uint64_t key);
uint32_t tally_count(const struct tally *tally, uint64_t key);

#endif
