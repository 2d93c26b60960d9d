/* proto/encode.c - requests, replies and events, a line each. */
#include "proto/encode.h"

#include "model/instance.h"
#include "proto/encode_instance.h"
#include "proto/encode_text.h"

void reply_begin(struct buffer *out, const struct proto_seq *seq)
{
    buffer_append(out, "{\"ok\":true", 10);
    if (seq->text != NULL) {
        buffer_append(out, ",\"seq\":", 7);
        buffer_append(out, seq->text, seq->length);
    }
}

void reply_end(struct buffer *out)
{
    buffer_append(out, "}\n", 2);
}

void reply_error(struct buffer *out, const struct proto_seq *seq,
                 enum rollcall_status status, const struct reason *why)
{
    buffer_text(out, "{\"ok\":false");
    if (seq->text != NULL) {
        buffer_text(out, ",\"seq\":");
        buffer_append(out, seq->text, seq->length);
    }
    buffer_text(out, ",\"error\":{\"code\":");
    encode_text(out, rollcall_status_word(status));
    if (why != NULL && why->field[0] != '\0')
        member_text(out, PROTO_FIELD, why->field);
    member_text(out, PROTO_MESSAGE, reason_text(why, rollcall_status_text(status)));
    buffer_text(out, "}}\n");
}

void encode_service_view(struct buffer *out, const struct service_view *view)
{
    buffer_char(out, '{');
    member_text(out, PROTO_NAME, view->name);
    member_text(out, PROTO_NAMESPACE, view->namespace_name);
    member_number(out, PROTO_INSTANCES, view->instances);
    member_number(out, PROTO_HEALTHY, view->healthy);
    if (view->standing != NULL)
        member_text(out, PROTO_STANDING, view->standing);
    buffer_char(out, '}');
}

void encode_result_view(struct buffer *out, const struct result_view *view)
{
    buffer_text(out, "{\"" PROTO_CHECK "\":");
    encode_text(out, view->check);
    member_text(out, PROTO_KIND, view->kind);
    member_text(out, PROTO_TARGET, view->target);
    member_text(out, PROTO_OUTCOME, view->outcome);
    member_text(out, PROTO_STATUS, health_word(view->health));
    member_text(out, PROTO_MESSAGE, view->message);
    member_number(out, PROTO_LATENCY_US, view->latency_us);
    buffer_char(out, '}');
}

void encode_notice_tail(struct buffer *out, const struct notice_view *notice)
{
    member_number(out, PROTO_REVISION, notice->revision);
    member_bool(out, PROTO_ON, notice->on);
    if (notice->service != NULL)
        member_text(out, PROTO_SERVICE, notice->service);
    if (notice->namespace_name != NULL)
        member_text(out, PROTO_NAMESPACE, notice->namespace_name);
    if (notice->id != NULL)
        member_text(out, PROTO_ID, notice->id);
    member_text(out, PROTO_CAUSE, notice->words);
    buffer_text(out, "}\n");
}

void encode_event_tail(struct buffer *out, const struct event_view *event,
                       const struct check_schema *const *schemas)
{
    member_number(out, PROTO_REVISION, event->revision);
    if (event->instance != NULL) {
        member_text(out, PROTO_SERVICE, event->instance->service);
        member_text(out, PROTO_NAMESPACE, event->instance->namespace_name);
        member_text(out, PROTO_ID, event->instance->id);
        member_text(out, PROTO_HEALTH, health_word(event->health));
        if (event->standing != NULL) {
            member_text(out, PROTO_STANDING, event->standing);
            member_text(out, PROTO_EFFECTIVE, health_word(event->effective));
        }
        member_text(out, PROTO_CAUSE, event->cause);
        encode_name(out, PROTO_INSTANCE);
        buffer_char(out, '{');
        encode_instance_members(out, event->instance, schemas);
        buffer_char(out, '}');
    }
    buffer_text(out, "}\n");
}

