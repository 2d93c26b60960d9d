/* http/pretty.h - compact JSON with line breaks and four spaces for each level.
 * Threads  pure functions, any thread.
 */
#ifndef HTTP_PRETTY_H
#define HTTP_PRETTY_H

#include <stddef.h>

#include "base/buffer.h"

/* Append `json` (which is valid) to `out`, indented, with one newline at its end. Empty
 * arrays and objects stay on their line. */
void pretty_print(const char *json, size_t length, struct buffer *out);

#endif
