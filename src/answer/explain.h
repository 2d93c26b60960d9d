/* answer/explain.h - the answer to a question, and for every instance in or out and why.
 *
 * Nothing is decided here: the reply is made by answer_resolve(), who stands at a name
 * and is handed out is told by the compiler's own code (answer/compile.h), whom a derived
 * name is about by a witness of the reply (answer/reply.h). What is left is to say it.
 * The turns of rotation stay: the next query by turns gets the answer that is explained.
 * Source   docs/protocol.md `explain`.
 * Threads  control.
 */
#ifndef ANSWER_EXPLAIN_H
#define ANSWER_EXPLAIN_H

#include "answer/answer.h"
#include "model/explanation.h"

/* An explanation_maker whose owner is a struct answer. E_INVALID with a reason where name
 * or type is none. What is marked is published first. */
enum rollcall_status answer_explain(void *answer,
                                    const struct explanation_question *question,
                                    struct explanation **out, struct reason *why);

#endif
