#include "loop/curl_fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    FIELDS_MAX = 16 * 1024, /* of one reply's head, and of its trailers */
    CONNECT_TEXT = ADDRESS_TEXT + 8
};

static void keep(struct buffer *buffer, const char *bytes, size_t length)
{
    size_t room = buffer->bound - buffer->length;

    if (room > 0 && length > 0)
        buffer_append(buffer, bytes, length < room ? length : room);
}

/* "HTTP/1.1 503 Service Unavailable": a new head begins (an interim one may come first).
 */
static void take_status_line(struct fetch *fetch, const char *line, size_t length)
{
    const char *space = memchr(line, ' ', length);
    size_t at = space != NULL ? (size_t)(space - line) + 5 : length;
    size_t out = 0;

    buffer_clear(&fetch->fields);
    for (; at < length && out + 1 < sizeof fetch->phrase && line[at] != '\r' &&
           line[at] != '\n';
         at++)
        fetch->phrase[out++] = line[at] >= 0x20 && line[at] < 0x7f ? line[at] : '?';
    fetch->phrase[out] = '\0';
}

/* Fewer octets than came end the transfer. */
static size_t on_field(char *line, size_t size, size_t count, void *owner)
{
    struct fetch *fetch = owner;
    size_t length = size * count;

    if (length > 5 && memcmp(line, "HTTP/", 5) == 0) {
        take_status_line(fetch, line, length);
        return length;
    }
    if (length > fetch->fields.bound - fetch->fields.length) {
        fetch->fault = "the head is longer than 16 KiB";
        return 0;
    }
    buffer_append(&fetch->fields, line, length);
    return fetch->fields.failed ? 0 : length;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *owner)
{
    struct fetch *fetch = owner;
    size_t length = size * count;

    keep(&fetch->body, bytes, length);
    fetch->read += length;
    if (fetch->body.failed)
        return 0;
    fetch->cut = fetch->read >= fetch->read_max && fetch->read_max > 0;
    return fetch->cut ? 0 : length;
}

static bool append(struct fetch *fetch, struct curl_slist **list, const char *text)
{
    struct curl_slist *longer = fetch->curl->curl_slist_append(*list, text);

    if (longer != NULL)
        *list = longer;
    return longer != NULL;
}

static bool has_header(const struct fetch_request *request, const char *name)
{
    for (unsigned i = 0; i < request->header_count; i++)
        if (strcasecmp(request->headers[i].key, name) == 0)
            return true;
    return false;
}

/* libcurl reads "Name:" as "leave it out" and "Name;" as an empty one. */
static bool add_headers(struct fetch *fetch, const struct fetch_request *request)
{
    static const char *const unwanted[] = { "Accept", "Content-Type", "Expect" };
    struct buffer line;
    bool good = true;

    buffer_init(&line, FIELDS_MAX);
    for (unsigned i = 0; i < request->header_count && good; i++) {
        const struct rollcall_pair *header = &request->headers[i];
        buffer_clear(&line);
        if (header->value[0] != '\0')
            buffer_format(&line, "%s: %s", header->key, header->value);
        else
            buffer_format(&line, "%s;", header->key);
        good = !line.failed && append(fetch, &fetch->headers, line.data);
    }
    for (size_t i = 0; i < sizeof unwanted / sizeof unwanted[0] && good; i++) {
        char text[32];
        snprintf(text, sizeof text, "%s:", unwanted[i]);
        good = has_header(request, unwanted[i]) || append(fetch, &fetch->headers, text);
    }
    buffer_deinit(&line);
    return good;
}

/* Remembers that one failed, so that a list of settings is one expression each. */
#define SET(option, value)                                                               \
    (failed |= fetch->curl->curl_easy_setopt(fetch->easy, option, value) != CURLE_OK)

static bool set_what(struct fetch *fetch, const struct fetch_request *request)
{
    bool failed = false;
    bool is_head = request->method != NULL && strcmp(request->method, "HEAD") == 0;
    bool is_post = request->method != NULL && strcmp(request->method, "POST") == 0;

    SET(CURLOPT_URL, request->url);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_HTTPHEADER, fetch->headers);
    if (is_head)
        SET(CURLOPT_NOBODY, 1L);
    if (!is_head && (request->body_length > 0 || is_post)) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
        SET(CURLOPT_COPYPOSTFIELDS, request->body != NULL ? request->body : "");
    }
    if (request->method != NULL && !is_head)
        SET(CURLOPT_CUSTOMREQUEST, request->method);
    SET(CURLOPT_HTTP_VERSION, request->http == FETCH_HTTP_1 ? (long)CURL_HTTP_VERSION_1_1
                              : fetch->wants_http2 && fetch->in_clear
                                  ? (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
                                  : (long)CURL_HTTP_VERSION_2TLS);
    return !failed;
}

/* HTTP/2 in clear: before version 8.0 libcurl cannot use a connection again ("Error in
 * the HTTP2 framing layer", curl issue 10634). Then each fetch has one of its own. */
static bool may_reuse(const struct fetch *fetch, const struct fetch_request *request)
{
    return request->reuse &&
           (!fetch->wants_http2 || !fetch->in_clear ||
            fetch->curl->curl_version_info(CURLVERSION_NOW)->version_num >= 0x080000);
}

/* The environment has no say, and nothing blocks: a resolver thread that hangs is left
 * behind (QUICK_EXIT), not waited for. */
