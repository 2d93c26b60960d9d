#include "base/random.h"

#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"

uint64_t random_seed(void)
{
    uint64_t seed;

    if (getrandom(&seed, sizeof seed, 0) == (ssize_t)sizeof seed)
        return seed;
    return hash_mix((uint64_t)clock_monotonic_ns() ^ 0x9e3779b97f4a7c15u,
                    (uint64_t)clock_wall_ms() + ((uint64_t)getpid() << 32) + 1);
}

/* splitmix64 spreads one word over the state; never all zero. */
void random_init(struct random_state *state, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        seed += 0x9e3779b97f4a7c15u;
        uint64_t word = seed;
        word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
        word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
        state->s[i] = word ^ (word >> 31);
    }
}

static uint64_t rotate(uint64_t word, int by)
{
    return word << by | word >> (64 - by);
}

uint64_t random_u64(struct random_state *state)
{
    uint64_t *s = state->s;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t keep = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= keep;
    s[3] = rotate(s[3], 45);
    return result;
}

/* Multiply and take the upper word; what would be uneven is drawn again. */
uint64_t random_below(struct random_state *state, uint64_t bound)
{
    __extension__ typedef unsigned __int128 wide;

    if (bound == 0)
        return 0;
    uint64_t uneven = (0 - bound) % bound;
    for (;;) {
        wide product = (wide)random_u64(state) * bound;
        if ((uint64_t)product >= uneven)
            return (uint64_t)(product >> 64);
    }
}
