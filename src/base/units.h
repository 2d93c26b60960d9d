/* base/units.h - durations and sizes as people write them: "250ms", "1h30m", "64k".
 * Threads: pure functions, any thread.
 */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Units ms, s, m, h, d, each at most once, largest first ("1h30m", "1.5s" is allowed
 * for one unit). Result in milliseconds. A bare number is refused (no unit). */
bool units_parse_duration(const char *text, uint64_t *milliseconds);

/* The shortest exact spelling: 90000 -> "1m30s". `out` of at least 32 bytes. */
void units_print_duration(uint64_t milliseconds, char *out, size_t size);

/* "65536", "64k", "1m", "2g" (powers of 1024, either case, optional "b" or "ib"). */
bool units_parse_size(const char *text, uint64_t *bytes);
void units_print_size(uint64_t bytes, char *out, size_t size);

/* "2.5", "3": thousandths, at most three digits behind the point. */
bool units_parse_thousandths(const char *text, uint64_t max, uint64_t *thousandths);
void units_print_thousandths(uint64_t thousandths, char *out, size_t size);

/* A decimal number without sign, blank or leading plus; false when out of range. */
bool units_parse_u64(const char *text, uint64_t max, uint64_t *number);

#endif
