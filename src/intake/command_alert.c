/* intake/command_alert.c - silence, unsilence, silences, alerts, alert_test. */
#include "base/clock.h"
#include "intake/commands.h"
#include "intake/desk.h"
#include "proto/alerts.h"
#include "proto/encode.h"

static const struct desk *desk_of(const struct session *session)
{
    return session->intake->settings.desk;
}

static void on_silence(void *context, enum rollcall_status status, uint64_t number,
                       const struct reason *why)
{
    struct pending *pending = context;

    if (status != ROLLCALL_OK) {
        pending_fail(pending, status, why);
        return;
    }
    struct buffer *out = pending_reply(pending);
    if (out != NULL) {
        reply_begin(out, &pending->seq);
        member_number(out, PROTO_SILENCE_, number);
        reply_end(out);
    }
    pending_done(pending);
}

enum rollcall_status command_silence(struct session *session,
                                     const struct request *request, struct reason *why)
{
    const struct desk *desk = desk_of(session);
    const struct requester who = session_requester(session);
    struct pending *pending = session_defer(session, &request->seq);

    if (pending == NULL)
        return ROLLCALL_E_NOMEM;
    enum rollcall_status status = desk->silence(
        desk->owner, &request->silence, &who, clock_wall_ms(), on_silence, pending, why);
    if (status != ROLLCALL_OK)
        pending_fail(pending, status, why);
    return ROLLCALL_OK;
}

enum rollcall_status command_unsilence(struct session *session,
                                       const struct request *request, struct reason *why)
{
    const struct desk *desk = desk_of(session);
    const struct requester who = session_requester(session);
    struct pending *pending = session_defer(session, &request->seq);

    if (pending == NULL)
        return ROLLCALL_E_NOMEM;
    enum rollcall_status status = desk->unsilence(desk->owner, request->silence_number,
                                                  &who, on_silence, pending, why);
    if (status != ROLLCALL_OK)
        pending_fail(pending, status, why);
    return ROLLCALL_OK;
}

enum rollcall_status command_silences(struct session *session,
                                      const struct request *request, struct reason *why)
{
    const struct desk *desk = desk_of(session);
    struct buffer *out = session_reply(session);
    struct silence_view view;

    (void)why;
    if (out != NULL) {
        reply_begin(out, &request->seq);
        buffer_text(out, ",\"" PROTO_SILENCES_ "\":[");
        for (size_t i = 0; desk->silence_view(desk->owner, i, &view); i++) {
            buffer_text(out, i > 0 ? "," : "");
            encode_silence_view(out, &view);
        }
        buffer_char(out, ']');
        reply_end(out);
    }
    session_replied(session);
    return ROLLCALL_OK;
}

enum rollcall_status command_alerts(struct session *session,
                                    const struct request *request, struct reason *why)
{
    const struct desk *desk = desk_of(session);
    struct buffer *out = session_reply(session);
    struct alert_view view;
    size_t at = 0;

    (void)why;
    if (out != NULL) {
        reply_begin(out, &request->seq);
        buffer_text(out, ",\"" PROTO_ALERTS_ "\":[");
        for (bool first = true; desk->next_alert(desk->owner, &at, &view);
             first = false) {
            buffer_text(out, first ? "" : ",");
            encode_alert_view(out, &view);
        }
        buffer_char(out, ']');
        reply_end(out);
    }
    session_replied(session);
    return ROLLCALL_OK;
}

static void on_tested(void *context, bool delivered, const char *text)
{
    struct pending *pending = context;
    struct buffer *out = pending_reply(pending);

    if (out != NULL) {
        reply_begin(out, &pending->seq);
        member_bool(out, PROTO_DELIVERED, delivered);
        member_text(out, PROTO_OUTPUT, text);
        reply_end(out);
    }
    pending_done(pending);
}

enum rollcall_status command_alert_test(struct session *session,
                                        const struct request *request, struct reason *why)
{
    const struct desk *desk = desk_of(session);
    const struct requester who = session_requester(session);
    struct pending *pending = session_defer(session, &request->seq);

    if (pending == NULL)
        return ROLLCALL_E_NOMEM;
    enum rollcall_status status = desk->test(desk->owner, request->receiver, &who,
                                             clock_wall_ms(), on_tested, pending, why);
    if (status != ROLLCALL_OK)
        pending_fail(pending, status, why);
    return ROLLCALL_OK;
}
