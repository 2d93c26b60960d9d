/* http/server.h - HTTP on the loop: listeners, connections, limits, tables of routes.
 *
 * libmicrohttpd carries it, in epoll mode on our loop and without threads of its own; we
 * accept, so that limits, Unix sockets and several addresses are ours.
 * Threads  control.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <uv.h>

#include "base/counters.h"
#include "base/reason.h"
#include "config/config.h"
#include "http/route.h"
#include "registry/registry.h"
#include "rollcall/status.h"

struct http;

/* Routes of one room. */
struct http_table {
    const struct route *routes; /* ends with path NULL */
    void *owner;                /* exchange_owner() of their exchanges */
    /* What a path gets that no table has; NULL in all but at most one. */
    void (*not_found)(struct exchange *exchange);
};

enum { HTTP_TABLES_MAX = 8 };

/* Who registered over HTTP, as the registry keeps owners. */
#define HTTP_UID TOKEN_UID

/* Opens what config->api says. An address that is taken is an error where the
 * configuration names it; the default one is left out with a warning. With nothing to
 * listen on it is a server without clients. On failure `*out` may be half built: stop and
 * destroy it. `tokens` is borrowed, and may be replaced meanwhile. */
enum rollcall_status http_create(uv_loop_t *loop, const struct config *config,
                                 const struct tokens *tokens, struct http **out,
                                 struct reason *why);
/* Borrowed; before http_start(). */
void http_add(struct http *http, const struct http_table *table);
/* All tables, for who prints them. NULL: no more. */
const struct http_table *http_tables(const struct http *http, size_t index);
enum rollcall_status http_start(struct http *http, struct reason *why);
/* Run what was woken, send what is ready. Once per turn, after intake_flush(). */
void http_flush(struct http *http);
/* Nobody waits any more: those who do get 503, streams end, handles close. Before what
 * they wait for is taken down. NULL is allowed. */
void http_stop(struct http *http);
/* After http_stop(), and after the loop ran until the handles were gone. An answer to an
 * exchange that was deferred may come until then. NULL is allowed. */
void http_destroy(struct http *http);

/* Where it listens, in words: "http://127.0.0.1:8500". Number `index`; false: no more. */
bool http_listens(const struct http *http, size_t index, char *out, size_t size);
/* Why it listens nowhere, and what to do: a sentence, borrowed. NULL: it does listen. */
const char *http_off(const struct http *http);
const struct counter_group *http_counters(const struct http *http);
extern const struct counter_group http_counter_group; /* without a block */

/* Requests of one route by class of status, for metrics. */
struct http_route_counts {
    counter by_class[6];  /* 1xx to 5xx by first digit; 0 unused */
    counter microseconds; /* from the whole request to its answer, without waits */
};
/* Those of the index-th route of a table; NULL: no such. */
const struct http_route_counts *http_route_counts(const struct http *http,
                                                  const struct http_table *table,
                                                  size_t index);
/* Connections, waits and streams open now. */
struct http_now {
    uint32_t connections;
    uint32_t waiting;
    uint32_t streams;
};
struct http_now http_now(const struct http *http);

#endif
