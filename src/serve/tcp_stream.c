#include "serve/tcp_stream.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "dns/wire.h"

#define LENGTH_SIZE 2u
#define REPLY_MAX   (LENGTH_SIZE + (uint32_t)DNS_MESSAGE_MAX)

void tcp_stream_init(struct tcp_stream *stream, int fd, const struct sockaddr *peer,
                     uint8_t *in, uint8_t *out)
{
    *stream = (struct tcp_stream){ .fd = fd, .peer = peer, .in = in, .out = out };
}

bool tcp_stream_pending(const struct tcp_stream *stream)
{
    return stream->out_end > stream->out_start;
}

bool tcp_stream_partial(const struct tcp_stream *stream)
{
    return stream->in_end > 0;
}

static bool room_for_reply(const struct tcp_stream *stream)
{
    return TCP_STREAM_OUT - (stream->out_end - stream->out_start) >= REPLY_MAX;
}

bool tcp_stream_readable(const struct tcp_stream *stream)
{
    return !stream->ended && !stream->handing_over && stream->in_end < TCP_STREAM_IN &&
           room_for_reply(stream);
}

int tcp_stream_receive(struct tcp_stream *stream)
{
    if (!tcp_stream_readable(stream))
        return 0;
    ssize_t got;
    do {
        got = recv(stream->fd, stream->in + stream->in_end,
                   TCP_STREAM_IN - stream->in_end, MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);

    if (got < 0)
        return errno == EAGAIN ? 0 : -1;
    if (got == 0)
        stream->ended = true;
    stream->in_end += (uint32_t)got;
    return (int)got;
}

static void end_badly(struct tcp_stream *stream)
{
    stream->ended = true;
    stream->bad_framing = true;
}

static void move_unsent_to_start(struct tcp_stream *stream)
{
    uint32_t unsent = stream->out_end - stream->out_start;
    memmove(stream->out, stream->out + stream->out_start, unsent);
    stream->out_start = 0;
    stream->out_end = unsent;
}

/* Copy the query behind the queue and answer it there. */
static bool answer_one(struct tcp_stream *stream, const uint8_t *query, uint32_t length,
                       tcp_stream_answer_fn answer, void *owner)
{
    if (TCP_STREAM_OUT - stream->out_end < REPLY_MAX)
        move_unsent_to_start(stream);

    uint8_t *frame = stream->out + stream->out_end;
    memcpy(frame + LENGTH_SIZE, query, length);
    size_t reply =
        answer(owner, stream->peer, frame + LENGTH_SIZE, length, DNS_MESSAGE_MAX);
    if (reply == TCP_STREAM_HAND_OVER) {
        stream->handing_over = true;
        return true;
    }
    if (reply == 0)
        return false;
    bytes_put16(frame, (uint16_t)reply);
    stream->out_end += LENGTH_SIZE + (uint32_t)reply;
    if (stream->out_end > stream->out_high)
        stream->out_high = stream->out_end;
    return true;
}

static bool possible_length(uint32_t length)
{
    return length >= DNS_HEADER_SIZE && length <= TCP_STREAM_IN - LENGTH_SIZE;
}

unsigned tcp_stream_answer(struct tcp_stream *stream, tcp_stream_answer_fn answer,
                           void *owner)
{
    uint32_t at = 0;
    unsigned answered = 0;

    while (!stream->bad_framing && !stream->handing_over &&
           stream->in_end - at >= LENGTH_SIZE && room_for_reply(stream)) {
        uint32_t length = bytes_get16(stream->in + at);
        if (!possible_length(length)) {
            end_badly(stream);
            break;
        }
        if (stream->in_end - at < LENGTH_SIZE + length)
            break;
        if (!answer_one(stream, stream->in + at + LENGTH_SIZE, length, answer, owner))
            end_badly(stream);
        if (stream->handing_over)
            break;
        at += LENGTH_SIZE + length;
        answered++;
    }
    stream->in_end = stream->bad_framing ? 0 : stream->in_end - at;
    memmove(stream->in, stream->in + at, stream->in_end);
    return answered;
}

int tcp_stream_send(struct tcp_stream *stream)
{
    uint32_t unsent = stream->out_end - stream->out_start;
    if (unsent == 0)
        return 0;

    ssize_t sent;
    do {
        sent = send(stream->fd, stream->out + stream->out_start, unsent,
                    MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);

    if (sent < 0)
        return errno == EAGAIN || errno == ENOBUFS ? 0 : -1;
    stream->out_start += (uint32_t)sent;
    if (stream->out_start == stream->out_end)
        stream->out_start = stream->out_end = 0;
    return (int)sent;
}
