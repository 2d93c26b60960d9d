#include "answer/chooser.h"

#include "answer/policies.h"

void chooser_init(struct chooser *chooser, uint64_t seed)
{
    random_init(&chooser->random, seed);
}

static struct chooser_span span_of(struct chooser *chooser, uint32_t first,
                                   uint32_t count)
{
    struct chooser_span span = { first, count, 0, count };

    if (count > CHOOSER_MAX) {
        span.count = CHOOSER_MAX;
        span.skip = (uint32_t)random_below(&chooser->random, count);
    }
    return span;
}

uint32_t chooser_permute(struct chooser *chooser, const struct answer_rrset *rrset,
                         uint32_t want)
{
    const uint32_t *ends = answer_rrset_groups(rrset);
    uint32_t done = 0, first = 0;

    if (want > CHOOSER_MAX)
        want = CHOOSER_MAX;
    for (uint32_t group = 0; group < rrset->group_count && done < want; group++) {
        uint32_t end = rrset->group_count > 1 ? ends[group] : rrset->count;
        struct chooser_span span = span_of(chooser, first, end - first);
        uint32_t take = want - done < span.count ? want - done : span.count;
        policies[rrset->policy]->permute(chooser, rrset, span, chooser->order + done,
                                         take);
        done += take;
        first = end;
    }
    return done;
}
