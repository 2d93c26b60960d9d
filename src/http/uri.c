#include "http/uri.h"

#include <string.h>

#define BAD_ESCAPE "Invalid URL: a % is not followed by two hexadecimal digits"
#define BAD_OCTET  "Invalid URL: it holds a control character"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* One octet of `text` at `*at`; -1: a bad escape. */
static int take_octet(const char *text, size_t length, size_t *at)
{
    char c = text[(*at)++];

    if (c != '%')
        return (unsigned char)c;
    if (length - *at < 2)
        return -1;
    int high = hex_digit(text[*at]);
    int low = hex_digit(text[*at + 1]);
    *at += 2;
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool is_control(int octet)
{
    return octet < 0x20 || octet == 0x7f;
}

bool uri_decode_path(const char *text, size_t text_length, char *out, size_t *length)
{
    size_t at = 0;
    size_t used = 0;

    while (at < text_length) {
        int octet = take_octet(text, text_length, &at);
        if (is_control(octet))
            return false;
        out[used++] = (char)octet;
    }
    out[used] = '\0';
    *length = used;
    return true;
}

/* A name or a value of the query to `out`; NULL and a fault, or the octet behind its NUL.
 * Newlines and tabs are allowed: filters have them. */
static char *decode_query(const char *text, size_t length, char *out, const char **fault)
{
    size_t at = 0;

    while (at < length) {
        bool plus = text[at] == '+';
        int octet = take_octet(text, length, &at);
        if (octet <= 0) {
            *fault = octet == 0 ? BAD_OCTET : BAD_ESCAPE;
            return NULL;
        }
        *out++ = plus ? ' ' : (char)octet;
    }
    *out++ = '\0';
    return out;
}

static size_t count_pairs(const char *query, size_t length)
{
    size_t count = length > 0 ? 1 : 0;

    for (size_t i = 0; i < length; i++)
        count += query[i] == '&';
    return count;
}

static const char *find_query(const char *text, size_t length, size_t *query_length)
{
    const char *mark = memchr(text, '?', length);

    if (mark == NULL) {
        *query_length = 0;
        return text + length;
    }
    *query_length = length - (size_t)(mark + 1 - text);
    return mark + 1;
}

size_t uri_room(const char *text, size_t length)
{
    size_t query_length;
    const char *query = find_query(text, length, &query_length);
    size_t count = count_pairs(query, query_length);

    if (count > URI_PAIRS_MAX)
        count = 0;
    /* Each part with a NUL where '=' or '&' stood, or where nothing did. */
    return count * sizeof(struct uri_pair) + query_length + 2 * count + 1;
}

/* "name=value" or "name" to the pair; the octet behind what was written. */
static char *parse_pair(const char *text, size_t length, char *out, struct uri_pair *pair,
                        const char **fault)
{
    const char *equals = memchr(text, '=', length);
    size_t name_length = equals == NULL ? length : (size_t)(equals - text);

    pair->name = out;
    out = decode_query(text, name_length, out, fault);
    if (out == NULL)
        return NULL;
    pair->value = out - 1; /* the NUL of the name */
    if (equals == NULL)
        return out;
    pair->value = out;
    return decode_query(equals + 1, length - name_length - 1, out, fault);
}

static const char *parse_query(const char *query, size_t length, void *room,
                               struct uri *out)
{
    size_t count = count_pairs(query, length);
    struct uri_pair *pairs = room;
    const char *end = query + length;
    const char *fault = NULL;
    size_t used = 0;

    if (count > URI_PAIRS_MAX)
        return "Invalid URL: more than 64 query parameters";
    char *text = (char *)(pairs + count);
    while (query < end) {
        const char *mark = memchr(query, '&', (size_t)(end - query));
        const char *stop = mark == NULL ? end : mark;
        if (stop > query) {
            text = parse_pair(query, (size_t)(stop - query), text, &pairs[used], &fault);
            if (text == NULL)
                return fault;
            used++;
        }
        query = stop + 1;
    }
    out->pairs = pairs;
    out->pair_count = used;
    return NULL;
}

/* "http://host:port" before the path (RFC 9112 §3.2.2). */
static const char *parse_host(struct uri *uri)
{
    static const char *const schemes[] = { "http://", "https://" };

    for (size_t i = 0; i < 2; i++) {
        size_t length = strlen(schemes[i]);
        if (uri->path_length <= length || memcmp(uri->path, schemes[i], length) != 0)
            continue;
        uri->host = uri->path + length;
        const char *slash = memchr(uri->host, '/', uri->path_length - length);
        if (slash == NULL)
            return "Invalid URL: it has no path";
        uri->host_length = (size_t)(slash - uri->host);
        uri->path_length -= length + uri->host_length;
        uri->path = slash;
        return NULL;
    }
    return "Invalid URL: it does not begin with /";
}

const char *uri_parse(const char *text, size_t length, void *room, struct uri *out)
{
    struct uri uri = { .path = text };
    size_t query_length;
    const char *query = find_query(text, length, &query_length);
    const char *fault = NULL;

    uri.path_length =
        memchr(text, '?', length) == NULL ? length : (size_t)(query - 1 - text);
    if (uri.path_length == 1 && text[0] == '*') {
        *out = uri;
        return NULL;
    }
    if (uri.path_length == 0 || text[0] != '/')
        fault = parse_host(&uri);
    for (size_t i = 0; fault == NULL && i < uri.path_length; i++)
        if (is_control((unsigned char)uri.path[i]))
            fault = BAD_OCTET;
    if (fault == NULL)
        fault = parse_query(query, query_length, room, &uri);
    if (fault == NULL)
        *out = uri;
    return fault;
}

const char *uri_query(const struct uri *uri, const char *name, size_t nth)
{
    for (size_t i = 0; i < uri->pair_count; i++)
        if (strcmp(uri->pairs[i].name, name) == 0 && nth-- == 0)
            return uri->pairs[i].value;
    return NULL;
}
