/* http/uri.h - the target of a request as it was sent, split and decoded.
 *
 * "/v1/kv/a%2Fb?recurse&dc=dc1": the path is matched as it was sent and its parts are
 * decoded afterwards, so "%2F" never separates. In the query '+' is a space, in the path
 * it is a plus. The absolute form ("http://host/path", RFC 9112 §3.2.2) is taken too.
 * Threads  pure functions, any thread.
 */
#ifndef HTTP_URI_H
#define HTTP_URI_H

#include <stdbool.h>
#include <stddef.h>

enum { URI_PAIRS_MAX = 64 };

struct uri_pair {
    const char *name;  /* decoded, NUL-terminated */
    const char *value; /* decoded; "" for a bare name */
};

struct uri {
    const char *path; /* as sent; points into the text that was parsed */
    size_t path_length;
    const char *host; /* of the absolute form; NULL: none */
    size_t host_length;
    const struct uri_pair *pairs; /* of the query, in order, in the room given */
    size_t pair_count;
};

/* Octets that uri_parse() needs for this text; the room is aligned as by malloc(). */
size_t uri_room(const char *text, size_t length);
/* NULL: good; else a sentence for a 400. `text` is borrowed for as long as `out`. */
const char *uri_parse(const char *text, size_t length, void *room, struct uri *out);

/* Decode %XX of a part of a path to `out` (as long as the text, and a NUL; may be the
 * text itself). Octets written; `*length` of them. False: a bad escape, a NUL or another
 * control character. */
bool uri_decode_path(const char *text, size_t text_length, char *out, size_t *length);

/* The nth value of `name`; NULL: fewer. */
const char *uri_query(const struct uri *uri, const char *name, size_t nth);

#endif
