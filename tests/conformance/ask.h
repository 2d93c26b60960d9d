/* conformance/ask.h - an ask of a case as the octets of a query.
 * Threads: one.
 */
#ifndef CONFORMANCE_ASK_H
#define CONFORMANCE_ASK_H

#include "conformance/case.h"

/* The query for name number `name` and type number `type`. Returns its length, 0 when
 * the name is none or there is no room. */
size_t ask_write(const struct case_ask *ask, unsigned name, unsigned type, uint8_t *out,
                 size_t size);

#endif
