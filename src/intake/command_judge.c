/* intake/command_judge.c - brake, check_now, check_try: what is asked of who judges. */
#include <stdlib.h>

#include "intake/commands.h"
#include "proto/encode.h"

enum { RESULTS_MAX = 64 * 1024 }; /* sixteen results of at most 1 KiB each, escaped */

/* The results of one request, until the last one has come. */
struct looked {
    struct pending *pending; /* borrowed; lives until pending_done() */
    struct buffer results;
};

static void write_results(struct buffer *out, const struct looked *looked)
{
    reply_begin(out, &looked->pending->seq);
    buffer_text(out, ",\"" PROTO_RESULTS "\":[");
    buffer_append(out, looked->results.data, looked->results.length);
    buffer_char(out, ']');
    reply_end(out);
}

static void finish(struct looked *looked)
{
    struct buffer *out = pending_reply(looked->pending);

    if (out != NULL)
        write_results(out, looked);
    pending_done(looked->pending);
    buffer_deinit(&looked->results);
    free(looked);
}

static void on_looked(void *context, const struct look_result *result)
{
    struct looked *looked = context;

    if (result->check == NULL) {
        finish(looked);
        return;
    }
    const struct result_view view = {
        .check = result->check,
        .kind = result->kind,
        .target = result->target,
        .outcome = result->outcome,
        .message = result->words,
        .health = result->health,
        .latency_us = result->latency_us > 0 ? (uint64_t)result->latency_us : 0,
    };
    if (looked->results.length > 0)
        buffer_char(&looked->results, ',');
    encode_result_view(&looked->results, &view);
}

static struct looked *begin(struct session *session, const struct request *request)
{
    struct looked *looked = malloc(sizeof *looked);

    if (looked == NULL)
        return NULL;
    looked->pending = session_defer(session, &request->seq);
    if (looked->pending == NULL) {
        free(looked);
        return NULL;
    }
    buffer_init(&looked->results, RESULTS_MAX);
    return looked;
}

/* It was refused: the answer is the reason. */
static enum rollcall_status give_up(struct looked *looked, enum rollcall_status status,
                                    const struct reason *why)
{
    pending_fail(looked->pending, status, why);
    buffer_deinit(&looked->results);
    free(looked);
    return ROLLCALL_OK;
}

enum rollcall_status command_check_now(struct session *session,
                                       const struct request *request, struct reason *why)
{
    const struct judge *judge = session->intake->settings.judge;
    const struct requester who = session_requester(session);
    struct looked *looked = begin(session, request);

    if (looked == NULL)
        return ROLLCALL_E_NOMEM;
    enum rollcall_status status =
        judge->check_now(judge->owner, request->check.id, request->check.check, &who,
                         on_looked, looked, why);
    return status == ROLLCALL_OK ? status : give_up(looked, status, why);
}

enum rollcall_status command_check_try(struct session *session,
                                       const struct request *request, struct reason *why)
{
    const struct judge *judge = session->intake->settings.judge;
    const struct requester who = session_requester(session);
    enum rollcall_status status =
        session_admit_checks(session, &request->reg.instance, why);

    if (status != ROLLCALL_OK)
        return status;
    struct instance *instance = instance_copy(&request->reg.instance);
    struct looked *looked = instance == NULL ? NULL : begin(session, request);
    if (looked == NULL) {
        instance_unref(instance);
        return ROLLCALL_E_NOMEM;
    }
    status = judge->check_try(judge->owner, instance, &who, on_looked, looked, why);
    instance_unref(instance);
    return status == ROLLCALL_OK ? status : give_up(looked, status, why);
}

enum rollcall_status command_brake(struct session *session, const struct request *request,
                                   struct reason *why)
{
    const struct judge *judge = session->intake->settings.judge;
    const struct requester who = session_requester(session);
    uint32_t held = 0;
    enum rollcall_status status =
        judge->brake(judge->owner, request->brake.namespace_name, request->brake.service,
                     request->brake.confirm, &who, &held, why);

    if (status != ROLLCALL_OK)
        return status;
    struct buffer *out = session_reply(session);
    if (out == NULL)
        return ROLLCALL_OK;
    reply_begin(out, &request->seq);
    member_number(out, PROTO_REVISION, registry_revision(session->intake->registry));
    member_number(out, PROTO_HELD, held);
    reply_end(out);
    session_replied(session);
    return ROLLCALL_OK;
}
