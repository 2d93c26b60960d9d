/* health/redirect.h - where an HTTP reply sends its reader: URLs taken apart and joined.
 *
 * The hops are made by us, one fetch each: libcurl would look up names by itself, and
 * take the address that a check was given for all of them.
 * Source   RFC 9110 §10.2.2 and §15.4, RFC 3986 §5.2 (dots in paths are left to servers).
 * Threads  pure functions, any thread.
 */
#ifndef HEALTH_REDIRECT_H
#define HEALTH_REDIRECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REDIRECT_HOST_MAX = 254, REDIRECT_PATH_MAX = 2049 };

struct web_place {
    bool tls;
    uint16_t port;
    char host[REDIRECT_HOST_MAX]; /* an address without brackets, or a name */
    char path[REDIRECT_PATH_MAX]; /* with its query, begins with "/" */
};

/* False: not an http or https URL that a check may follow (a user in it, blanks, too
 * long). */
bool redirect_parse(const char *url, struct web_place *out);
/* `location` as seen from `base`; `out` may not be `base`. */
bool redirect_join(const struct web_place *base, const char *location,
                   struct web_place *out);
/* The same scheme, host and port? */
bool redirect_same_server(const struct web_place *a, const struct web_place *b);
/* 301, 302, 303, 307 or 308. */
bool redirect_status(uint16_t status);

#endif
