/* serve/explain.h - an explanation with what stands before the answers: who may ask.
 * Threads  that of the answers.
 */
#ifndef SERVE_EXPLAIN_H
#define SERVE_EXPLAIN_H

#include "answer/explain.h"
#include "config/config.h"

struct explain_owner {
    struct answer *answer;       /* borrowed */
    const struct config *config; /* borrowed */
};

/* An explanation_maker whose owner is a struct explain_owner. */
enum rollcall_status explain_question(void *owner,
                                      const struct explanation_question *question,
                                      struct explanation **out, struct reason *why);

#endif
