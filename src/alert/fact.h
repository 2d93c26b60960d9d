/* alert/fact.h - one thing to tell, as an immutable value that several may hold.
 *
 * Texts    never NULL; "" where there is nothing. Tags end with a newline each.
 * Times    wall milliseconds.
 * Threads  control.
 */
#ifndef ALERT_FACT_H
#define ALERT_FACT_H

#include <stdbool.h>
#include <stdint.h>

#include "alert/state.h"
#include "base/buffer.h"
#include "base/bytes.h"

#define FACT_TEXT_LIST(X)                                                                \
    X(rule)                                                                              \
    X(namespace_name)                                                                    \
    X(service)                                                                           \
    X(id)                                                                                \
    X(address)                                                                           \
    X(tags)                                                                              \
    X(cause)                                                                             \
    X(output)

struct fact {
    enum alert_state state;
    bool resolved; /* it has ended, at `ends` */
    int64_t starts;
    int64_t ends;
#define X(name) const char *name;
    FACT_TEXT_LIST(X)
#undef X
    const char *key; /* the same for all that tells of the same thing */
    unsigned refs;
    char text[]; /* what the others point into */
};

enum { FACT_OUTPUT_MAX = 512 };

/* A copy of the values in `from` (texts may be NULL, `key` is made), with one reference.
 * NULL: no memory. */
struct fact *fact_create(const struct fact *from);
/* That it has ended. NULL: no memory. */
struct fact *fact_end(const struct fact *fact, const char *cause, int64_t wall);
struct fact *fact_ref(struct fact *fact);
void fact_unref(struct fact *fact); /* NULL is allowed */

/* As bytes, for the store; and back: NULL where they are damaged or memory is short. */
void fact_pack(const struct fact *fact, struct buffer *out);
struct fact *fact_unpack(struct byte_reader *in);

#endif
