/* answer/walk.h - all records of one owner name, as a zone transfer says them.
 *
 * The data is the very data that queries are answered from: compiled sets are read as
 * they stand (in the order `fixed`, without limit), everything else is asked of
 * answer_resolve(). A name that exists and has neither records nor names below it gets
 * the marker record (docs/dns.md §1.3 rule 3). The SOA is not among the records. Threads
 * control.
 */
#ifndef ANSWER_WALK_H
#define ANSWER_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/block.h"
#include "answer/index.h"
#include "answer/zone.h"

/* Octets of a record behind its owner: type, class, TTL, length. The RDATA follows; names
 * in it are not compressed. */
enum { RECORD_HEADER = 10 };

struct walk {
    const struct answer_index *index; /* borrowed */
    uint8_t *message;                 /* owned: scratch */
    struct growing records;           /* of one name, sorted, each once */
    struct growing sorted;            /* scratch */
    struct growing places;            /* scratch */
};

enum rollcall_status walk_init(struct walk *walk, const struct answer_index *index);
void walk_deinit(struct walk *walk);

/* Fill walk->records with those of `name` (lower case) in `zone`. False: no memory. */
bool walk_name(struct walk *walk, const struct answer_zone *zone, const uint8_t *name,
               size_t length);

/* The record at `at`, from its type to its end: how long it is. */
size_t walk_record_length(const uint8_t *at);

/* Records are in this order wherever they are listed. */
int walk_record_compare(const uint8_t *a, const uint8_t *b);

#endif
