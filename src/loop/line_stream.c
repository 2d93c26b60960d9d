#include "loop/line_stream.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop/watch.h"

enum {
    /* One read a turn, at most this much: what a busy peer can take from the others. It
     * lies on the stack, so that a connection without a half line owns no memory. */
    CHUNK = 64 * 1024,
    /* A peer that leaves this much unread is too slow to be kept. */
    OUTPUT_MAX = 8 * 1024 * 1024,
    /* Below this, keeping the output memory is cheaper than freeing it. */
    OUTPUT_KEEP = 512,
    HANDLES = 2 /* the watch and the idle handle */
};

/* Lines go straight from the chunk to the owner; `kept` has what could not go yet: the
 * beginning of a line, or lines that arrived before a pause.
 *
 * Nothing is told from inside a call of the owner: what came up there (kept lines after
 * a resume, a broken socket met while flushing) is told by `later`, in the next turn. */
struct line_stream {
    struct watch *watch;                           /* owned */
    uv_idle_t later;                               /* active while it has a reason */
    const struct line_stream_callbacks *callbacks; /* borrowed: constants */
    void *owner;                                   /* borrowed: outlives on_closed */
    size_t line_max;
    struct buffer kept;
    size_t kept_start;   /* bytes of `kept` that were handed over already */
    size_t kept_scanned; /* bytes after kept_start known to have no newline */
    struct buffer out;
    size_t sent; /* bytes of `out` that the socket took already */
    unsigned open_handles;
    bool busy; /* inside a callback of ours: events are set once, at its end */
    bool paused;
    bool stopped; /* no more is read: too long, or the end */
    bool broken;  /* writing failed or the peer is too slow; on_end is due */
    bool unheard; /* the peer closed: output is dropped, input is read to its end */
    bool ended;   /* on_end was called */
    bool closing;
};

static bool may_deliver(const struct line_stream *stream)
{
    return !stream->paused && !stream->stopped && !stream->closing;
}

static void update_events(struct line_stream *stream)
{
    int events = 0;

    if (stream->closing || stream->busy)
        return;
    if (may_deliver(stream) && !uv_is_active((uv_handle_t *)&stream->later))
        events |= UV_READABLE;
    if (stream->out.length > stream->sent && !stream->broken)
        events |= UV_WRITABLE;
    watch_events(stream->watch, events);
}

static void report_end(struct line_stream *stream)
{
    stream->stopped = true;
    if (stream->ended || stream->closing)
        return;
    stream->ended = true;
    stream->callbacks->on_end(stream->owner);
}

static void report_too_long(struct line_stream *stream)
{
    stream->stopped = true;
    stream->callbacks->on_too_long(stream->owner);
}

/* Hand over the whole lines in `data`; the first `scanned` bytes have no newline.
 * Returns how many bytes are done with. Stops when the owner pauses or closes. */
static size_t deliver(struct line_stream *stream, char *data, size_t length,
                      size_t scanned)
{
    size_t done = 0;

    while (may_deliver(stream)) {
        char *line = data + done;
        size_t left = length - done;
        char *newline = memchr(line + scanned, '\n', left - scanned);
        size_t line_length = newline != NULL ? (size_t)(newline - line) : left;
        scanned = 0;
        if (line_length >= stream->line_max) {
            report_too_long(stream);
            break;
        }
        if (newline == NULL) {
            stream->kept_scanned = left;
            break;
        }
        *newline = '\0';
        done += line_length + 1;
        stream->callbacks->on_line(stream->owner, line, line_length);
    }
    return done;
}

static void forget_kept(struct line_stream *stream)
{
    buffer_deinit(&stream->kept);
    stream->kept_start = 0;
    stream->kept_scanned = 0;
}

static void deliver_kept(struct line_stream *stream)
{
    size_t scanned = stream->kept_scanned;

    stream->kept_scanned = 0;
    stream->kept_start += deliver(stream, stream->kept.data + stream->kept_start,
                                  stream->kept.length - stream->kept_start, scanned);
    if (stream->kept_start == stream->kept.length)
        forget_kept(stream);
}

/* False when memory is short: the stream cannot go on without a hole in its input. */
static bool keep(struct line_stream *stream, const char *bytes, size_t length)
{
    if (stream->kept_start > 0) {
        buffer_consume(&stream->kept, stream->kept_start);
        stream->kept_start = 0;
    }
    buffer_append(&stream->kept, bytes, length);
    return !stream->kept.failed;
}

static void take_chunk(struct line_stream *stream, char *chunk, size_t length)
{
    if (stream->kept.length > 0) {
        if (keep(stream, chunk, length))
            deliver_kept(stream);
        else
            report_end(stream);
        return;
    }
    size_t done = deliver(stream, chunk, length, 0);
    if (done < length && !stream->stopped && !stream->closing &&
        !keep(stream, chunk + done, length - done))
        report_end(stream);
}

