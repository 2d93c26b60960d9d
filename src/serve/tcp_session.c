#include "serve/tcp_session.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

/* A slot keeps this much of its queue between sessions; what a long reply touched beyond
 * goes back to the kernel. */
#define OUT_KEPT 8192u

static void on_closed(uv_handle_t *handle)
{
    struct tcp_session *session = handle->data;
    list_append(&session->pool->free, &session->node);
}

/* Octets that nobody read would make close() send a reset, which may overtake the last
 * reply. MSG_TRUNC throws them away without copying (tcp(7)). */
static void discard_unread(int fd)
{
    (void)recv(fd, NULL, 1 << 20, MSG_TRUNC | MSG_DONTWAIT);
}

void tcp_session_close(struct tcp_session *session)
{
    struct tcp_pool *pool = session->pool;

    if (session->stream.bad_framing)
        counter_add(&pool->counters->tcp_bad_framing, 1);
    list_remove(&session->node);
    uv_close((uv_handle_t *)&session->poll, on_closed);
    if (!session->stream.handing_over) /* else they are for whoever has it now */
        discard_unread(session->stream.fd);
    close(session->stream.fd);
    if (session->stream.out_high > OUT_KEPT)
        (void)madvise(session->out + OUT_KEPT, session->stream.out_high - OUT_KEPT,
                      MADV_DONTNEED);
    session->stream.fd = -1;
    pool->live_count--;
    counter_set(&pool->counters->tcp_open, pool->live_count);
    if (pool->live_count == 0)
        pool->on_empty(pool->owner);
}

/* Whole queries in, replies out, until nothing is answered nor sent any more. Replies
 * that left may have made room for queries that waited, and no event will tell of those
 * once the queue is empty; the loop ends because the input buffer does. False: the
 * connection is broken. */
static bool exchange(struct tcp_session *session)
{
    struct tcp_pool *pool = session->pool;
    struct tcp_stream *stream = &session->stream;
    int64_t since = clock_monotonic_us();

    for (;;) {
        pool->answers.begin(pool->answers.owner);
        unsigned answered =
            tcp_stream_answer(stream, pool->answers.answer, pool->answers.owner);
        pool->answers.end(pool->answers.owner);

        int sent = tcp_stream_send(stream);
        if (sent < 0)
            return false;
        if (sent > 0)
            session->progress = uv_now(pool->loop);
        if (answered > 0) {
            int64_t now = clock_monotonic_us();
            pool->answers.took(pool->answers.owner, now - since, answered);
            since = now;
            list_remove(&session->node);
            list_append(&pool->live, &session->node);
        } else if (sent == 0) {
            return true;
        }
    }
}

static void on_ready(uv_poll_t *poll, int status, int events);

/* Wait for what can happen next; close when nothing can. A connection is handed over when
 * the replies to earlier queries have left. */
static void watch_or_close(struct tcp_session *session)
{
    const struct tcp_stream *stream = &session->stream;
    const struct tcp_answers *answers = &session->pool->answers;
    int wanted = (tcp_stream_readable(stream) ? UV_READABLE : 0) |
                 (tcp_stream_pending(stream) ? UV_WRITABLE : 0);

    if (stream->handing_over && !tcp_stream_pending(stream))
        answers->hand_over(answers->owner, stream->fd, &session->peer, stream->in,
                           stream->in_end);
    if (wanted == 0) {
        tcp_session_close(session);
        return;
    }
    if (wanted == session->watched)
        return;
    session->watched = wanted;
    if (uv_poll_start(&session->poll, wanted, on_ready) != 0)
        tcp_session_close(session);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct tcp_session *session = poll->data;
    int got = status < 0 ? -1 : 0;

    if (status == 0 && (events & UV_READABLE) != 0)
        got = tcp_stream_receive(&session->stream);
    if (got > 0)
        session->progress = uv_now(session->pool->loop);
    if (got < 0 || !exchange(session)) {
        tcp_session_close(session);
        return;
    }
    watch_or_close(session);
}

bool tcp_session_open(struct tcp_session *session, int fd, const struct address *peer)
{
    struct tcp_pool *pool = session->pool;

    if (uv_poll_init(pool->loop, &session->poll, fd) != 0) {
        close(fd);
        return false;
    }
    list_remove(&session->node);
    list_append(&pool->live, &session->node);
    pool->live_count++;
    counter_set(&pool->counters->tcp_open, pool->live_count);

    session->poll.data = session;
    session->peer = *peer;
    session->progress = uv_now(pool->loop);
    session->watched = 0;
    tcp_stream_init(&session->stream, fd, &session->peer.any, session->in, session->out);
    watch_or_close(session);
    return true;
}

void tcp_session_finish(struct tcp_session *session)
{
    bool broken = tcp_stream_receive(&session->stream) < 0 || !exchange(session);
    session->stream.ended = true;
    if (broken)
        tcp_session_close(session);
    else
        watch_or_close(session);
}

bool tcp_session_expired(const struct tcp_session *session, uint64_t now)
{
    const struct tcp_stream *stream = &session->stream;
    const struct tcp_limits *limits = &session->pool->limits;
    bool busy = tcp_stream_pending(stream) || tcp_stream_partial(stream);

    return now - session->progress >= (busy ? limits->io_ms : limits->idle_ms);
}