void encode_event(struct buffer *out, const struct proto_seq *seq, const char *event,
                  const struct buffer *tail)
{
    buffer_text(out, "{\"event\":\"");
    buffer_text(out, event);
    buffer_char(out, '"');
    if (seq->text != NULL) {
        buffer_text(out, ",\"seq\":");
        buffer_append(out, seq->text, seq->length);
    }
    buffer_append(out, tail->data, tail->length);
}

/* --- Requests. */

static void text_if_given(struct buffer *out, const char *name, const char *value)
{
    if (value != NULL)
        member_text(out, name, value);
}

static void encode_hello(struct buffer *out, const struct request *request)
{
    text_if_given(out, PROTO_CLIENT, request->hello.client);
    text_if_given(out, PROTO_TOKEN, request->hello.token);
}

static void encode_register(struct buffer *out, const struct request *request)
{
    const struct request_register *reg = &request->reg;

    encode_instance_brief(out, &reg->instance);
    if (reg->has_status)
        member_text(out, PROTO_STATUS, health_word(reg->instance.status));
    if (reg->has_if_revision)
        member_number(out, PROTO_IF_REVISION, reg->if_revision);
}

static void encode_id(struct buffer *out, const struct request *request)
{
    text_if_given(out, PROTO_ID, request->id);
}

static void encode_renew(struct buffer *out, const struct request *request)
{
    const struct request_renew *renew = &request->renew;

    text_if_given(out, PROTO_ID, renew->id);
    if (renew->has_status)
        member_text(out, PROTO_STATUS, health_word(renew->status));
    text_if_given(out, PROTO_OUTPUT, renew->output);
    text_if_given(out, PROTO_CHECK, renew->check);
}

static void encode_drain(struct buffer *out, const struct request *request)
{
    text_if_given(out, PROTO_ID, request->drain.id);
    if (request->drain.has_for)
        member_duration(out, PROTO_FOR, request->drain.wait);
}

static void encode_override(struct buffer *out, const struct request *request)
{
    const struct request_override *override = &request->override;

    text_if_given(out, PROTO_ID, override->id);
    text_if_given(out, PROTO_STATE, override->state);
    if (override->lasts > 0)
        member_duration(out, PROTO_FOR, override->lasts);
    text_if_given(out, PROTO_REASON, override->reason);
}

static void encode_brake(struct buffer *out, const struct request *request)
{
    text_if_given(out, PROTO_SERVICE, request->brake.service);
    text_if_given(out, PROTO_NAMESPACE, request->brake.namespace_name);
    member_text(out, PROTO_ACTION, request->brake.confirm ? PROTO_CONFIRM : PROTO_REFUSE);
}

static void encode_check_now(struct buffer *out, const struct request *request)
{
    text_if_given(out, PROTO_ID, request->check.id);
    text_if_given(out, PROTO_CHECK, request->check.check);
}

static void encode_get(struct buffer *out, const struct request *request)
{
    const struct request_get *get = &request->get;

    text_if_given(out, PROTO_ID, get->id);
    text_if_given(out, PROTO_SERVICE, get->service);
    text_if_given(out, PROTO_NAMESPACE, get->namespace_name);
    text_if_given(out, PROTO_TAG, get->tag);
    if (get->all)
        member_bool(out, PROTO_HEALTHY, false);
    if (get->limit > 0)
        member_number(out, PROTO_LIMIT, get->limit);
}

static void encode_list(struct buffer *out, const struct request *request)
{
    text_if_given(out, PROTO_NAMESPACE, request->list.namespace_name);
    text_if_given(out, PROTO_PREFIX, request->list.prefix);
}

static void encode_watch(struct buffer *out, const struct request *request)
{
    text_if_given(out, PROTO_SERVICE, request->watch.service);
    text_if_given(out, PROTO_NAMESPACE, request->watch.namespace_name);
    if (request->watch.has_since)
        member_number(out, PROTO_SINCE, request->watch.since);
}

static void number_if(struct buffer *out, const char *name, uint64_t value)
{
    if (value != 0)
        member_number(out, name, value);
}

