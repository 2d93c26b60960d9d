/* answer/journal.h - what changed in a zone from one serial to the next (RFC 1995).
 *
 * A delta lists records that went and records that came, each with its owner in full:
 * one octet with the length of the owner, the owner, the record (answer/walk.h). The
 * journal keeps the newest ones, as many as its bounds allow, without a gap.
 * Threads  control.
 */
#ifndef ANSWER_JOURNAL_H
#define ANSWER_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/block.h"
#include "base/list.h"

struct delta {
    struct list node; /* in the journal; alone when it fell out */
    uint32_t refs;    /* the journal's, and transfers under way */
    uint32_t from, to;
    uint32_t gone_count, come_count;
    size_t gone; /* octets of what went; what came follows */
    size_t length;
    uint8_t bytes[];
};

struct journal {
    struct list deltas; /* oldest first */
    size_t count;
    size_t bytes;
    size_t max_count;
    size_t max_bytes;
};

void journal_init(struct journal *journal, size_t max_count, size_t max_bytes);
/* Forget everything: the next serial does not follow from the last. */
void journal_clear(struct journal *journal);

/* NULL: no memory. It has one reference. */
struct delta *delta_create(uint32_t from, uint32_t to, const struct growing *gone,
                           const struct growing *come);
struct delta *delta_ref(struct delta *delta);
void delta_unref(struct delta *delta);

/* Takes the reference. What is beyond the bounds is let go, oldest first. */
void journal_add(struct journal *journal, struct delta *delta);
/* The delta that begins at `serial`; all after it follow. NULL: not covered. */
struct delta *journal_from(const struct journal *journal, uint32_t serial);

/* Is `a` newer than `b` (RFC 1982 §3.2)? False too where the RFC leaves it open. */
bool serial_newer(uint32_t a, uint32_t b);

#endif
