/* answer/reply.h - put RRs into a reply, whole ones only, as far as there is room.
 *
 * Sizes follow docs/dns.md §2.4: an answer that does not fit is cut to whole RRs and
 * marked truncated (over TCP it is a limited answer instead and not marked); additional
 * RRs that do not fit are left out by whole RRsets, from the end, without a mark.
 * Threads  any reader; a reply belongs to one thread.
 */
#ifndef ANSWER_REPLY_H
#define ANSWER_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/set.h"

struct answer_zone;
struct chooser;
struct rollcall_instance;

/* Hears whom an answer is about, while it is made (answer/explain.h). An answer with a
 * witness leaves the turns of rotation as they are: the next query gets the same. */
struct witness {
    /* `is` is about to be answered for itself; so far there are `answers` RRs. */
    void (*on_instance)(struct witness *witness, const struct rollcall_instance *is,
                        unsigned answers);
    /* An alias led to this name (lower case). */
    void (*on_name)(struct witness *witness, const uint8_t *name, size_t length);
};

enum {
    REPLY_TCP_MAX = 60000,        /* octets of an answer over TCP, docs/dns.md §2.4 */
    REPLY_OWNER_QUESTION = 0xc00c /* pointer to the name after the header */
};

struct reply {
    uint8_t *message;
    struct chooser *chooser;        /* borrowed; NULL: every order is by turns */
    struct witness *witness;        /* borrowed; NULL: nobody listens */
    const struct answer_note *note; /* why there is no data, or so much; NULL: nothing */
    size_t at;                      /* offset of the next octet to write */
    size_t limit; /* nothing is written past it; the OPT has its room elsewhere */
    uint16_t answers;
    uint16_t authority;
    uint16_t additional;
    bool tcp;
    bool truncated;
    bool referral; /* the authority section says where to ask on */
};

/* Put an RRset into the answer section and its addresses into the additional one, the
 * first RR chosen by `turn`. `owner` is a pointer (REPLY_OWNER_QUESTION; something else
 * at the end of an alias). False: something is missing from the answer. */
bool reply_rrset(struct reply *reply, const struct answer_rrset *rrset, uint32_t turn,
                 uint16_t owner, bool with_extra);

/* The SOA into the answer section (`positive`) or the authority section; `apex_at`: where
 * in the message the apex can be pointed to. */
void reply_soa(struct reply *reply, const struct answer_zone *zone, size_t apex_at,
               bool positive);

/* Append the address RRs of one name, A then AAAA, each RRset whole or not at all; their
 * owner becomes the name at offset `name_at` of the message. False: one was left out. */
bool reply_extra(struct reply *reply, const uint8_t *rrs, uint16_t a, uint16_t aaaa,
                 size_t name_at);

#endif
