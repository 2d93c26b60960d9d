/* base/base64.h - base64 to bytes, and back (RFC 4648 §4).
 * Threads: pure functions, any thread.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decode all of `text`, padding wanted. False: not base64, or longer than `size`. */
bool base64_decode(const char *text, uint8_t *out, size_t size, size_t *length);

/* Octets of text, with padding and without a NUL, that `length` bytes become. */
size_t base64_length(size_t length);
/* `out` of base64_length(); no NUL is written. */
void base64_encode(const uint8_t *bytes, size_t length, char *out);

#endif
