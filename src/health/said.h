/* health/said.h - what is kept of a run where keep_output is, in the words of Consul.
 *
 * Programs that were written for Consul's API show these texts to people and look for
 * "Success" in them. Cheap for the many checks that do not keep them.
 * Threads  control.
 */
#ifndef HEALTH_SAID_H
#define HEALTH_SAID_H

#include <stddef.h>

#include "health/check.h"

enum { SAID_MAX = CHECK_OUTPUT_MAX + 1 };

/* Where it goes, as it was registered, or as the instance has it: "10.0.0.1:80". */
void said_where(const struct check *check, char *out, size_t size);

/* Ends the run, with "TCP connect 10.0.0.1:80: Success" where it passed. */
void said_connect(struct check *check, const char *protocol, enum check_outcome outcome,
                  const char *detail);

/* What an HTTP server said: status and the end of its body. */
struct said_reply {
    const char *scheme; /* "http" */
    unsigned status;
    const char *phrase; /* "OK" */
    const char *body;   /* NULL: none */
    size_t length;
};

/* Into `out`, of SAID_MAX octets: "HTTP GET http://10.0.0.1:80/: 200 OK Output: well".
 * NULL where it is not kept. */
const char *said_reply(const struct check *check, const struct said_reply *reply,
                       char *out);

#endif