static bool set_manners(struct fetch *fetch, const struct fetch_request *request)
{
    bool failed = false;
    bool reuse = may_reuse(fetch, request);

    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_ERRORBUFFER, fetch->error);
    SET(CURLOPT_PRIVATE, fetch);
    SET(CURLOPT_HEADERFUNCTION, on_field);
    SET(CURLOPT_HEADERDATA, fetch);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, fetch);
    SET(CURLOPT_OPENSOCKETFUNCTION, fetch_open_socket);
    SET(CURLOPT_OPENSOCKETDATA, fetch);
    SET(CURLOPT_CLOSESOCKETFUNCTION, fetch_close_socket);
    SET(CURLOPT_CLOSESOCKETDATA, fetch->book);
    SET(CURLOPT_CONNECT_ONLY, request->connect_only ? 1L : 0L);
    SET(CURLOPT_SSL_ENABLE_ALPN, request->connect_only ? 0L : 1L);
    SET(CURLOPT_FORBID_REUSE, reuse ? 0L : 1L);
    SET(CURLOPT_FRESH_CONNECT, reuse ? 0L : 1L);
    SET(CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    SET(CURLOPT_CONNECTTIMEOUT_MS,
        request->timeout_ms > 0 ? (long)request->timeout_ms : 24L * 3600 * 1000);
    return !failed;
}

static bool set_target(struct fetch *fetch, const struct address *target)
{
    bool failed = false;
    char text[CONNECT_TEXT] = "::"; /* any host, any port, to ... */

    if (target == NULL)
        return true;
    address_print(target, text + 2, sizeof text - 2);
    if (!append(fetch, &fetch->connect, text))
        return false;
    SET(CURLOPT_CONNECT_TO, fetch->connect);
    /* A literal is in the cache of names too, and each fetch walks that. */
    SET(CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    return !failed;
}

static bool set_pem(struct fetch *fetch, CURLoption option, const struct fetch_pem *pem)
{
    struct curl_blob blob = { .data = (void *)(uintptr_t)pem->data,
                              .len = pem->length,
                              .flags = CURL_BLOB_COPY };

    return pem->data == NULL ||
           fetch->curl->curl_easy_setopt(fetch->easy, option, &blob) == CURLE_OK;
}

static bool set_tls(struct fetch *fetch, const struct fetch_request *request)
{
    const struct fetch_tls *tls = &request->tls;
    bool failed = false;

    SET(CURLOPT_SSL_VERIFYPEER, tls->skip_verify ? 0L : 1L);
    SET(CURLOPT_SSL_VERIFYHOST, tls->skip_verify ? 0L : 2L);
    SET(CURLOPT_SSL_SESSIONID_CACHE, request->reuse ? 1L : 0L);
    /* One file, no folder: then libcurl reads the system's authorities once, not for
     * every connection. */
    SET(CURLOPT_CAPATH, NULL);
    SET(CURLOPT_KEYPASSWD, ""); /* or OpenSSL would ask at the terminal, and wait */
    return !failed && set_pem(fetch, CURLOPT_CAINFO_BLOB, &tls->ca) &&
           set_pem(fetch, CURLOPT_SSLCERT_BLOB, &tls->cert) &&
           set_pem(fetch, CURLOPT_SSLKEY_BLOB, &tls->key);
}
#undef SET

static bool is_web(const char *url)
{
    return strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
}

struct fetch *fetch_create(const struct curl_library *curl, struct socket_book *book,
                           const struct fetch_request *request,
                           enum rollcall_status *status, struct reason *why)
{
    if (!is_web(request->url)) {
        reason_set(why, "\"%s\" does not begin with http:// or https://", request->url);
        *status = ROLLCALL_E_INVALID;
        return NULL;
    }
    struct fetch *fetch = calloc(1, sizeof *fetch);
    *status = ROLLCALL_E_NOMEM;
    if (fetch == NULL)
        return NULL;
    list_init(&fetch->among);
    fetch->curl = curl;
    fetch->book = book;
    fetch->fd = -1;
    fetch->wants_http2 = request->http == FETCH_HTTP_2;
    fetch->in_clear = strncmp(request->url, "http:", 5) == 0;
    fetch->reset_on_close = request->reset_on_close;
    fetch->forbidden = request->forbidden;
    fetch->read_max = request->read_max;
    buffer_init(&fetch->body, request->keep_max);
    buffer_init(&fetch->fields, FIELDS_MAX);
    fetch->easy = curl->curl_easy_init();
    if (fetch->easy == NULL)
        goto fail;
    if (!add_headers(fetch, request) || !set_manners(fetch, request) ||
        !set_target(fetch, request->connect_to) || !set_tls(fetch, request) ||
        !set_what(fetch, request)) {
        reason_set(why, "libcurl does not take this request: %s", fetch->error);
        *status = ROLLCALL_E_INVALID;
        goto fail;
    }
    return fetch;

fail:
    fetch_destroy(fetch);
    return NULL;
}

void fetch_destroy(struct fetch *fetch)
{
    if (fetch->easy != NULL)
        fetch->curl->curl_easy_cleanup(fetch->easy);
    socket_book_forget(fetch->book, fetch);
    fetch->curl->curl_slist_free_all(fetch->headers);
    fetch->curl->curl_slist_free_all(fetch->connect);
    buffer_deinit(&fetch->body);
    buffer_deinit(&fetch->fields);
    free(fetch);
}
