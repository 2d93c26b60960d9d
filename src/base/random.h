/* base/random.h - a small fast generator (xoshiro256**), one state per owner.
 * Not for secrets. Threads: one state belongs to one thread.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

struct random_state {
    uint64_t s[4];
};

/* 64 bits from the kernel (getrandom). Never fails: falls back to clock and pid. */
uint64_t random_seed(void);

void random_init(struct random_state *state, uint64_t seed);
uint64_t random_u64(struct random_state *state);
/* Uniform in [0, bound); 0 when bound is 0. */
uint64_t random_below(struct random_state *state, uint64_t bound);

#endif
