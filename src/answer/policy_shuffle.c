/* Every order is as likely as any other (Fisher and Yates). */
#include "answer/chooser.h"
#include "answer/policies.h"

static void shuffle_permute(struct chooser *chooser, const struct answer_rrset *rrset,
                            struct chooser_span span, uint32_t *out, uint32_t want)
{
    struct runner *cards = chooser->runners;

    (void)rrset;
    for (uint32_t i = 0; i < span.count; i++)
        cards[i].index = chooser_index(&span, i);
    for (uint32_t i = 0; i < want; i++) {
        uint32_t other = i + (uint32_t)random_below(&chooser->random, span.count - i);
        out[i] = cards[other].index;
        cards[other].index = cards[i].index;
    }
}

const struct policy policy_shuffle = {
    .name = "shuffle",
    .compile = members_sort_by_id,
    .permute = shuffle_permute,
};
