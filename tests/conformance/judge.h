/* conformance/judge.h - is this reply what the case demands? Read by ldns, not by our
 * own parser.
 * Threads: one.
 */
#ifndef CONFORMANCE_JUDGE_H
#define CONFORMANCE_JUDGE_H

#include "conformance/case.h"

struct trial {
    const struct case_file *file;
    const struct case_block *block;
    const struct case_ask *ask;
    const char *name; /* absolute, as asked */
    const uint8_t *query;
    size_t query_length;
    bool tcp;
};

/* True: it is. Otherwise `why` has the first thing that differs. `length` 0: silence. */
bool judge(const struct trial *trial, const uint8_t *reply, size_t length,
           struct reason *why);

#endif
