/* http/router.h - finds the row of a request: by path, then by method.
 *
 * Literal paths are hashed. Those with parameters are tried in the order of how much they
 * say: the longer beginning first, and "{id}" before "{id...}".
 * Threads  control.
 */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "base/reason.h"
#include "base/table.h"
#include "http/route.h"
#include "http/server.h"

enum { ROUTE_PARAMETERS_MAX = 4 };

/* A row, whose table it is in, and what was counted of it. */
struct routed {
    const struct route *route; /* NULL: no such method */
    const struct http_table *table;
    struct http_route_counts *counts;
};

/* One path and what may be done with it. */
struct place {
    const char *path;
    struct routed by_method[HTTP_METHODS];
    char allow[48]; /* "OPTIONS,PUT": of the header Allow */
};

struct router {
    struct place *places; /* owned; those with parameters first, in order */
    size_t place_count;
    size_t template_count;
    struct table literal; /* path to place */
};

/* Parts of a path, as they were sent. */
struct path_match {
    struct {
        const char *name; /* borrowed from the row; not NUL-terminated */
        size_t name_length;
        const char *text;
        size_t length;
    } parameters[ROUTE_PARAMETERS_MAX];
    unsigned count;
};

/* Borrowed: the rows. `counts[i]` has one for each row of table i. E_INVALID: a row is
 * twice there, or its path cannot be read (a mistake of ours, said in words). */
enum rollcall_status router_build(const struct http_table *tables, size_t table_count,
                                  struct http_route_counts *const *counts,
                                  struct router *out, struct reason *why);
void router_deinit(struct router *router);

/* NULL: no row has that path. Where several have it, one with the method is chosen;
 * without one `match` says nothing. */
const struct place *router_find(const struct router *router, enum http_method method,
                                const char *path, size_t length,
                                struct path_match *match);

#endif
