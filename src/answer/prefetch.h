/* answer/prefetch.h - bring the memory of several answers near before the first is
 * needed.
 *
 * An answer is four steps of memory, each found in the one before: slot, name, set,
 * RRset. One query alone waits for each of them; the queries of a batch wait together,
 * when the first step is taken for all of them before the second is taken for any. A hint
 * changes no answer: what it expected may be gone or moved when answer_resolve() looks.
 *
 * Threads  any reader, online, from the first step until the answer.
 */
#ifndef ANSWER_PREFETCH_H
#define ANSWER_PREFETCH_H

#include <stdint.h>

#include "dns/query.h"

struct answer_index;

struct answer_hint {
    uint64_t hash;
    const void *at; /* what the last step brought; NULL: nothing to expect */
    uint16_t type;
};

/* Call the steps in this order. `query` was parsed and is well-formed. */
void answer_hint_slot(struct answer_hint *hint, const struct answer_index *index,
                      const struct dns_query *query);
void answer_hint_name(struct answer_hint *hint, const struct answer_index *index);
void answer_hint_set(struct answer_hint *hint);
void answer_hint_rrset(struct answer_hint *hint);

#endif
