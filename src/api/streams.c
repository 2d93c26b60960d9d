#include "api/streams.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/own.h"
#include "api/reply.h"
#include "base/clock.h"
#include "http/exchange.h"
#include "loop/ticker.h"
#include "proto/encode.h"

enum { FRAME_MAX = 2 * 1024 * 1024, BEAT_SLACK_MS = 50 };

struct streams {
    struct api *api;       /* borrowed */
    struct list all;       /* of struct follower, by `due` */
    struct ticker *ticker; /* owned; for the first of them */
    struct buffer frame;   /* of the last event */
    uint64_t number;       /* of that event */
};

/* Small: there are many. */
struct follower {
    struct streams *streams;   /* borrowed */
    struct exchange *exchange; /* borrowed: lives as long as its stream */
    struct stream *stream;     /* NULL: it has none yet, or it was refused */
    struct guest *guest;       /* owned until it is closed; NULL: gone */
    struct list node;
    int64_t due; /* of its next beat, monotonic ms */
    bool has_since;
};

/* --- Beats. */

static void set_ticker(struct streams *streams)
{
    int64_t due = INT64_MAX;

    if (!list_empty(&streams->all))
        due = list_entry(streams->all.next, struct follower, node)->due;
    ticker_set(streams->ticker, due);
}

/* Each has a phase of its own: thousands are not written to in one turn. */
static void on_due(void *owner, int64_t now)
{
    struct streams *streams = owner;

    while (!list_empty(&streams->all)) {
        struct follower *first = list_entry(streams->all.next, struct follower, node);
        if (first->due > now + BEAT_SLACK_MS)
            break;
        first->due = now + STREAM_BEAT_MS;
        list_remove(&first->node);
        list_append(&streams->all, &first->node);
        if (stream_waiting(first->stream) == 0)
            stream_write(first->stream, ":\n\n", 3);
    }
    set_ticker(streams);
}

struct streams *streams_create(struct api *api)
{
    struct streams *streams = calloc(1, sizeof *streams);

    if (streams == NULL)
        return NULL;
    streams->api = api;
    list_init(&streams->all);
    buffer_init(&streams->frame, FRAME_MAX);
    if (ticker_open(api->loop, on_due, streams, &streams->ticker) == ROLLCALL_OK)
        return streams;
    free(streams);
    return NULL;
}

void streams_stop_beats(struct streams *streams)
{
    if (streams == NULL)
        return;
    ticker_close(streams->ticker);
    streams->ticker = NULL;
}

void streams_destroy(struct streams *streams)
{
    if (streams == NULL)
        return;
    streams_stop_beats(streams);
    buffer_deinit(&streams->frame);
    free(streams);
}

/* --- Events. */

static void write_frame(struct streams *streams, const struct guest_event *event)
{
    struct buffer *frame = &streams->frame;

    if (streams->number == event->number)
        return;
    streams->number = event->number;
    buffer_clear(frame);
    buffer_format(frame, "id: %" PRIu64 "\nevent: %s\ndata: {\"" PROTO_EVENT "\":\"%s\"",
                  event->revision, event->word, event->word);
    buffer_append(frame, event->tail, event->length); /* ends its line */
    buffer_char(frame, '\n');
}

static bool on_event(void *owner, const struct guest_event *event)
{
    struct follower *follower = owner;
    struct streams *streams = follower->streams;
    struct api_counts *counts = &streams->api->counts;

    if (follower->stream == NULL)
        return true;
    /* Asked each time: its token may have other rights by now. */
    if (event->service != NULL && !exchange_may(follower->exchange, RIGHT_READ,
                                                event->namespace_name, event->service))
        return true;
    if (stream_waiting(follower->stream) > STREAM_HIGH) {
        counter_add(&counts->resyncs, 1);
        return false;
    }
    write_frame(streams, event);
    if (streams->frame.failed)
        return true;
    stream_write(follower->stream, streams->frame.data, streams->frame.length);
    counter_add(&counts->events, 1);
    return true;
}

static void on_drained(void *owner)
{
    struct follower *follower = owner;

    if (follower->guest != NULL)
        follower->streams->api->settings.guests->resume(follower->guest);
}

