/* intake/command_past.c - history, and what DNS would have answered: asked of a thread
 * that reads the database beside us, and answered later. */
#include "intake/commands.h"
#include "proto/encode.h"

static void on_done(void *context, enum rollcall_status status,
                    const struct buffer *members, const struct reason *why)
{
    struct pending *pending = context;
    struct buffer *out = pending_reply(pending);

    if (status != ROLLCALL_OK) {
        pending_fail(pending, status, why);
        return;
    }
    if (out != NULL) {
        reply_begin(out, &pending->seq);
        buffer_append(out, members->data, members->length);
        reply_end(out);
    }
    pending_done(pending);
}

enum rollcall_status command_past(struct session *session, const struct request *request,
                                  struct reason *why)
{
    const struct intake_settings *settings = &session->intake->settings;

    if (settings->ask_past == NULL) {
        reason_set(why, "this daemon keeps no history");
        return ROLLCALL_E_NOTFOUND;
    }
    struct pending *pending = session_defer(session, &request->seq);
    if (pending == NULL)
        return ROLLCALL_E_NOMEM;
    enum rollcall_status status =
        settings->ask_past(settings->past_owner, request, on_done, pending, why);
    if (status != ROLLCALL_OK)
        pending_fail(pending, status, why);
    return ROLLCALL_OK;
}
