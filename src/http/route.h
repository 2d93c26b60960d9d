/* http/route.h - one row for each thing that can be asked over HTTP.
 *
 * A room has a table of rows; the server finds the row of a request by method and path,
 * checks the right that it asks for, collects the body and calls `run`. Reference pages
 * and the OpenAPI document are printed from the same rows.
 *
 * Paths    literal, with parameters in braces: "/v1/session/info/{id...}". "{id}" is one
 *          segment (no slash), "{id...}" is everything to the end, slashes included, and
 *          may be empty. Matched before, decoded after: "%2F" is never a separator. A
 *          literal path goes before one with parameters.
 * Threads  control.
 */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "token/tokens.h"

struct exchange;

enum http_method {
    HTTP_GET,
    HTTP_PUT,
    HTTP_POST,
    HTTP_DELETE,
    HTTP_METHODS /* any other: 405 */
};

struct route_parameter {
    const char *name; /* NULL ends a table */
    const char *type; /* "string", "integer", "boolean", "duration" */
    const char *help; /* a sentence */
    bool required;
};

struct route {
    enum http_method method;
    const char *path; /* NULL ends a table */
    /* What its token must be allowed, for some service at least; what it may of one
     * service the handler asks by exchange_may(). */
    enum token_right right;
    size_t body_max; /* octets; 0: a body is read and thrown away, up to 64 KiB */
    /* Answers now (exchange_reply() and its kin), or calls exchange_defer() or
     * exchange_wait() and lets somebody answer later. */
    void (*run)(struct exchange *exchange);
    const char *help;                         /* a sentence */
    const struct route_parameter *parameters; /* of the query; may be NULL */
    const char *takes;   /* name of the schema of the body (OpenAPI); NULL: none */
    const char *returns; /* name of the schema of a 200; NULL: empty or text */
    const void *with;    /* whatever `run` wants to know of its row; may be NULL */
};

const char *http_method_word(enum http_method method); /* "GET" */

#endif