static void read_some(struct line_stream *stream)
{
    char chunk[CHUNK];
    ssize_t got = read(watch_fd(stream->watch), chunk, sizeof chunk);

    if (got > 0)
        take_chunk(stream, chunk, (size_t)got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        report_end(stream);
}

static void on_later(uv_idle_t *later)
{
    struct line_stream *stream = later->data;

    uv_idle_stop(later);
    stream->busy = true;
    if (stream->broken)
        report_end(stream);
    else if (stream->kept.length > 0 && may_deliver(stream))
        deliver_kept(stream);
    stream->busy = false;
    update_events(stream);
}

static void do_later(struct line_stream *stream)
{
    uv_idle_start(&stream->later, on_later);
}

static void write_failed(struct line_stream *stream)
{
    stream->broken = true;
    do_later(stream);
}

static void forget_sent(struct line_stream *stream)
{
    if (stream->sent == stream->out.length) {
        stream->sent = 0;
        buffer_clear(&stream->out);
        if (stream->out.capacity > OUTPUT_KEEP)
            buffer_deinit(&stream->out);
    } else if (stream->sent > stream->out.length / 2) {
        /* Moving less than was sent keeps the cost of a byte constant. */
        buffer_consume(&stream->out, stream->sent);
        stream->sent = 0;
    }
}

/* What a peer sent before it closed is still handed over; the end comes by reading. */
static void drop_output(struct line_stream *stream)
{
    stream->unheard = true;
    stream->sent = stream->out.length;
    forget_sent(stream);
}

static void write_some(struct line_stream *stream)
{
    if (stream->unheard) {
        drop_output(stream);
        return;
    }
    size_t left = stream->out.length - stream->sent;

    if (stream->out.failed) {
        write_failed(stream);
        return;
    }
    if (left == 0 || stream->broken)
        return;
    ssize_t taken = send(watch_fd(stream->watch), stream->out.data + stream->sent, left,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken >= 0) {
        stream->sent += (size_t)taken;
        forget_sent(stream);
    } else if ((errno == EPIPE || errno == ECONNRESET) && !stream->stopped) {
        drop_output(stream);
    } else if (errno != EAGAIN && errno != EINTR) {
        write_failed(stream);
    }
}

static void on_ready(void *owner, int events)
{
    struct line_stream *stream = owner;

    stream->busy = true;
    if (events & UV_WRITABLE)
        write_some(stream);
    if ((events & UV_READABLE) && may_deliver(stream))
        read_some(stream);
    stream->busy = false;
    update_events(stream);
}

/* The last of the two handles is gone: nothing of the stream is left but its memory. */
static void handle_closed(struct line_stream *stream)
{
    if (--stream->open_handles > 0)
        return;
    const struct line_stream_callbacks *callbacks = stream->callbacks;
    void *owner = stream->owner;
    buffer_deinit(&stream->kept);
    buffer_deinit(&stream->out);
    free(stream);
    callbacks->on_closed(owner);
}

static void on_watch_closed(void *owner)
{
    handle_closed(owner);
}

static void on_idle_closed(uv_handle_t *handle)
{
    handle_closed(handle->data);
}

static const struct watch_callbacks watch_callbacks = {
    .on_ready = on_ready,
    .on_closed = on_watch_closed,
};

enum rollcall_status line_stream_open(uv_loop_t *loop, int fd, size_t line_max,
                                      const struct line_stream_callbacks *callbacks,
                                      void *owner, struct line_stream **out)
{
    struct line_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL)
        return ROLLCALL_E_NOMEM;
    enum rollcall_status status =
        watch_open(loop, fd, &watch_callbacks, stream, &stream->watch);
    if (status != ROLLCALL_OK) {
        free(stream);
        return status;
    }
    uv_idle_init(loop, &stream->later);
    stream->later.data = stream;
    stream->open_handles = HANDLES;
    stream->callbacks = callbacks;
    stream->owner = owner;
    stream->line_max = line_max;
    buffer_init(&stream->kept, line_max + CHUNK);
    buffer_init(&stream->out, OUTPUT_MAX);
    update_events(stream);
    *out = stream;
    return ROLLCALL_OK;
}

int line_stream_fd(const struct line_stream *stream)
{
    return watch_fd(stream->watch);
}

void line_stream_pause(struct line_stream *stream)
{
    stream->paused = true;
    update_events(stream);
}

void line_stream_resume(struct line_stream *stream)
{
    if (!stream->paused || stream->closing)
        return;
    stream->paused = false;
    if (stream->kept.length > 0 && !stream->busy)
        do_later(stream);
    update_events(stream);
}

struct buffer *line_stream_output(struct line_stream *stream)
{
    return &stream->out;
}

size_t line_stream_queued(const struct line_stream *stream)
{
    return stream->out.length - stream->sent;
}

void line_stream_flush(struct line_stream *stream)
{
    if (stream->closing)
        return;
    write_some(stream);
    update_events(stream);
}

/* A TCP socket that is closed with unread input resets the connection, and the reset
 * may overtake the last reply: say goodbye first and take what has arrived. */
static void part_politely(struct line_stream *stream)
{
    char waste[4096];
    int fd = watch_fd(stream->watch);

    shutdown(fd, SHUT_WR);
    for (int i = 0; i < CHUNK / (int)sizeof waste; i++)
        if (recv(fd, waste, sizeof waste, MSG_DONTWAIT) <= 0)
            break;
}

void line_stream_close(struct line_stream *stream)
{
    if (stream->closing)
        return;
    write_some(stream);
    if (!stream->ended)
        part_politely(stream);
    stream->closing = true;
    watch_close(stream->watch);
    uv_close((uv_handle_t *)&stream->later, on_idle_closed);
}
