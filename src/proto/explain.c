#include "proto/explain.h"

#include "proto/decoder.h"
#include "proto/encode.h"
#include "proto/encode_text.h"

#define ANSWERS   "answers"
#define DATA      "data"
#define IN        "in"
#define LAYOUT    "layout"
#define NOTE      "note"
#define RCODE     "rcode"
#define TOTAL     "total"
#define TRUNCATED "truncated"
#define TTL_FROM  "ttl_from"
#define VERDICT   "verdict"

/* ---- the daemon's side ---------------------------------------------------------- */

static void text_or_nothing(struct buffer *out, const char *name, const char *value)
{
    if (value != NULL)
        member_text(out, name, value);
}

static void first_text(struct buffer *out, const char *name, const char *value)
{
    buffer_format(out, "{\"%s\":", name);
    encode_text(out, value != NULL ? value : "");
}

static void encode_record(struct buffer *out, const struct explained_record *record)
{
    first_text(out, PROTO_NAME, record->name);
    text_or_nothing(out, PROTO_TYPE, record->type);
    member_number(out, PROTO_TTL, record->ttl);
    text_or_nothing(out, DATA, record->data);
    buffer_char(out, '}');
}

static void encode_instance(struct buffer *out, const struct explained_instance *is)
{
    first_text(out, PROTO_ID, is->id);
    text_or_nothing(out, PROTO_SERVICE, is->service);
    text_or_nothing(out, PROTO_NAMESPACE, is->namespace_name);
    text_or_nothing(out, PROTO_LABEL, is->label);
    member_bool(out, IN, is->in);
    text_or_nothing(out, PROTO_REASON, is->reason);
    text_or_nothing(out, PROTO_TEXT, is->text);
    if (is->in) {
        member_number(out, PROTO_TTL, is->ttl);
        text_or_nothing(out, TTL_FROM, is->ttl_from);
    }
    buffer_char(out, '}');
}

void encode_explanation(struct buffer *out, const struct explanation *explanation)
{
    text_or_nothing(out, PROTO_NAME, explanation->name);
    text_or_nothing(out, PROTO_TYPE, explanation->type);
    text_or_nothing(out, VERDICT, explanation->verdict);
    text_or_nothing(out, PROTO_ZONE, explanation->zone);
    text_or_nothing(out, LAYOUT, explanation->layout);
    text_or_nothing(out, RCODE, explanation->rcode);
    member_bool(out, TRUNCATED, explanation->truncated);
    text_or_nothing(out, NOTE, explanation->note);
    member_number(out, IN, explanation->in);
    member_number(out, TOTAL, explanation->total);
    buffer_text(out, ",\"" ANSWERS "\":[");
    for (size_t i = 0; i < explanation->record_count; i++) {
        buffer_text(out, i > 0 ? "," : "");
        encode_record(out, &explanation->records[i]);
    }
    buffer_text(out, "],\"" PROTO_INSTANCES "\":[");
    for (size_t i = 0; i < explanation->instance_count; i++) {
        buffer_text(out, i > 0 ? "," : "");
        encode_instance(out, &explanation->instances[i]);
    }
    buffer_char(out, ']');
}

/* ---- the client's side ---------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static uint32_t number_of(const json_t *object, const char *name)
{
    return (uint32_t)json_integer_value(json_object_get(object, name));
}

void reply_explanation(const struct decoder *decoder, struct explanation *out)
{
    const json_t *root = decoder->root;

    *out = (struct explanation){
        .name = text_of(root, PROTO_NAME),
        .type = text_of(root, PROTO_TYPE),
        .zone = text_of(root, PROTO_ZONE),
        .layout = text_of(root, LAYOUT),
        .rcode = text_of(root, RCODE),
        .verdict = text_of(root, VERDICT),
        .note = text_of(root, NOTE),
        .truncated = json_is_true(json_object_get(root, TRUNCATED)),
        .in = number_of(root, IN),
        .total = number_of(root, TOTAL),
        .record_count = json_array_size(json_object_get(root, ANSWERS)),
        .instance_count = json_array_size(json_object_get(root, PROTO_INSTANCES)),
    };
}

bool reply_explained_record(const struct decoder *decoder, size_t index,
                            struct explained_record *out)
{
    const json_t *object = json_array_get(json_object_get(decoder->root, ANSWERS), index);

    *out = (struct explained_record){
        .name = text_of(object, PROTO_NAME),
        .type = text_of(object, PROTO_TYPE),
        .data = text_of(object, DATA),
        .ttl = number_of(object, PROTO_TTL),
    };
    return json_is_object(object);
}

bool reply_explained_instance(const struct decoder *decoder, size_t index,
                              struct explained_instance *out)
{
    const json_t *object =
        json_array_get(json_object_get(decoder->root, PROTO_INSTANCES), index);

    *out = (struct explained_instance){
        .id = text_of(object, PROTO_ID),
        .service = text_of(object, PROTO_SERVICE),
        .namespace_name = text_of(object, PROTO_NAMESPACE),
        .label = text_of(object, PROTO_LABEL),
        .reason = text_of(object, PROTO_REASON),
        .text = text_of(object, PROTO_TEXT),
        .ttl_from = text_of(object, TTL_FROM),
        .ttl = number_of(object, PROTO_TTL),
        .in = json_is_true(json_object_get(object, IN)),
    };
    return json_is_object(object);
}
