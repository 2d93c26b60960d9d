/* answer/targets.h - whom SRV and PTR records of an owner name point at.
 *
 * Usually an instance is pointed at by its own name. Layouts differ (an address, one
 * record for each port, a virtual address), so members become views of them: the same
 * instance with another name, one address, another weight.
 * Source   docs/dns.md §1.5 to §1.9.
 * Threads  control.
 */
#ifndef ANSWER_TARGETS_H
#define ANSWER_TARGETS_H

#include "answer/compilation.h"
#include "answer/records.h"

/* The members in the place of `members` for records of this kind: the same ones, or views
 * that are valid until the next call. *count changes along. */
struct member *targets_of(struct compilation *now, const struct owner *owner,
                          const struct record_kind *kind, struct member *members,
                          size_t *count);

/* Does the service have virtual addresses here? Then they stand for all its members,
 * whatever their health; `out` is the one that does. */
bool targets_virtual(struct compilation *now, const struct owner *owner,
                     struct member *out);

#endif
