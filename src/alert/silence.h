/* alert/silence.h - maintenance: nobody is told of what a silence covers, for a time.
 *
 * A silence covers what fits all that it names: a service and a namespace (patterns as
 * in rules), an instance, a tag. It ends by itself.
 * Times    wall milliseconds.
 * Threads  control; a plain engine.
 */
#ifndef ALERT_SILENCE_H
#define ALERT_SILENCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "alert/fact.h"
#include "base/list.h"

enum {
    SILENCES_MAX = 1000,
    SILENCES_EACH = 64, /* of one user without privilege: nobody fills the list alone */
    SILENCE_REASON_MAX = 255
};

struct silence {
    struct list among;
    uint64_t number;
    int64_t created;
    int64_t until;
    uid_t by;
    uint64_t silenced;   /* alerts that were not told because of it, since the start */
    const char *service; /* "" any; as the next three */
    const char *namespace_name;
    const char *id;
    const char *tag;
    const char *reason; /* "" none */
    char text[];        /* owned: what they point into */
};

struct silences {
    struct list all; /* oldest first */
    uint32_t count;
    uint64_t last; /* the highest number so far */
};

void silences_init(struct silences *silences);
void silences_deinit(struct silences *silences);
/* A copy of `from`, with the next number where that is 0. NULL: no memory or no room. */
struct silence *silences_add(struct silences *silences, const struct silence *from);
/* How many of them `by` made. */
uint32_t silences_made(const struct silences *silences, uid_t by);
struct silence *silences_find(const struct silences *silences, uint64_t number);
void silences_drop(struct silences *silences, struct silence *silence);

/* The one that covers it now; NULL: none. */
struct silence *silences_cover(const struct silences *silences, const struct fact *fact,
                               int64_t wall);
/* One that is over at `wall`; NULL: none is. */
struct silence *silences_over(const struct silences *silences, int64_t wall);
/* When the next one is over; INT64_MAX: never. */
int64_t silences_next_end(const struct silences *silences);

/* As bytes for the store, and back into the list. */
void silence_pack(const struct silence *silence, struct buffer *out);
bool silences_unpack(struct silences *silences, uint64_t number, struct byte_reader *in);

#endif
