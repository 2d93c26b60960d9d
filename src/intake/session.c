#include "intake/session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "intake/command_watch.h"
#include "intake/commands.h"
#include "intake/drains.h"
#include "intake/gate.h"
#include "intake/guest.h"
#include "intake/peer.h"
#include "intake/remote.h"
#include "proto/encode.h"
#include "proto/sift.h"

enum {
    FEED = 256 * 1024, /* handed to the socket at once */
    READY_KEEP = 4096, /* more memory than this is given back when all is written */
    READY_MAX = 1024 * 1024 * 1024
};

static size_t output_waiting(const struct session *session)
{
    return session->ready.length - session->ready_sent +
           (session->stream == NULL ? 0 : line_stream_queued(session->stream));
}

void session_touch(struct session *session)
{
    if (list_empty(&session->dirty))
        list_append(&session->intake->dirty, &session->dirty);
}

/* Take more requests, or let them wait in the socket. */
static void update_reading(struct session *session)
{
    bool stop = session->held != NULL ||
                session->pending_count >=
                    session->intake->settings.config->registry.max_pending ||
                output_waiting(session) > SESSION_OUTPUT_HIGH;

    if (session->closed || session->stream == NULL)
        return;
    if (stop)
        line_stream_pause(session->stream);
    else
        line_stream_resume(session->stream);
}

/* --- Closing. */

void session_let_go(struct session *session)
{
    list_for_each_safe (at, keep, &session->pendings) {
        struct pending *pending = list_entry(at, struct pending, node);
        list_remove(at);
        pending->session = NULL;
        if (pending->done) {
            buffer_deinit(&pending->reply);
            free(pending);
        }
    }
    session->pending_count = 0;
    watch_requests_end(session);
    drains_forget(session);
    list_remove(&session->dirty);
    list_remove(&session->runnable);
    list_remove(&session->node);
    free(session->held);
    session->held = NULL;
    session->closed = true;
}

/* Of a client. */
static void let_client_go(struct session *session)
{
    struct intake *intake = session->intake;

    session_let_go(session);
    if (session->remote != NULL) {
        remote_close(session->remote);
        return;
    }
    intake->session_count--;
    counter_set(&intake->counts.connections, intake->session_count);
}

static void on_closed(void *owner)
{
    struct session *session = owner;
    struct intake *intake = session->intake;

    buffer_deinit(&session->ready);
    free(session);
    intake_closed_one(intake);
}

static void session_close(struct session *session)
{
    struct intake *intake = session->intake;

    if (session->closed)
        return;
    let_client_go(session);
    registry_holder_closed(intake->registry, &session->holder, clock_monotonic_ms());
    line_stream_close(session->stream);
}

void session_abandon(struct session *session)
{
    if (session->guest != NULL) {
        guest_abandon(session->guest);
        return;
    }
    if (session->closed)
        return;
    let_client_go(session);
    registry_holder_detach(session->intake->registry, &session->holder);
    line_stream_close(session->stream);
}

static bool is_finished(const struct session *session)
{
    if (!session->finishing || session->pending_count > 0 || session->held != NULL)
        return false;
    return output_waiting(session) == 0 || session->ready.failed ||
           peer_is_gone(line_stream_fd(session->stream));
}

/* Not from inside a callback of the stream or of the registry. */
static void run_later(struct session *session)
{
    if (list_empty(&session->runnable))
        list_append(&session->intake->runnable, &session->runnable);
    intake_do_later(session->intake);
}

/* --- Answers. */

static struct pending *add_pending(struct session *session, const struct proto_seq *seq)
{
    struct pending *pending = calloc(1, sizeof *pending + seq->length);
    if (pending == NULL)
        return NULL;
    if (seq->text != NULL) {
        char *text = (char *)(pending + 1);
        memcpy(text, seq->text, seq->length);
        pending->seq = (struct proto_seq){ text, seq->length };
    }
    pending->session = session;
    pending->sifted = session->sifting;
    buffer_init(&pending->reply, READY_MAX);
    list_append(&session->pendings, &pending->node);
    session->pending_count++;
    return pending;
}

struct pending *session_defer(struct session *session, const struct proto_seq *seq)
{
    return add_pending(session, seq);
}

/* With changes before it, an answer that is ready takes its place among them. */
struct buffer *session_reply(struct session *session)
{
    const struct proto_seq none = { NULL, 0 };

    if (list_empty(&session->pendings) && !session->sifting)
        return &session->ready;
    struct pending *pending = add_pending(session, &none);
    if (pending == NULL) {
        session->finishing = true;
        return NULL;
    }
    pending->done = true;
    return &pending->reply;
}

static bool may_see(const void *owner, const char *namespace_name, const char *service)
{
    return gate_may_see(owner, namespace_name, service);
}

static void take_reply(struct session *session, const struct pending *pending)
{
    const struct buffer *reply = &pending->reply;

    if (reply->length == 0)
        return;
    if (!pending->sifted)
        buffer_append(&session->ready, reply->data, reply->length);
    else if (!reply_sift_line(&session->ready, reply->data, reply->length, may_see,
                              session))
        session->finishing = true;
}

