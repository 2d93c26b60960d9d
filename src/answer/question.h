/* answer/question.h - what the parts of answer_resolve() hand to each other.
 * Threads: any reader, online.
 */
#ifndef ANSWER_QUESTION_H
#define ANSWER_QUESTION_H

#include "answer/index.h"
#include "answer/reply.h"
#include "answer/zone.h"

/* The name that is being answered: the question's own, or one that an alias led to. */
struct question {
    const struct answer_index *index;
    const struct answer_table *table;
    struct reply *reply;
    const uint8_t *name; /* lower case, zeros up to a multiple of 8 */
    uint8_t name_length;
    uint16_t type;
    size_t at;       /* where in the message the name stands, uncompressed */
    size_t alias_at; /* where the target of its alias stands; 0: no alias */
};

static inline uint16_t question_owner(const struct question *question)
{
    return (uint16_t)(0xc000 | question->at);
}

/* The SOA of `zone`, in which the name lies, into the authority section. */
static inline void question_negative(const struct question *question,
                                     const struct answer_zone *zone)
{
    reply_soa(question->reply, zone,
              question->at + question->name_length - zone->apex.length, false);
}

/* An alias was put whose RDATA begins at `target`: unless that was all that was asked
 * for, the answer goes on there. An alias of itself is taken back and counts as no data
 * in `zone`. */
void question_alias(struct question *question, size_t target,
                    const struct answer_zone *zone);

/* ID.NAME: what the instance itself says, whatever its health. */
unsigned question_instance(struct question *question, const struct answer_name *name,
                           const struct rollcall_instance *is);

/* A name that is not in the index: `_PORT._PROTO.ID.NAME` and `_PROTO.ID.NAME` exist
 * where the instance has such a port. False: it is neither. */
bool question_port(const struct question *question);

#endif
