/* proto/decode_reply.c - replies and events, as a client reads them.
 *
 * Members that are not known are skipped: a newer daemon may say more.
 */
#include <stdint.h>
#include <string.h>

#include "model/instance.h"
#include "proto/decoder.h"
#include "proto/standing.h"

#define REPLY(member) offsetof(struct reply, member)

static enum rollcall_status decode_expires(struct decoder *decoder,
                                           const struct json_field *field, json_t *value,
                                           void *into, struct reason *why)
{
    struct reply *reply = into;

    reply->has_expires_in = true;
    return json_ms64(decoder, field, value, &reply->expires_in, why);
}

static enum rollcall_status decode_safe_in(struct decoder *decoder,
                                           const struct json_field *field, json_t *value,
                                           void *into, struct reason *why)
{
    struct reply *reply = into;

    reply->has_safe_in = true;
    return json_ms64(decoder, field, value, &reply->safe_in, why);
}

/* "instances" is a list in a reply to get, a number in one to stats. */
static enum rollcall_status decode_instances(struct decoder *decoder,
                                             const struct json_field *field,
                                             json_t *value, void *into,
                                             struct reason *why)
{
    struct reply *reply = into;

    if (json_is_integer(value))
        return json_u64(decoder, field, value, &reply->instance_total, why);
    reply->instance_count = json_array_size(value);
    return ROLLCALL_OK;
}

static enum rollcall_status decode_event_instance(struct decoder *decoder,
                                                  const struct json_field *field,
                                                  json_t *value, void *into,
                                                  struct reason *why)
{
    struct reply *reply = into;

    (void)decoder;
    (void)field;
    (void)why;
    reply->instance_count = json_is_object(value) ? 1 : 0;
    return ROLLCALL_OK;
}

/* How long a list is; the client reads its entries one by one. */
static enum rollcall_status decode_length(struct decoder *decoder,
                                          const struct json_field *field, json_t *value,
                                          void *into, struct reason *why)
{
    (void)decoder;
    (void)field;
    (void)why;
    *(size_t *)into = json_array_size(value);
    return ROLLCALL_OK;
}

/* "held" is a number in a reply to brake. */
static enum rollcall_status decode_held(struct decoder *decoder,
                                        const struct json_field *field, json_t *value,
                                        void *into, struct reason *why)
{
    struct reply *reply = into;

    if (!json_is_integer(value))
        return ROLLCALL_OK;
    return json_u64(decoder, field, value, &reply->held, why);
}

static enum rollcall_status status_of_word(const char *word)
{
    static const struct {
        enum rollcall_status status;
        const char *word;
    } words[] = {
#define X(name, code, text, sentence) { ROLLCALL_##name, text },
        ROLLCALL_STATUS_LIST(X)
#undef X
    };

    for (size_t i = 0; word != NULL && i < sizeof words / sizeof words[0]; i++) {
        if (words[i].status != ROLLCALL_OK && strcmp(words[i].word, word) == 0)
            return words[i].status;
    }
    return ROLLCALL_E_INTERNAL; /* a code that a later version brings */
}

static enum rollcall_status decode_error(struct decoder *decoder,
                                         const struct json_field *field, json_t *value,
                                         void *into, struct reason *why)
{
    struct reply *reply = into;

    (void)decoder;
    if (!json_is_object(value))
        return json_refuse(why, field->name, value, "an object");
    reply->status = status_of_word(json_string_value(json_object_get(value, PROTO_CODE)));
    reply->field = json_string_value(json_object_get(value, PROTO_FIELD));
    reply->message = json_string_value(json_object_get(value, PROTO_MESSAGE));
    return ROLLCALL_OK;
}

#define ANY    0, INT32_MAX, false
#define NUMBER 0, INT64_MAX, false