/* Whatever is done at the front of the line may be written. */
static void take_done(struct session *session)
{
    while (!list_empty(&session->pendings)) {
        struct pending *first = list_entry(session->pendings.next, struct pending, node);
        if (!first->done)
            break;
        take_reply(session, first);
        if (first->reply.failed)
            session->finishing = true;
        buffer_deinit(&first->reply);
        list_remove(&first->node);
        free(first);
        session->pending_count--;
        session->taken++;
    }
}

void session_replied(struct session *session)
{
    take_done(session);
    if (session->ready.failed)
        session->finishing = true;
    session_touch(session);
}

struct buffer *pending_reply(struct pending *pending)
{
    struct session *session = pending->session;

    if (session == NULL)
        return NULL;
    return session->pendings.next == &pending->node && !pending->sifted ? &session->ready
                                                                        : &pending->reply;
}

void pending_done(struct pending *pending)
{
    struct session *session = pending->session;

    if (session == NULL) {
        free(pending);
        return;
    }
    pending->done = true;
    session_replied(session);
    if (session->held == NULL) {
        update_reading(session);
    } else if (session->pending_count == 0) {
        run_later(session);
    }
}

void pending_fail(struct pending *pending, enum rollcall_status status,
                  const struct reason *why)
{
    struct buffer *out = pending_reply(pending);

    if (out != NULL) {
        counter_add(&pending->session->intake->counts.errors, 1);
        reply_error(out, &pending->seq, status, why);
    }
    pending_done(pending);
}

struct requester session_requester(struct session *session)
{
    return (struct requester){
        .uid = session->uid,
        .privileged = session->guest != NULL ? guest_is_privileged(session->guest)
                      : session->remote != NULL
                          ? session->remote->privileged
                          : session->uid == 0 || session->uid == session->intake->uid,
        .holder = session->guest != NULL ? NULL : &session->holder,
    };
}

static bool is_behind(struct session *session)
{
    if (session->lagging || session->finishing)
        return true;
    if (output_waiting(session) <= SESSION_EVENTS_HIGH)
        return false;
    session->lagging = true;
    session_touch(session);
    return true;
}

bool session_tell(struct session *session, const struct proto_seq *seq,
                  struct guest_event *event, bool must)
{
    struct intake *intake = session->intake;

    if (!must && is_behind(session))
        return false;
    if (session->guest != NULL) {
        if (!guest_tell(session->guest, event)) {
            session->lagging = true;
            return false;
        }
    } else {
        encode_event(&session->ready, seq, event->word, &intake->tail);
        session_replied(session);
    }
    counter_add(&intake->counts.events, 1);
    return true;
}

void session_hand_over(struct session *session)
{
    if (session->guest != NULL)
        guest_flush(session->guest);
}

/* --- Requests. */

static void answer_error(struct session *session, const struct proto_seq *seq,
                         enum rollcall_status status, const struct reason *why)
{
    struct buffer *out = session_reply(session);

    counter_add(&session->intake->counts.errors, 1);
    if (out != NULL)
        reply_error(out, seq, status, why);
    session_replied(session);
}

static void run_line(struct session *session, char *line, size_t length,
                     struct request *request)
{
    struct decoder *decoder = session->intake->decoder;
    struct reason why = REASON_NONE;
    enum rollcall_status status = gate_look(session, request->op, &why);

    session->sifting = false;
    decoder_from(decoder, session->remote != NULL ? &session->remote->address : NULL);
    if (status == ROLLCALL_OK)
        status = request_decode(decoder, line, length, request, &why);
    if (status == ROLLCALL_OK)
        status = gate_admit(session, request, &why);
    if (status == ROLLCALL_OK)
        status = command_find(request->op)->run(session, request, &why);
    session->sifting = false;
    if (status == ROLLCALL_OK)
        return;
    answer_error(session, &request->seq, status, &why);
    if (session->remote != NULL)
        remote_refused(session->remote, request->op);
    if (request->op == PROTO_WATCH) /* its reply comes at once, whatever it says */
        session_hand_over(session);
}

/* NDJSON readers may skip empty lines; so do we. */
static bool is_blank(const char *line)
{
    return line[strspn(line, " \t\r")] == '\0';
}

static void hold(struct session *session, const char *line, size_t length)
{
    session->held = malloc(length + 1);
    if (session->held == NULL) {
        session->finishing = true;
        session_touch(session);
        return;
    }
    memcpy(session->held, line, length);
    session->held[length] = '\0';
    session->held_length = length;
}

void session_take(struct session *session, char *line, size_t length)
{
    struct request request;

    if (session->finishing || session->closed || is_blank(line))
        return;
    counter_add(&session->intake->counts.requests, 1);
    request_scan(line, length, &request);
    if (session->pending_count > 0 && !command_is_change(request.op))
        hold(session, line, length);
    else
        run_line(session, line, length, &request);
    update_reading(session);
}

