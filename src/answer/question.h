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
    size_t end;      /* behind it: where the apex ends too */
    size_t alias_at; /* where the target of its alias stands; 0: no alias */
};

static inline uint16_t question_owner(const struct question *question)
{
    return (uint16_t)(0xc000 | question->at);
}

/* For layouts and names of instances: the answer is about `is`. Before it is put. */
static inline void question_tell(const struct question *question,
                                 const struct rollcall_instance *is)
{
    struct witness *witness = question->reply->witness;

    if (witness != NULL)
        witness->on_instance(witness, is, question->reply->answers);
}

/* The SOA of `zone`, in which the name lies, into the authority section. */
static inline void question_negative(const struct question *question,
                                     const struct answer_zone *zone)
{
    reply_soa(question->reply, zone, question->end - zone->apex.length, false);
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

/* At or below a delegation of the zone: its name servers into the authority section.
 * False: the name is in the zone. */
bool question_referral(const struct question *question, const struct answer_zone *zone);

/* For layouts: records of one kind (or, asked for ANY, each of them by a call of its own)
 * into the answer, with the addresses of their target if `with_extra`. */
struct record_kind;
struct member;
void question_put(const struct question *question, const struct record_kind *kind,
                  const struct member *member, uint32_t ttl, bool with_extra);

/* The same about another name: it is looked up in place of the question's, with whose
 * owner everything is answered. False: it is no instance and no port of one. */
bool question_as_instance(struct question *question, const uint8_t *wire, size_t length);

/* Of two that have one address, the one with the lesser TTL, whichever came first.
 * `before` may be NULL. */
const struct rollcall_instance *question_holder(const struct answer_zone *zone,
                                                const struct rollcall_instance *before,
                                                const struct rollcall_instance *is);
/* A and AAAA of one address, as `is` (borrowed, may be NULL) says; else NODATA. */
void question_address(const struct question *question, const struct answer_zone *zone,
                      const struct rollcall_address *address,
                      const struct rollcall_instance *is);

/* LABEL._PORT._PROTO.Z (RFC 6763 §4.1): SRV and TXT of an instance. */
bool question_browsed(const struct question *question, const struct answer_zone *zone);
/* What goes along with PTR records of DNS-SD that were put from `start` on. */
void question_browse_extra(const struct question *question,
                           const struct answer_zone *zone, size_t start);

#endif
