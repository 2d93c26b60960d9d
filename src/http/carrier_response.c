/* Responses as libmicrohttpd has them. */
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "http/carrier.h"

enum {
    COPY_MAX = 32 * 1024, /* larger bodies are handed over */
    /* Chunks are read into the memory of their connection; this is for clients of
     * HTTP/1.0, who have none, and it is allocated for every stream. */
    STREAM_BLOCK = 128
};

static struct MHD_Response *add_headers(struct exchange *exchange, const char *type,
                                        struct MHD_Response *response)
{
    const char *at = exchange->headers.data;
    const char *end = at == NULL ? at : at + exchange->headers.length;

    if (response == NULL)
        return NULL;
    if (type != NULL)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    while (at < end) {
        const char *value = at + strlen(at) + 1;
        MHD_add_response_header(response, at, value);
        at = value + strlen(value) + 1;
    }
    buffer_deinit(&exchange->headers);
    return response;
}

/* A large body: counted until the last client has taken it. */
struct large {
    struct http *http; /* borrowed: outlives the carriers */
    char *bytes;       /* owned */
    size_t length;
};

static void let_go(void *owner)
{
    struct large *large = owner;

    large->http->held -= large->length;
    large_taken(large->http);
    free(large->bytes);
    free(large);
}

bool carrier_has_room(const struct http *http, const struct buffer *body)
{
    return body->length <= COPY_MAX || http->held == 0 ||
           http->held + body->length <= http->config->max_pending;
}

/* The body is taken over. NULL: no memory, and it was not. */
static struct MHD_Response *hand_over(struct http *http, struct buffer *body)
{
    struct large *large = malloc(sizeof *large);
    struct MHD_Response *response = NULL;

    if (large == NULL)
        return NULL;
    char *bytes = realloc(body->data, body->length); /* it may have grown to the double */
    if (bytes != NULL)
        body->data = bytes;
    *large = (struct large){ http, body->data, body->length };
    response = MHD_create_response_from_buffer_with_free_callback_cls(
        body->length, body->data, let_go, large);
    if (response == NULL) {
        free(large);
        return NULL;
    }
    http->held += body->length;
    buffer_init(body, body->bound);
    return response;
}

struct MHD_Response *carrier_response(struct exchange *exchange, const char *type,
                                      struct buffer *body)
{
    struct MHD_Response *response;

    if (body->length <= COPY_MAX) {
        response = MHD_create_response_from_buffer(
            body->length, body->length > 0 ? body->data : "", MHD_RESPMEM_MUST_COPY);
    } else {
        response = hand_over(exchange->http, body);
    }
    return add_headers(exchange, type, response);
}

/* The cast takes off a const that libmicrohttpd respects (MHD_RESPMEM_PERSISTENT). */
struct MHD_Response *carrier_constant(struct exchange *exchange, const char *type,
                                      const void *bytes, size_t length)
{
    union {
        const void *constant;
        void *as_given;
    } body = { .constant = bytes };

    return add_headers(
        exchange, type,
        MHD_create_response_from_buffer(length, body.as_given, MHD_RESPMEM_PERSISTENT));
}

/* The connection sleeps until something is written to the stream. */
static ssize_t read_stream(void *owner, uint64_t at, char *out, size_t size)
{
    struct exchange *exchange = owner;
    int64_t length =
        exchange->stream == NULL ? -1 : stream_read(exchange->stream, out, size);

    (void)at;
    if (length > 0)
        return (ssize_t)length;
    if (length < 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    exchange->suspended = true;
    MHD_suspend_connection(exchange->connection->carried);
    return 0;
}

struct MHD_Response *carrier_stream(struct exchange *exchange, const char *type,
                                    struct stream *stream)
{
    exchange->stream = stream;
    return add_headers(exchange, type,
                       MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK,
                                                         read_stream, exchange, NULL));
}

void carrier_release(struct MHD_Response *response)
{
    if (response != NULL)
        MHD_destroy_response(response);
}
