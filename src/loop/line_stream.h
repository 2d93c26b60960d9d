/* loop/line_stream.h - an accepted stream socket: bounded lines in, queued bytes out.
 *
 * A line longer than `line_max` (with its newline) is reported once and reading stops.
 * Output is collected by line_stream_output() and leaves with line_stream_flush(), so a
 * turn of the loop costs one write; what the socket does not take waits, bounded.
 * Threads: the thread of the loop.
 */
#ifndef LOOP_LINE_STREAM_H
#define LOOP_LINE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "base/buffer.h"
#include "rollcall/status.h"

struct line_stream;

struct line_stream_callbacks {
    /* One line without its newline, NUL-terminated, borrowed for the call. */
    void (*on_line)(void *owner, char *line, size_t length);
    /* A line passed the bound; no more is read. Answer, flush, then close. */
    void (*on_too_long)(void *owner);
    /* The peer closed or the socket failed; output may still be flushed. Called once,
     * after every line that the peer sent; output that a closed peer cannot take is
     * dropped without waiting.
     * The owner then calls line_stream_close(). */
    void (*on_end)(void *owner);
    /* After line_stream_close(), when nothing of the stream is left. */
    void (*on_closed)(void *owner);
};

/* On OK the stream owns `fd` (non-blocking). Reading starts at once. */
enum rollcall_status line_stream_open(uv_loop_t *loop, int fd, size_t line_max,
                                      const struct line_stream_callbacks *callbacks,
                                      void *owner, struct line_stream **out);
int line_stream_fd(const struct line_stream *stream);

/* Stop handing over lines (those already read are kept) until resumed. Both may be
 * called from on_line. Resuming hands over kept lines in a later turn or at once from
 * the caller's point of view: never from inside the call itself. */
void line_stream_pause(struct line_stream *stream);
void line_stream_resume(struct line_stream *stream);

/* The buffer to append output to; leaves with the next flush. */
struct buffer *line_stream_output(struct line_stream *stream);
/* Bytes that wait to be taken by the socket. */
size_t line_stream_queued(const struct line_stream *stream);
/* Write what the socket takes now, wait for room for the rest. */
void line_stream_flush(struct line_stream *stream);
/* Flush what the socket takes at once, then close. */
void line_stream_close(struct line_stream *stream);

#endif
