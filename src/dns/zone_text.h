/* dns/zone_text.h - the entries of a master file as single lines (RFC 1035 §5.1).
 *
 * An entry may stretch over several lines by parentheses and hold comments; what comes
 * out has neither, and the number of the line on which it began.
 * Threads  none of its own; one reader at a time.
 */
#ifndef DNS_ZONE_TEXT_H
#define DNS_ZONE_TEXT_H

#include <stddef.h>

#include "base/buffer.h"

struct zone_text {
    const char *at;    /* borrowed: not yet read */
    const char *end;   /* borrowed */
    unsigned line;     /* of `at`, from 1 */
    unsigned began;    /* line of the entry last given */
    const char *fault; /* NULL, or what is wrong in the entry last read: a constant */
};

void zone_text_init(struct zone_text *text, const char *from, size_t length);

/* The next entry into `entry` (cleared first), leading blank kept, since it means "the
 * owner as before". 1, 0 at the end, -1: `fault` says why, or `entry` failed. */
int zone_text_next(struct zone_text *text, struct buffer *entry);

#endif
