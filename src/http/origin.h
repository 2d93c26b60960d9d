/* http/origin.h - does a request come from a page of another site?
 *
 * A browser sends requests for any page that it shows. It says whom it thinks it speaks
 * to (Host), and which page it acts for (Origin, Referer, Sec-Fetch-Site); programs say
 * nothing of the second kind.
 * Threads  pure functions, any thread.
 */
#ifndef HTTP_ORIGIN_H
#define HTTP_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

/* "http://host:80/path" is of this authority ("host:80"). */
bool origin_is_same(const char *url, const char *authority, size_t length);
/* The name in "name:80", "name", "[::1]:80": without brackets and port, its length. */
const char *origin_host(const char *authority, size_t length, size_t *host_length);
/* Names that no stranger's DNS can point at us: addresses, localhost, names without a
 * dot. */
bool origin_host_is_safe(const char *host, size_t length);
/* "n1.node.service.local" ends with "service.local" or is it. */
bool origin_host_is_below(const char *host, size_t length, const char *name);
/* A pattern of api.hosts: a name, "*.example.com" for it and those below, "*" for all. */
bool origin_host_fits(const char *host, size_t length, const char *pattern);

#endif
