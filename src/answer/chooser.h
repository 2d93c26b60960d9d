/* answer/chooser.h - what a worker needs to put records into an order by chance.
 *
 * Its own random state and room to work in, made when the worker starts: choosing takes
 * no lock and no memory. Sets larger than CHOOSER_MAX take part with a random stretch of
 * that many, as no reply holds more.
 * Threads  each belongs to one worker.
 */
#ifndef ANSWER_CHOOSER_H
#define ANSWER_CHOOSER_H

#include <stddef.h>
#include <stdint.h>

#include "answer/set.h"
#include "base/random.h"

enum { CHOOSER_MAX = 5120 }; /* times 12 octets is more than any reply */

struct runner {
    uint64_t time;
    uint32_t index;
};

struct chooser {
    struct random_state random;
    uint32_t order[CHOOSER_MAX]; /* indexes of RRs, as the answer has them */
    struct runner runners[CHOOSER_MAX];
};

/* Those of an RRset that are put into order together: `count` from `first + skip` on, in
 * a circle of `whole`. */
struct chooser_span {
    uint32_t first;
    uint32_t count;
    uint32_t skip;
    uint32_t whole;
};

static inline uint32_t chooser_index(const struct chooser_span *span, uint32_t nth)
{
    uint32_t at = span->skip + nth;

    return span->first + (at >= span->whole ? at - span->whole : at);
}

void chooser_init(struct chooser *chooser, uint64_t seed);

/* Fill `order` with the first `want` RRs of an answer, lower priorities first. Returns
 * how many there are. */
uint32_t chooser_permute(struct chooser *chooser, const struct answer_rrset *rrset,
                         uint32_t want);

#endif
