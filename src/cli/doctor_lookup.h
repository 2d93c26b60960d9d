/* cli/doctor_lookup.h - getaddrinfo() that cannot hold the caller.
 * Threads  one: it forks.
 */
#ifndef CLI_DOCTOR_LOOKUP_H
#define CLI_DOCTOR_LOOKUP_H

#include "cli/doctor.h"

/* Ask the resolver of this host in a child process, ten seconds at most. `out` gets the
 * addresses with a space between, or the fault in words. FOUND, ABSENT, FAILED or
 * SILENT. */
enum lookup doctor_lookup(const char *name, char *out, size_t size);

#endif
