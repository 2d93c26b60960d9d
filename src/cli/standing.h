/* cli/standing.h - in words, what keeps an instance in DNS or out of it.
 * Threads  one.
 */
#ifndef CLI_STANDING_H
#define CLI_STANDING_H

#include <stdio.h>

#include "rollcall/client.h"

/* "web-1: draining since 12s, safe to stop in 3s", a line for each thing that holds. */
void standing_print(FILE *out, const char *id, const struct rollcall_standing *standing,
                    int64_t wall);

#endif