static const struct json_field reply_fields[] = {
    { PROTO_OK, json_flag, REPLY(ok), ANY },
    { PROTO_ERROR, decode_error, 0, ANY },
    { PROTO_EVENT, json_text, REPLY(event), ANY },
    { PROTO_REVISION, json_u64, REPLY(revision), NUMBER },
    { PROTO_CREATED, json_flag, REPLY(created), ANY },
    { PROTO_EXPIRES_IN, decode_expires, 0, NUMBER },
    { PROTO_ID, json_text, REPLY(id), ANY },
    { PROTO_WARNING, json_text, REPLY(warning), ANY },
    { PROTO_VERSION, json_text, REPLY(version), ANY },
    { PROTO_ZONE, json_text, REPLY(zone), ANY },
    { PROTO_NODE, json_text, REPLY(node), ANY },
    { PROTO_DATACENTER, json_text, REPLY(datacenter), ANY },
    { PROTO_SERVICE, json_text, REPLY(service), ANY },
    { PROTO_NAMESPACE, json_text, REPLY(namespace_name), ANY },
    { PROTO_CAUSE, json_text, REPLY(cause), ANY },
    { PROTO_HEALTH, json_text, REPLY(health_word), ANY },
    { PROTO_STANDING, json_text, REPLY(standing_word), ANY },
    { PROTO_EFFECTIVE, json_text, REPLY(effective_word), ANY },
    { PROTO_SAFE_IN, decode_safe_in, 0, NUMBER },
    { PROTO_UPTIME, json_ms64, REPLY(uptime), NUMBER },
    { PROTO_INSTANCES, decode_instances, 0, NUMBER },
    { PROTO_INSTANCE, decode_event_instance, 0, ANY },
    { PROTO_SERVICES, decode_length, REPLY(service_count), ANY },
    { PROTO_SILENCE_, json_u64, REPLY(silence), NUMBER },
    { PROTO_DELIVERED, json_flag, REPLY(delivered), ANY },
    { PROTO_OUTPUT, json_text, REPLY(output), ANY },
    { PROTO_RESULTS, decode_length, REPLY(result_count), ANY },
    { PROTO_HELD, decode_held, 0, NUMBER },
    { PROTO_BEFORE, json_u64, REPLY(before), NUMBER },
    { PROTO_REACHES, json_u64, REPLY(reaches), NUMBER },
    { PROTO_REPLY, json_text, REPLY(answer), ANY },
    { 0 },
};

enum rollcall_status reply_decode(struct decoder *decoder, char *line, size_t length,
                                  struct reply *out, struct reason *why)
{
    const struct json_field *const tables[] = { reply_fields, NULL };
    struct request scanned;

    json_decref(decoder->root);
    decoder->root = NULL;
    decoder_clear(decoder);
    decoder->lenient = true;
    *out = (struct reply){ .ok = false };
    request_scan(line, length, &scanned);
    if (decoder_keep_seq(decoder, line, &scanned.seq, why) != ROLLCALL_OK)
        return ROLLCALL_E_BAD_JSON;
    decoder->root = json_parse_object(line, length, why);
    if (decoder->root == NULL)
        return ROLLCALL_E_BAD_JSON;
    enum rollcall_status status = json_members(decoder, decoder->root, tables, out, why);
    if (status != ROLLCALL_OK)
        return status;
    out->seq = scanned.seq;
    if (out->event == NULL && json_object_get(decoder->root, PROTO_OK) == NULL) {
        reason_set(why, "the line is neither a reply nor an event");
        return ROLLCALL_E_BAD_JSON;
    }
    out->ok = out->ok || out->event != NULL;
    if (!out->ok && out->status == ROLLCALL_OK)
        out->status = ROLLCALL_E_INTERNAL;
    return ROLLCALL_OK;
}

#define VIEW(member) offsetof(struct instance_draft, member)

static const struct json_field view_fields[] = {
    { PROTO_REVISION, json_u64, VIEW(revision), NUMBER },
    { PROTO_HEALTH, json_health, VIEW(health), ANY },
    { PROTO_STATE, json_text, VIEW(state), ANY },
    { PROTO_LABEL, json_text, VIEW(label), ANY },
    { "created", json_i64, VIEW(created), NUMBER },
    { PROTO_OWNER, json_u32, VIEW(owner), 0, UINT32_MAX, false },
    { PROTO_STANDING, decode_standing, 0, ANY },
    { 0 },
};

enum rollcall_status reply_instance(struct decoder *decoder, size_t index,
                                    struct instance_view *out, struct reason *why)
{
    const json_t *object = json_object_get(decoder->root, PROTO_INSTANCE);

