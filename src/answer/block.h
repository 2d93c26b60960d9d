/* answer/block.h - build RRsets and sets into one block (answer/set.h).
 *
 * A builder is scratch memory that is used again for every block. RRs that are equal in
 * all octets collapse inside an RRset, equal RRsets and equal sets are stored once.
 * After a failed allocation everything does nothing, block_finish() says NULL.
 * Threads  control.
 */
#ifndef ANSWER_BLOCK_H
#define ANSWER_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/records.h"
#include "answer/retire.h"
#include "answer/seen.h"
#include "answer/set.h"

struct answer_block {
    struct rcu_head retired;
    uint32_t size; /* octets of content */
    uint32_t zero;
    uint8_t content[];
};

/* Bytes that grow. */
struct growing {
    uint8_t *data; /* owned */
    size_t length;
    size_t capacity;
};

/* Make the capacity at least `size`; false: no memory. */
bool growing_hold(struct growing *growing, size_t size);

struct block_builder {
    struct growing content; /* finished RRsets and sets */
    struct growing wire;    /* RRs of the RRset under way */
    struct growing extra;   /* and its additional RRs */
    struct growing places;  /* struct answer_place, one per RR */
    struct growing weights; /* uint64_t, one per RR */
    struct seen rrs, rrsets, sets;
    struct answer_rrset rrset; /* under way */
    size_t longest;            /* RRset so far, octets */
    bool failed;
};

void block_builder_init(struct block_builder *builder);
void block_builder_deinit(struct block_builder *builder);

void block_begin(struct block_builder *builder);

/* One RRset: begin, for each member write and take, then finish. RRs of SRV must come
 * sorted by priority. `limit`: RRs in one answer at most, 0: all. */
void block_rrset_begin(struct block_builder *builder, uint16_t type, uint8_t name_at,
                       uint8_t policy, uint32_t limit);
/* Room for so many octets of RRs; call block_rr_take() with it afterwards. */
struct record_writer block_rr_writer(struct block_builder *builder, size_t room);
/* Returns how many of the RRs that were written are new. Each has the weight of all that
 * it stands for. */
uint32_t block_rr_take(struct block_builder *builder, const struct record_writer *out,
                       uint32_t weight);
/* Address RRs that go with the RR taken last: A, then AAAA. */
struct record_writer block_extra_writer(struct block_builder *builder);
void block_extra_take(struct block_builder *builder, const struct record_writer *out,
                      uint32_t a);
/* Offset of the RRset in the block; 0: it has no RR. */
uint32_t block_rrset_finish(struct block_builder *builder);

/* Why a set has no data: offset in the block. */
uint32_t block_note(struct block_builder *builder, uint16_t code, const char *text);

/* The set that lists these RRsets, and a note or 0; offset in the block. */
uint32_t block_set(struct block_builder *builder, const struct answer_set_entry *entries,
                   size_t count, enum answer_set_kind kind, uint32_t note);

/* The finished block; NULL: no memory. */
struct answer_block *block_finish(struct block_builder *builder);

/* Do both say the same? */
bool block_equal(const struct answer_block *a, const struct answer_block *b);
void block_retire(struct answer_block *block); /* NULL is allowed; control, online */

#endif
