/* consul/annex_plain.h - what is told of an instance without an annex.
 *
 * Made-up texts go to `out` of ANNEX_TEXT_SIZE.
 * Threads  pure functions, any thread.
 */
#ifndef CONSUL_ANNEX_PLAIN_H
#define CONSUL_ANNEX_PLAIN_H

#include "consul/annex.h"

/* Timeout where a check of Consul gives none. */
enum { ANNEX_TIMEOUT_MS = 10000 };

const char *plain_address(const struct rollcall_instance *is, char *out);
/* "service:ID", with a number where there are several. */
const char *plain_check_id(const struct rollcall_instance *is, unsigned index,
                           unsigned count, char *out);
const char *plain_check_name(const char *service, char *out);
/* "" where there is none; "0s" for a check that was registered alone. */
const char *plain_interval(const struct rollcall_check *check, bool alone, char *out);
const char *plain_timeout(const struct rollcall_check *check, bool alone, char *out);

#endif
