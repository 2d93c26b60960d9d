/* Responses without end: what was written is taken by the carrier when it can send. */
#include <stdlib.h>
#include <string.h>

#include "http/carrier.h"
#include "http/exchange.h"
#include "http/internal.h"

enum { STREAM_MAX = 64 * 1024 * 1024 };

struct stream {
    struct exchange *exchange; /* borrowed: outlives it */
    const struct stream_callbacks *callbacks;
    void *owner;
    struct buffer out;
    size_t sent;         /* of `out` */
    bool ended;          /* by us: nothing more will be written */
    bool revoked;        /* nothing that is written goes out any more */
    bool drain_told;     /* on_drained() was called since the last write */
    struct list all;     /* in http->streams */
    struct list pending; /* in http->pending_streams */
};

struct stream *exchange_stream(struct exchange *exchange, const char *type,
                               const struct stream_callbacks *callbacks, void *owner)
{
    struct http *http = exchange->http;
    struct stream *stream =
        exchange->connection == NULL ? NULL : calloc(1, sizeof *stream);

    if (stream != NULL)
        exchange->response = carrier_stream(exchange, type, stream);
    if (stream == NULL || exchange->response == NULL) {
        exchange->stream = NULL;
        free(stream);
        exchange_text(exchange, 503, "memory is short");
        return NULL;
    }
    stream->exchange = exchange;
    stream->callbacks = callbacks;
    stream->owner = owner;
    stream->drain_told = true;
    buffer_init(&stream->out, STREAM_MAX);
    list_append(&http->streams, &stream->all);
    list_init(&stream->pending);
    counter_set(&http->counts.streams, counter_read(&http->counts.streams) + 1);
    wait_watch(exchange->connection);
    respond_answered(exchange, 200);
    return stream;
}

static void note_pending(struct stream *stream)
{
    list_remove(&stream->pending);
    list_append(&stream->exchange->http->pending_streams, &stream->pending);
}

/* Not closed here: we may be inside its owner. */
static void silence(struct stream *stream)
{
    buffer_deinit(&stream->out);
    stream->sent = 0;
    stream->drain_told = true;
    stream->revoked = true;
    stream_end(stream);
}

void stream_write(struct stream *stream, const void *bytes, size_t length)
{
    if (!stream->revoked && !auth_stays(stream->exchange))
        silence(stream);
    if (stream->revoked)
        return;
    buffer_append(&stream->out, bytes, length);
    stream->drain_told = false;
    if (stream->out.failed)
        stream->ended = true;
    note_pending(stream);
}

size_t stream_waiting(const struct stream *stream)
{
    return stream->out.length - stream->sent;
}

void stream_end(struct stream *stream)
{
    stream->ended = true;
    note_pending(stream);
}

int64_t stream_read(struct stream *stream, char *out, size_t size)
{
    size_t waiting = stream_waiting(stream);

    if (waiting == 0 && !stream->drain_told) {
        stream->drain_told = true;
        buffer_deinit(&stream->out);
        stream->sent = 0;
        if (stream->callbacks->on_drained != NULL)
            stream->callbacks->on_drained(stream->owner);
        waiting = stream_waiting(stream);
    }
    if (waiting == 0)
        return stream->ended ? -1 : 0;
    size_t some = waiting < size ? waiting : size;
    memcpy(out, stream->out.data + stream->sent, some);
    stream->sent += some;
    counter_add(&stream->exchange->http->counts.sent_bytes, some);
    return (int64_t)some;
}

void stream_closed(struct stream *stream)
{
    struct http *http = stream->exchange->http;

    stream->exchange->stream = NULL;
    list_remove(&stream->all);
    list_remove(&stream->pending);
    counter_set(&http->counts.streams, counter_read(&http->counts.streams) - 1);
    stream->callbacks->on_closed(stream->owner);
    buffer_deinit(&stream->out);
    free(stream);
}

/* Those that sleep in the carrier and have something to send go on. */
void streams_flush(struct http *http)
{
    while (!list_empty(&http->pending_streams)) {
        struct stream *stream =
            list_entry(http->pending_streams.next, struct stream, pending);
        struct exchange *exchange = stream->exchange;
        list_remove(&stream->pending);
        if (!exchange->suspended)
            continue;
        list_remove(&exchange->node);
        list_append(&http->crowd, &exchange->node);
    }
}

void streams_revisit(struct http *http)
{
    list_for_each (at, &http->streams) {
        struct stream *stream = list_entry(at, struct stream, all);
        if (auth_lost(stream->exchange))
            silence(stream);
    }
}

void streams_stop(struct http *http)
{
    while (!list_empty(&http->streams)) {
        struct stream *stream = list_entry(http->streams.next, struct stream, all);
        struct exchange *exchange = stream->exchange;
        stream_closed(stream);
        if (!exchange->suspended)
            continue;
        list_remove(&exchange->node);
        list_append(&http->crowd, &exchange->node);
    }
}
