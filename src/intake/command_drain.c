/* intake/command_drain.c - drain, undrain, override. */
#include <string.h>

#include "base/clock.h"
#include "intake/commands.h"
#include "intake/drains.h"
#include "proto/encode.h"

/* Everything that was said, and -1 in `safe_in` where nothing is to be waited for. */
static void write_reply(struct pending *pending, const struct registry_reply *reply)
{
    struct buffer *out = pending_reply(pending);

    if (out == NULL)
        return;
    reply_begin(out, &pending->seq);
    member_number(out, PROTO_REVISION, reply->revision);
    if (reply->safe_in >= 0)
        member_duration(out, PROTO_SAFE_IN, (uint64_t)reply->safe_in);
    reply_end(out);
}

static void on_drained(void *context, enum rollcall_status status,
                       const struct registry_reply *reply, const struct reason *why)
{
    struct pending *pending = context;
    /* Gone with its session. */
    struct drain_wait *wait = pending->session == NULL ? NULL : pending->wait;

    if (status != ROLLCALL_OK) {
        if (wait != NULL)
            drain_wait_cancel(wait);
        pending_fail(pending, status, why);
        return;
    }
    write_reply(pending, reply);
    if (wait != NULL)
        drain_wait_begin(wait, reply->safe_in > 0 ? reply->safe_in : 0);
    pending_done(pending);
}

static void on_done(void *context, enum rollcall_status status,
                    const struct registry_reply *reply, const struct reason *why)
{
    struct pending *pending = context;

    if (status != ROLLCALL_OK) {
        pending_fail(pending, status, why);
        return;
    }
    write_reply(pending, reply);
    pending_done(pending);
}

enum rollcall_status command_drain(struct session *session, const struct request *request,
                                   struct reason *why)
{
    const struct requester who = session_requester(session);
    int64_t wait = request->drain.has_for ? (int64_t)request->drain.wait : -1;
    struct drain_wait *place =
        drain_wait_create(session, request->drain.id, &request->seq, why);

    if (place == NULL)
        return ROLLCALL_E_LIMIT;
    struct pending *pending = session_defer(session, &request->seq);
    if (pending == NULL) {
        drain_wait_cancel(place);
        return ROLLCALL_E_NOMEM;
    }
    pending->wait = place;
    enum rollcall_status status =
        registry_drain(session->intake->registry, request->drain.id, wait, &who,
                       clock_monotonic_ms(), clock_wall_ms(), on_drained, pending, why);
    if (status == ROLLCALL_OK)
        return ROLLCALL_OK;
    drain_wait_cancel(place);
    pending_fail(pending, status, why);
    return ROLLCALL_OK;
}

enum rollcall_status command_undrain(struct session *session,
                                     const struct request *request, struct reason *why)
{
    const struct requester who = session_requester(session);
    struct pending *pending = session_defer(session, &request->seq);

    if (pending == NULL)
        return ROLLCALL_E_NOMEM;
    enum rollcall_status status =
        registry_undrain(session->intake->registry, request->id, &who,
                         clock_monotonic_ms(), clock_wall_ms(), on_done, pending, why);
    if (status != ROLLCALL_OK)
        pending_fail(pending, status, why);
    return ROLLCALL_OK;
}

enum rollcall_status command_override(struct session *session,
                                      const struct request *request, struct reason *why)
{
    const struct requester who = session_requester(session);
    const struct override_request asked = {
        .id = request->override.id,
        .state = strcmp(request->override.state, "up") == 0     ? OVERRIDE_UP
                 : strcmp(request->override.state, "down") == 0 ? OVERRIDE_DOWN
                                                                : OVERRIDE_NONE,
        .lasts = (int64_t)request->override.lasts,
        .note = request->override.reason,
    };
    struct pending *pending = session_defer(session, &request->seq);

    if (pending == NULL)
        return ROLLCALL_E_NOMEM;
    enum rollcall_status status =
        registry_override(session->intake->registry, &asked, &who, clock_monotonic_ms(),
                          clock_wall_ms(), on_done, pending, why);
    if (status != ROLLCALL_OK)
        pending_fail(pending, status, why);
    return ROLLCALL_OK;
}