    if (object == NULL || index > 0)
        object = json_array_get(json_object_get(decoder->root, PROTO_INSTANCES), index);
    if (!json_is_object(object)) {
        reason_set(why, "the reply has no instance number %zu", index);
        return ROLLCALL_E_NOTFOUND;
    }
    decoder_clear(decoder);
    memset(decoder->check_views, 0, sizeof decoder->check_views);
    enum rollcall_status status = decode_instance(decoder, object, view_fields, why);
    if (status != ROLLCALL_OK)
        return status;
    const struct instance_draft *draft = &decoder->draft;
    *out = (struct instance_view){
        .is = &draft->is,
        .revision = draft->revision,
        .health = draft->health,
        .state = draft->state,
        .label = draft->label,
        .created = draft->created,
        .owner = draft->owner,
        .checks = decoder->check_views,
        .standing = draft->has_standing ? &draft->standing : NULL,
    };
    return ROLLCALL_OK;
}

bool reply_service(const struct decoder *decoder, size_t index, struct service_view *out)
{
    const json_t *list = json_object_get(decoder->root, PROTO_SERVICES);
    const json_t *object = json_array_get(list, index);
    const char *name = json_string_value(json_object_get(object, PROTO_NAME));
    const char *in = json_string_value(json_object_get(object, PROTO_NAMESPACE));
    const json_t *instances = json_object_get(object, PROTO_INSTANCES);
    const json_t *healthy = json_object_get(object, PROTO_HEALTHY);

    if (name == NULL)
        return false;
    *out = (struct service_view){
        .name = name,
        .namespace_name = in != NULL ? in : "default",
        .instances = (uint64_t)json_integer_value(instances),
        .healthy = (uint64_t)json_integer_value(healthy),
        .standing = json_string_value(json_object_get(object, PROTO_STANDING)),
    };
    return true;
}

bool reply_history(const struct decoder *decoder, const char *list, size_t index,
                   struct history_view *out)
{
    const json_t *rows = json_object_get(decoder->root, list);
    const json_t *row = json_array_get(rows, index);
    const json_t *time = json_object_get(row, PROTO_TIME);

    if (!json_is_object(row))
        return false;
    if (time == NULL)
        time = json_object_get(row, PROTO_HOUR);
    *out = (struct history_view){
        .time = json_integer_value(time),
        .id = json_string_value(json_object_get(row, PROTO_ID)),
        .service = json_string_value(json_object_get(row, PROTO_SERVICE)),
        .namespace_name = json_string_value(json_object_get(row, PROTO_NAMESPACE)),
        .event = json_string_value(json_object_get(row, PROTO_EVENT)),
        .text = json_string_value(json_object_get(row, PROTO_TEXT)),
        .moves = (uint64_t)json_integer_value(json_object_get(row, PROTO_MOVES)),
    };
    return true;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

bool reply_result(const struct decoder *decoder, size_t index, struct result_view *out)
{
    const json_t *list = json_object_get(decoder->root, PROTO_RESULTS);
    const json_t *object = json_array_get(list, index);

    if (!json_is_object(object))
        return false;
    *out = (struct result_view){
        .check = text_of(object, PROTO_CHECK),
        .kind = text_of(object, PROTO_KIND),
        .target = text_of(object, PROTO_TARGET),
        .outcome = text_of(object, PROTO_OUTCOME),
        .message = text_of(object, PROTO_MESSAGE),
        .latency_us =
            (uint64_t)json_integer_value(json_object_get(object, PROTO_LATENCY_US)),
    };
    return health_parse(text_of(object, PROTO_STATUS), &out->health);
}

const char *reply_text(const struct decoder *decoder, const char *list, size_t index)
{
    return json_string_value(json_array_get(json_object_get(decoder->root, list), index));
}

const char *reply_word(const struct decoder *decoder, const char *name)
{
    return json_string_value(json_object_get(decoder->root, name));
}

bool reply_counter(const struct decoder *decoder, size_t *at, const char **area,
                   const char **name, uint64_t *value)
{
    json_t *groups = json_object_get(decoder->root, PROTO_COUNTERS);
    size_t index = 0;
    const char *group_name;
    const char *row_name;
    json_t *group;
    json_t *row;

    json_object_foreach(groups, group_name, group)
    {
        if (index + json_object_size(group) <= *at) {
            index += json_object_size(group);
            continue;
        }
        json_object_foreach(group, row_name, row)
        {
            if (index++ < *at)
                continue;
            *at = index;
            *area = group_name;
            *name = row_name;
            *value = (uint64_t)json_integer_value(row);
            return true;
        }
    }
    return false;
}
