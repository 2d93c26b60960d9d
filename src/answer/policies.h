/* answer/policies.h - in which order the members of an RRset are handed out.
 *
 * To add one: write answer/policy_<name>.c and add its row in policies.c. The row's
 * number is enum config_order, so the configuration names it.
 * Threads  compile(): control. choose(), permute(): any reader.
 */
#ifndef ANSWER_POLICIES_H
#define ANSWER_POLICIES_H

#include <stddef.h>
#include <stdint.h>

#include "answer/records.h"
#include "answer/set.h"

struct chooser;
struct chooser_span;

/* One of choose() and permute() is there. */
struct policy {
    const char *name; /* as written in the configuration */
    /* Put members in the order in which an RRset keeps them. */
    void (*compile)(struct member *members, size_t count);
    /* Which of `count` stands first; the others follow in a circle. `turn` is one more
     * after each complete answer for the same owner name and type. */
    uint32_t (*choose)(uint32_t turn, uint32_t count);
    /* The first `want` (at most all) of an order of the RRs of `span`, by chance. */
    void (*permute)(struct chooser *chooser, const struct answer_rrset *rrset,
                    struct chooser_span span, uint32_t *out, uint32_t want);
};

extern const struct policy policy_rotate;
extern const struct policy policy_fixed;
extern const struct policy policy_shuffle;
extern const struct policy policy_weighted;

enum { POLICY_COUNT = 4 };
extern const struct policy *const policies[POLICY_COUNT];

#endif