/* --- Beginning and end. */

static void count_streams(struct streams *streams, int64_t change)
{
    counter *open = &streams->api->counts.streams;

    counter_set(open, (uint64_t)((int64_t)counter_read(open) + change));
}

static void follower_free(struct follower *follower)
{
    if (follower->guest != NULL)
        follower->streams->api->settings.guests->close(follower->guest);
    free(follower);
}

static void on_closed(void *owner)
{
    struct follower *follower = owner;
    struct streams *streams = follower->streams;

    list_remove(&follower->node);
    set_ticker(streams);
    count_streams(streams, -1);
    follower_free(follower);
}

static const struct stream_callbacks stream_callbacks = { .on_closed = on_closed,
                                                          .on_drained = on_drained };

/* Where it stands. Who comes back has a place already: another id before the events that
 * it missed would make it miss them, if this connection were lost too. */
static void greet(struct follower *follower)
{
    struct buffer *frame = &follower->streams->frame;
    uint64_t revision = registry_revision(follower->streams->api->settings.registry);

    follower->streams->number = 0;
    buffer_clear(frame);
    buffer_text(frame, "retry: 1000\n");
    if (!follower->has_since)
        buffer_format(frame, "id: %" PRIu64 "\n", revision);
    buffer_format(frame, "event: hello\ndata: {\"" PROTO_REVISION "\":%" PRIu64 "}\n\n",
                  revision);
    stream_write(follower->stream, frame->data, frame->length);
}

static void begin(struct follower *follower)
{
    struct streams *streams = follower->streams;
    struct exchange *exchange = follower->exchange;

    exchange_set_header(exchange, "Cache-Control", "no-store");
    exchange_set_header(exchange, "X-Accel-Buffering", "no");
    follower->stream =
        exchange_stream(exchange, "text/event-stream", &stream_callbacks, follower);
    if (follower->stream == NULL)
        return;
    follower->due = clock_monotonic_ms() + STREAM_BEAT_MS;
    list_append(&streams->all, &follower->node);
    if (streams->all.next == &follower->node)
        set_ticker(streams);
    count_streams(streams, 1);
    greet(follower);
}

static void refuse(struct exchange *exchange, const char *line, size_t length)
{
    struct api *api = exchange_owner(exchange);
    unsigned status = reply_convert(exchange_out(exchange), line, length);

    counter_add(&api->counts.errors, 1);
    exchange_reply(exchange, status, HTTP_JSON);
}

static void on_reply(void *owner, const char *line, size_t length)
{
    static const char good[] = "{\"ok\":true";
    struct follower *follower = owner;

    if (line == NULL) {
        follower->guest = NULL;
        own_refuse(follower->exchange, ROLLCALL_E_NOMEM, NULL);
    } else if (length > sizeof good && strncmp(line, good, sizeof good - 1) == 0) {
        begin(follower);
    } else {
        refuse(follower->exchange, line, length);
    }
}

static void on_gone(void *owner)
{
    struct follower *follower = owner;

    follower->guest = NULL;
    if (follower->stream != NULL)
        stream_end(follower->stream);
}

static const struct guest_callbacks guest_callbacks = { .on_reply = on_reply,
                                                        .on_event = on_event,
                                                        .on_gone = on_gone };

void streams_open(struct streams *streams, struct exchange *exchange, bool has_since,
                  char *line, size_t length)
{
    const struct guest_door *door = streams->api->settings.guests;
    const struct guest_terms terms = { .uid = (uint32_t)HTTP_UID };
    struct follower *follower = calloc(1, sizeof *follower);

    if (follower != NULL) {
        follower->streams = streams;
        follower->exchange = exchange;
        follower->has_since = has_since;
        list_init(&follower->node);
        follower->guest = door->open(door->owner, &terms, &guest_callbacks, follower);
    }
    if (follower == NULL || follower->guest == NULL) {
        free(follower);
        own_refuse(exchange, ROLLCALL_E_NOMEM, NULL);
        return;
    }
    door->ask(follower->guest, line, length); /* on_reply() before it returns */
    if (follower->stream == NULL)
        follower_free(follower);
}