static void encode_history(struct buffer *out, const struct request *request)
{
    const struct request_history *history = &request->history;

    text_if_given(out, PROTO_NAME, history->name);
    text_if_given(out, PROTO_NAMESPACE, history->namespace_name);
    number_if(out, PROTO_SINCE, history->since);
    number_if(out, PROTO_UNTIL, history->until);
    number_if(out, PROTO_BEFORE, history->before);
    number_if(out, PROTO_LIMIT, history->limit);
}

static void encode_query(struct buffer *out, const struct request *request)
{
    text_if_given(out, PROTO_NAME, request->query.name);
    text_if_given(out, PROTO_TYPE, request->query.type);
    member_number(out, PROTO_AT, request->query.at);
}

static void encode_silence(struct buffer *out, const struct request *request)
{
    const struct request_silence *silence = &request->silence;

    text_if_given(out, PROTO_SERVICE, silence->service);
    text_if_given(out, PROTO_NAMESPACE, silence->namespace_name);
    text_if_given(out, PROTO_ID, silence->id);
    text_if_given(out, PROTO_TAG, silence->tag);
    if (silence->lasts > 0)
        member_duration(out, PROTO_FOR, silence->lasts);
    if (silence->until > 0)
        member_number(out, PROTO_UNTIL, (uint64_t)silence->until);
    text_if_given(out, PROTO_REASON, silence->reason);
}

static void encode_unsilence(struct buffer *out, const struct request *request)
{
    member_number(out, PROTO_SILENCE_, request->silence_number);
}

static void encode_alert_test(struct buffer *out, const struct request *request)
{
    text_if_given(out, PROTO_RECEIVER, request->receiver);
}

static void encode_explain(struct buffer *out, const struct request *request)
{
    const struct request_explain *explain = &request->explain;

    text_if_given(out, PROTO_NAME, explain->name);
    text_if_given(out, PROTO_TYPE, explain->type);
    text_if_given(out, PROTO_CLIENT, explain->client);
    if (explain->tcp)
        member_bool(out, PROTO_TCP, true);
    if (explain->at > 0)
        member_number(out, PROTO_AT, explain->at);
}

static void encode_nothing(struct buffer *out, const struct request *request)
{
    (void)out;
    (void)request;
}

static void (*const encoders[PROTO_OP_COUNT])(struct buffer *out,
                                              const struct request *request) = {
    [PROTO_HELLO] = encode_hello,
    [PROTO_REGISTER] = encode_register,
    [PROTO_DEREGISTER] = encode_id,
    [PROTO_RENEW] = encode_renew,
    [PROTO_DRAIN] = encode_drain,
    [PROTO_UNDRAIN] = encode_id,
    [PROTO_OVERRIDE] = encode_override,
    [PROTO_BRAKE] = encode_brake,
    [PROTO_CHECK_NOW] = encode_check_now,
    [PROTO_CHECK_TRY] = encode_register,
    [PROTO_GET] = encode_get,
    [PROTO_LIST] = encode_list,
    [PROTO_WATCH] = encode_watch,
    [PROTO_STATS] = encode_nothing,
    [PROTO_SILENCE] = encode_silence,
    [PROTO_UNSILENCE] = encode_unsilence,
    [PROTO_SILENCES] = encode_nothing,
    [PROTO_ALERTS] = encode_nothing,
    [PROTO_ALERT_TEST] = encode_alert_test,
    [PROTO_HISTORY] = encode_history,
    [PROTO_QUERY] = encode_query,
    [PROTO_EXPLAIN] = encode_explain,
    [PROTO_RELOAD] = encode_nothing,
};

void encode_request(struct buffer *out, const struct request *request)
{
    buffer_char(out, '{');
    member_text(out, PROTO_OP, proto_op_word(request->op));
    if (request->seq.text != NULL) {
        encode_name(out, PROTO_SEQ);
        buffer_append(out, request->seq.text, request->seq.length);
    }
    encoders[request->op](out, request);
    reply_end(out);
}
