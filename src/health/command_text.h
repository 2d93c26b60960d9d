/* health/command_text.h - what a command of a check wrote, as one line for people.
 * Threads  pure functions, any thread.
 */
#ifndef HEALTH_COMMAND_TEXT_H
#define HEALTH_COMMAND_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* "how it ended: its output", or one of them where the other is empty. Line breaks and
 * other control characters become one blank, those at the ends are left out; "..." says
 * that there was more (`cut`, or no room). `out` always ends with a zero. */
void command_text(const char *ending, const char *output, size_t length, bool cut,
                  char *out, size_t size);

#endif
