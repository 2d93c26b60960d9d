/* cli/snippets.h - the files of docs/forwarders/, with a zone and an address filled in.
 *
 * They are compiled in from the files that the tests run (snippets.cmake).
 * Threads  pure functions, any thread.
 */
#ifndef CLI_SNIPPETS_H
#define CLI_SNIPPETS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"

/* The text of docs/forwarders/`name` without its comments on lines of their own, for
 * `zone` ("service.local.") at `server`. False: there is no such file, or `size` is too
 * small for it. */
bool snippet_fill(const char *name, const char *zone, const struct address *server,
                  char *out, size_t size);

#endif