static void on_line(void *owner, char *line, size_t length)
{
    session_take(owner, line, length);
}

static void run_held(struct session *session)
{
    char *line = session->held;
    struct request request;

    session->held = NULL;
    request_scan(line, session->held_length, &request);
    run_line(session, line, session->held_length, &request);
    free(line);
    update_reading(session);
}

void session_run(struct session *session)
{
    list_remove(&session->runnable);
    if (session->held != NULL && session->pending_count == 0)
        run_held(session);
    if (is_finished(session))
        session_close(session);
}

/* The connection is over for its leases; what was asked before is still done, and
 * answered as long as the peer may be reading. */
static void finish(struct session *session)
{
    session->finishing = true;
    registry_holder_closed(session->intake->registry, &session->holder,
                           clock_monotonic_ms());
    session_touch(session);
}

void session_dismiss(struct session *session, enum rollcall_status status,
                     const struct reason *why)
{
    const struct proto_seq none = { NULL, 0 };

    if (session->finishing || session->closed)
        return;
    answer_error(session, &none, status, why);
    finish(session);
}

static void on_too_long(void *owner)
{
    struct reason why;

    reason_set(&why,
               "the line is longer than %d bytes; the connection is closed, since what "
               "follows cannot be told apart",
               PROTO_LINE_MAX);
    session_dismiss(owner, ROLLCALL_E_TOO_LONG, &why);
}

static void on_end(void *owner)
{
    finish(owner);
}

static const struct line_stream_callbacks stream_callbacks = {
    .on_line = on_line,
    .on_too_long = on_too_long,
    .on_end = on_end,
    .on_closed = on_closed,
};

void session_init(struct session *session, struct intake *intake)
{
    session->intake = intake;
    list_init(&session->dirty);
    list_init(&session->runnable);
    list_init(&session->pendings);
    list_init(&session->watches);
    list_init(&session->drains);
    buffer_init(&session->ready, READY_MAX);
    list_append(&intake->sessions, &session->node);
}

/* Who it is: the kernel says it of a neighbour, a token of who comes from afar. */
static bool identify(struct session *session, int fd, struct remote *remote)
{
    session->remote = remote;
    if (remote == NULL)
        return peer_uid(fd, &session->uid) == ROLLCALL_OK;
    remote->session = session;
    session->uid = TOKEN_UID;
    return true;
}

static void count_client(struct intake *intake)
{
    intake->session_count++;
    counter_set(&intake->counts.connections, intake->session_count);
}

bool session_open(struct intake *intake, int fd, struct remote *remote)
{
    struct session *session = calloc(1, sizeof *session);

    if (session == NULL || !identify(session, fd, remote) ||
        line_stream_open(intake->loop, fd, PROTO_LINE_MAX, &stream_callbacks, session,
                         &session->stream) != ROLLCALL_OK) {
        log_limited(&intake->log_limit, clock_monotonic_ms(), LOG_LEVEL_ERROR, "intake",
                    "cannot take a connection: out of memory or descriptors");
        free(session);
        close(fd);
        return false;
    }
    session_init(session, intake);
    intake->open++;
    if (remote == NULL)
        count_client(intake);
    return true;
}

void session_turn_away(int fd, enum rollcall_status status, const struct reason *why)
{
    const struct proto_seq none = { NULL, 0 };
    struct buffer out;

    buffer_init(&out, READY_KEEP);
    reply_error(&out, &none, status, why);
    /* A new socket takes so little at once; a peer that is gone already misses nothing.
     */
    ssize_t sent = send(fd, out.data, out.length, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)sent;
    shutdown(fd, SHUT_WR);
    buffer_deinit(&out);
    close(fd);
}

/* --- Output. */

static void forget_written(struct session *session)
{
    session->ready_sent = 0;
    if (session->ready.capacity > READY_KEEP) {
        buffer_deinit(&session->ready);
        buffer_init(&session->ready, READY_MAX);
    } else {
        buffer_clear(&session->ready);
    }
}

/* Piece by piece, as the stream keeps only so much for a slow reader. */
static void feed(struct session *session)
{
    struct buffer *ready = &session->ready;

    while (session->ready_sent < ready->length &&
           line_stream_queued(session->stream) == 0) {
        size_t left = ready->length - session->ready_sent;
        size_t piece = left < FEED ? left : FEED;
        buffer_append(line_stream_output(session->stream),
                      ready->data + session->ready_sent, piece);
        session->ready_sent += piece;
        line_stream_flush(session->stream);
    }
    if (session->ready_sent == ready->length && ready->length > 0)
        forget_written(session);
}

void session_flush(struct session *session)
{
    if (session->guest != NULL) {
        guest_flush(session->guest);
        return;
    }
    feed(session);
    if (session->lagging && output_waiting(session) == 0) {
        session->lagging = false;
        watch_requests_resync(session);
        feed(session);
    }
    if (is_finished(session))
        run_later(session);
    if (!session->finishing)
        update_reading(session);
    if (output_waiting(session) == 0 && !session->finishing)
        list_remove(&session->dirty);
}
