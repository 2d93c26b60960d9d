/* answer/derived.h - names that only restate an instance: they are worked out when asked
 * for (layout->derive), and here it is kept which of them there are.
 *
 * For whoever lists all names of a zone: derived_visit() tells the names of one instance;
 * addresses_visit() (answer/addresses.h) those of reverse zones; DNS-SD names LABEL.TYPE
 * are the targets of the PTR records of TYPE.
 * Threads  control, online.
 */
#ifndef ANSWER_DERIVED_H
#define ANSWER_DERIVED_H

#include "answer/names.h"

/* An instance is there, or no more. False: no memory, then its addresses have no names.
 */
bool derived_add(struct answer_index *index, struct instance *instance,
                 const char *label);
void derived_remove(struct answer_index *index, const struct instance *instance);

/* The names of addresses, pods and endpoints that `is` gives to `zone`. */
void derived_visit(const struct answer_zone *zone, const struct rollcall_instance *is,
                   void (*visit)(void *owner, const struct dns_name *name), void *owner);

#endif
