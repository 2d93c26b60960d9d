/* serve/tcp_stream.h - DNS messages over one TCP connection: framing and queue, no loop.
 *
 * Two octets of length before each message (RFC 1035 §4.2.2), several queries at once and
 * replies in their order (RFC 7766 §6.2.1). A reply and its length leave in one write.
 * Both buffers are given by the caller and never grow: a query is answered only while the
 * largest possible reply fits, so a peer that does not read stops being read.
 * Threads  one worker.
 */
#ifndef SERVE_TCP_STREAM_H
#define SERVE_TCP_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    TCP_STREAM_IN = 4096,        /* longest query with its length: 4094 octets */
    TCP_STREAM_OUT = 128 * 1024, /* unsent replies; docs/dns.md T8 */
};

struct tcp_stream {
    int fd;                      /* borrowed */
    const struct sockaddr *peer; /* borrowed: who is at the other end */
    uint8_t *in;                 /* TCP_STREAM_IN octets */
    uint8_t *out;                /* TCP_STREAM_OUT octets */
    uint32_t in_end;
    uint32_t out_start, out_end; /* what is not sent yet lies between */
    uint32_t out_high;           /* how much of `out` was ever written to */
    bool ended;                  /* nothing more will be read */
    bool bad_framing;            /* and this is why */
    bool handing_over; /* the next query in `in` is not for us; nor is what follows */
};

/* Answer the query of `length` octets at `message` in place; the length of the reply, or
 * 0 to end the stream in silence, TCP_STREAM_HAND_OVER when somebody else must answer it
 * and all that comes later. */
#define TCP_STREAM_HAND_OVER SIZE_MAX
typedef size_t (*tcp_stream_answer_fn)(void *owner, const struct sockaddr *peer,
                                       uint8_t *message, size_t length, size_t capacity);

void tcp_stream_init(struct tcp_stream *stream, int fd, const struct sockaddr *peer,
                     uint8_t *in, uint8_t *out);

/* Read once what waits. Returns how much came; 0: nothing, or the peer's end (`ended`);
 * -1: the connection is broken. */
int tcp_stream_receive(struct tcp_stream *stream);

/* Answer every whole query that is there while the queue has room. Returns how many. */
unsigned tcp_stream_answer(struct tcp_stream *stream, tcp_stream_answer_fn answer,
                           void *owner);

/* Send what the kernel takes. Returns how much; -1: the connection is broken. */
int tcp_stream_send(struct tcp_stream *stream);

/* May it be read: not ended, and room for a reply? */
bool tcp_stream_readable(const struct tcp_stream *stream);
/* Are there replies that are not sent? */
bool tcp_stream_pending(const struct tcp_stream *stream);
/* Has a query begun that is not complete? */
bool tcp_stream_partial(const struct tcp_stream *stream);

#endif
