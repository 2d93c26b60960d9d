/* consul/pattern.h - regular expressions of `matches`, in time linear in the text.
 *
 * The syntax is RE2's (that of Go): literals, . [a-z] [^a-z] [[:alpha:]] \d \w \s \D \W
 * \S \b \B \A \z ^ $ (group) (?:group) (?P<name>group) a|b * + ? {n,m} and their lazy
 * forms, (?i) (?s) (?m), \Q...\E, \x7f \x{10ffff}. Not known: classes of Unicode (\pL),
 * back references and looking around (as in RE2). (?i) folds the letters of ASCII.
 *
 * All states are followed at once (Thompson), so that no pattern can make a text slow:
 * at most program times text steps, and no memory besides the pattern's own.
 * Threads  none of its own; matching writes to the pattern: one user at a time.
 */
#ifndef CONSUL_PATTERN_H
#define CONSUL_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reason.h"
#include "rollcall/status.h"

enum {
    PATTERN_LENGTH_MAX = 1024, /* octets of its text */
    PATTERN_PROGRAM_MAX = 2000,
    PATTERN_DEPTH_MAX = 64,   /* groups inside one another */
    PATTERN_REPEAT_MAX = 1000 /* n and m of {n,m} */
};

struct pattern;

/* E_INVALID: `why` says what is wrong with it, in Go's words where Go has them. E_NOMEM.
 */
enum rollcall_status pattern_compile(const char *text, size_t length,
                                     struct pattern **out, struct reason *why);
void pattern_destroy(struct pattern *pattern); /* NULL is allowed */

/* Is it anywhere in the text? Octets that are no UTF-8 count as U+FFFD each. Takes what
 * it needs from *steps; false with *steps 0 means that they did not suffice. */
bool pattern_matches(struct pattern *pattern, const char *text, size_t length,
                     uint32_t *steps);

#endif
