/* answer/seen.h - where equal bytes have been met before.
 *
 * A table that is used again for every block; all zero is empty, after seen_clear().
 * Threads  control.
 */
#ifndef ANSWER_SEEN_H
#define ANSWER_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seen_slot;

struct seen {
    struct seen_slot *slots; /* owned */
    size_t capacity;
    size_t count;
    uint32_t stamp; /* slots with another stamp are empty */
};

/* Forget all; before the first search too. */
void seen_clear(struct seen *seen);
/* Have the `length` octets at `base + *at` been met? Then *at becomes where; else they
 * are remembered. False: no memory. */
bool seen_find(struct seen *seen, const uint8_t *base, uint32_t *at, uint32_t length);
void seen_deinit(struct seen *seen);

#endif
