/* cli/moment.h - times as people write and read them.
 * Threads  one (the time zone is the process's).
 */
#ifndef CLI_MOMENT_H
#define CLI_MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What --since and --at mean, for messages. */
#define MOMENT_FORMS                                                                     \
    "a duration before now (90s, 1h30m), a time of today (12:03, 12:03:44), a day "      \
    "(2026-03-01), both (2026-03-01T12:03:44), the same in UTC with a Z behind it, or "  \
    "seconds since 1970 (@1772366624.25)"

/* Wall ms. False: it is none of these. */
bool moment_parse(const char *text, int64_t now, int64_t *out);

enum { MOMENT_TEXT = 40 };
/* "12:03:44" where it is of the day of `now`, else "2026-03-01 12:03:44"; local time. */
void moment_print(int64_t wall, int64_t now, char out[MOMENT_TEXT]);

#endif
