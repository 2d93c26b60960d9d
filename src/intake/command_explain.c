/* intake/command_explain.c - explain: what DNS answers, and why. */
#include "base/clock.h"
#include "intake/commands.h"
#include "proto/encode.h"
#include "proto/explain.h"

enum rollcall_status command_explain(struct session *session,
                                     const struct request *request, struct reason *why)
{
    const struct intake_settings *settings = &session->intake->settings;
    const struct request_explain *explain = &request->explain;
    const struct explanation_question question = { .name = explain->name,
                                                   .type = explain->type,
                                                   .client = explain->client,
                                                   .tcp = explain->tcp,
                                                   .wall = clock_wall_ms() };
    struct explanation *explanation = NULL;

    if (explain->at != 0)
        return command_past(session, request, why);
    enum rollcall_status status =
        settings->explain(settings->explain_owner, &question, &explanation, why);
    if (status != ROLLCALL_OK)
        return status;
    struct buffer *out = session_reply(session);
    if (out != NULL) {
        reply_begin(out, &request->seq);
        member_number(out, PROTO_REVISION, registry_revision(session->intake->registry));
        encode_explanation(out, explanation);
        reply_end(out);
    }
    explanation_destroy(explanation);
    session_replied(session);
    return ROLLCALL_OK;
}
