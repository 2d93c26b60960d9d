/* dns/zone_numbers.h - are the numbers of a master file's record as small as they must
 * be?
 *
 * ldns takes the lowest bits of a number that does not fit (a port 70000 becomes 4464);
 * here the text is compared with the field it was meant for.
 * Threads  pure functions, any thread.
 */
#ifndef DNS_ZONE_NUMBERS_H
#define DNS_ZONE_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The RDATA of a record: for each field the largest number it holds, 0: it is none. */
struct zone_fields {
    uint16_t type;
    size_t count;
    uint32_t most[16]; /* the first ones; no type has so many with a number among them */
};

struct zone_number {
    char text[24]; /* as written, cut */
    uint32_t most; /* what is allowed */
};

/* The first number of `entry`, the text of one record with blanks between its words, that
 * does not fit. False: all fit. */
bool zone_numbers_too_large(const char *entry, const struct zone_fields *fields,
                            struct zone_number *out);

#endif
