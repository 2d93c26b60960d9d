#include "proto/alerts.h"

#include "proto/decoder.h"
#include "proto/encode.h"

static void text_if_any(struct buffer *out, const char *name, const char *value)
{
    if (value[0] != '\0')
        member_text(out, name, value);
}

void encode_silence_view(struct buffer *out, const struct silence_view *view)
{
    buffer_char(out, '{');
    member_number(out, PROTO_SILENCE_, view->number);
    text_if_any(out, PROTO_SERVICE, view->service);
    text_if_any(out, PROTO_NAMESPACE, view->namespace_name);
    text_if_any(out, PROTO_ID, view->id);
    text_if_any(out, PROTO_TAG, view->tag);
    member_number(out, PROTO_SINCE, (uint64_t)view->created);
    member_number(out, PROTO_UNTIL, (uint64_t)view->until);
    member_number(out, PROTO_BY, view->by);
    text_if_any(out, PROTO_REASON, view->reason);
    member_number(out, PROTO_SILENCED, view->silenced);
    buffer_char(out, '}');
}

void encode_alert_view(struct buffer *out, const struct alert_view *view)
{
    buffer_char(out, '{');
    member_text(out, PROTO_IS, view->is);
    member_text(out, PROTO_STATE, view->state);
    member_text(out, PROTO_RULE, view->rule);
    text_if_any(out, PROTO_NAMESPACE, view->namespace_name);
    text_if_any(out, PROTO_SERVICE, view->service);
    text_if_any(out, PROTO_ID, view->id);
    member_number(out, PROTO_SINCE, (uint64_t)view->since);
    text_if_any(out, PROTO_OUTPUT, view->output);
    buffer_char(out, '}');
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? "" : text;
}

static int64_t number_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static const json_t *object_of(const struct decoder *decoder, const char *list,
                               size_t index)
{
    const json_t *object = json_array_get(json_object_get(decoder->root, list), index);

    return json_is_object(object) ? object : NULL;
}

bool reply_silence(const struct decoder *decoder, size_t index, struct silence_view *out)
{
    const json_t *object = object_of(decoder, PROTO_SILENCES_, index);

    if (object == NULL)
        return false;
    *out = (struct silence_view){
        .number = (uint64_t)number_of(object, PROTO_SILENCE_),
        .created = number_of(object, PROTO_SINCE),
        .until = number_of(object, PROTO_UNTIL),
        .by = (uint32_t)number_of(object, PROTO_BY),
        .silenced = (uint64_t)number_of(object, PROTO_SILENCED),
        .service = text_of(object, PROTO_SERVICE),
        .namespace_name = text_of(object, PROTO_NAMESPACE),
        .id = text_of(object, PROTO_ID),
        .tag = text_of(object, PROTO_TAG),
        .reason = text_of(object, PROTO_REASON),
    };
    return true;
}

bool reply_alert(const struct decoder *decoder, size_t index, struct alert_view *out)
{
    const json_t *object = object_of(decoder, PROTO_ALERTS_, index);

    if (object == NULL)
        return false;
    *out = (struct alert_view){
        .is = text_of(object, PROTO_IS),
        .state = text_of(object, PROTO_STATE),
        .since = number_of(object, PROTO_SINCE),
        .rule = text_of(object, PROTO_RULE),
        .namespace_name = text_of(object, PROTO_NAMESPACE),
        .service = text_of(object, PROTO_SERVICE),
        .id = text_of(object, PROTO_ID),
        .output = text_of(object, PROTO_OUTPUT),
    };
    return true;
}
