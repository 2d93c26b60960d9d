/* api/line.h - a request over HTTP as the line that a client of the socket would send.
 *
 * Parameters of the path and of the query become members beside those of the body; what
 * they mean is the business of the decoder that reads the line.
 * Threads  pure functions, any thread.
 */
#ifndef API_LINE_H
#define API_LINE_H

#include "base/buffer.h"
#include "base/reason.h"
#include "http/route.h"
#include "proto/proto.h"
#include "rollcall/status.h"

enum { LINE_NAME_MAX = 64 /* names of services and namespaces, with a NUL */ };

/* Where the texts of a request are. Borrowed for the call. */
struct line_source {
    const struct route *route;
    /* As exchange_path() and exchange_query(). */
    const char *(*path)(const void *owner, const char *name, size_t *length);
    const char *(*query)(const void *owner, const char *name, unsigned nth);
    const void *owner;
    const char *uri; /* as it was sent, for names of the query that nobody knows */
    const char *body;
    size_t body_length;
    bool all; /* a get that does not say "healthy" is about all */
};

/* Whom it is about, as far as the request says; "" where it does not. */
struct line_subject {
    char service[LINE_NAME_MAX];        /* in lower case */
    char namespace_name[LINE_NAME_MAX]; /* the same; "default" where a service is named */
    char id[256];
    unsigned long long silence;
    bool in_namespace; /* one was named */
};

/* The line, without a newline, into `out` (initialized). A parameter of the row with the
 * type "option" is not of the line. */
enum rollcall_status line_compose(const struct line_source *source, enum proto_op op,
                                  struct buffer *out, struct line_subject *subject,
                                  struct reason *why);

/* Does the query of `uri` have parameters of that table (NULL ends it) only? */
enum rollcall_status line_check_names(const struct route_parameter *row, const char *uri,
                                      struct reason *why);

#endif
