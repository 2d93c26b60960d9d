/* What each operation may say: a table of fields each. */
#include <string.h>

#include "model/rules.h"
#include "proto/decoder.h"

#define YEAR_MS (INT64_C(366) * 24 * 3600 * 1000)

enum { WORD_MAX = 255, OUTPUT_MAX = 4096, LIMIT_MAX = 1000000, EXPLAIN_NAME_MAX = 1023 };

/* A seq whose key was written with escapes was not seen by the scan. */
static enum rollcall_status decode_seq(struct decoder *decoder,
                                       const struct json_field *field, json_t *value,
                                       void *into, struct reason *why)
{
    struct proto_seq *seq = &decoder->request->seq;

    (void)into;
    if (!json_is_string(value) && !json_is_number(value))
        return json_refuse(why, field->name, value, "a string or a number");
    if (seq->text != NULL)
        return ROLLCALL_OK;
    size_t length = json_dumpb(value, NULL, 0, JSON_ENCODE_ANY);
    char *text = decoder_text(decoder, length);
    if (text == NULL)
        return ROLLCALL_E_TOO_LONG;
    json_dumpb(value, text, length, JSON_ENCODE_ANY);
    *seq = (struct proto_seq){ text, length };
    return ROLLCALL_OK;
}

/* For balancing by load; taken, so that programs may send it already. */
static enum rollcall_status decode_load(struct decoder *decoder,
                                        const struct json_field *field, json_t *value,
                                        void *into, struct reason *why)
{
    (void)decoder;
    (void)into;
    if (!json_is_number(value) || json_number_value(value) < 0)
        return json_refuse(why, field->name, value, "a number from 0");
    return ROLLCALL_OK;
}

/* The client's own version, for people who read a trace. */
static enum rollcall_status decode_version(struct decoder *decoder,
                                           const struct json_field *field, json_t *value,
                                           void *into, struct reason *why)
{
    (void)decoder;
    (void)into;
    if (!json_is_string(value) && !json_is_number(value))
        return json_refuse(why, field->name, value, "a string or a number");
    return ROLLCALL_OK;
}

static enum rollcall_status decode_renew_status(struct decoder *decoder,
                                                const struct json_field *field,
                                                json_t *value, void *into,
                                                struct reason *why)
{
    struct request_renew *renew = into;

    renew->has_status = true;
    return json_health(decoder, field, value, &renew->status, why);
}

static enum rollcall_status decode_since(struct decoder *decoder,
                                         const struct json_field *field, json_t *value,
                                         void *into, struct reason *why)
{
    struct request_watch *watch = into;

    watch->has_since = true;
    return json_u64(decoder, field, value, &watch->since, why);
}

static enum rollcall_status decode_for(struct decoder *decoder,
                                       const struct json_field *field, json_t *value,
                                       void *into, struct reason *why)
{
    struct request_drain *drain = into;

    drain->has_for = true;
    return json_ms64(decoder, field, value, &drain->wait, why);
}

static enum rollcall_status decode_state(struct decoder *decoder,
                                         const struct json_field *field, json_t *value,
                                         void *into, struct reason *why)
{
    const char *word = json_string_value(value);

    (void)decoder;
    if (word == NULL || (strcmp(word, "up") != 0 && strcmp(word, "down") != 0 &&
                         strcmp(word, "none") != 0))
        return json_refuse(why, field->name, value, "up, down or none");
    *(const char **)into = word;
    return ROLLCALL_OK;
}

/* It stands in logs and on terminals: no control characters. */
static enum rollcall_status decode_reason(struct decoder *decoder,
                                          const struct json_field *field, json_t *value,
                                          void *into, struct reason *why)
{
    enum rollcall_status status = json_text(decoder, field, value, into, why);

    return status == ROLLCALL_OK
               ? rule_text(field->name, *(const char **)into, 0, WORD_MAX, why)
               : status;
}

static enum rollcall_status decode_action(struct decoder *decoder,
                                          const struct json_field *field, json_t *value,
                                          void *into, struct reason *why)
{
    const char *word = json_string_value(value);

    (void)decoder;
    if (word == NULL ||
        (strcmp(word, PROTO_CONFIRM) != 0 && strcmp(word, PROTO_REFUSE) != 0))
        return json_refuse(why, field->name, value, "confirm or refuse");
    *(bool *)into = strcmp(word, PROTO_CONFIRM) == 0;
    return ROLLCALL_OK;
}

static enum rollcall_status decode_healthy(struct decoder *decoder,
                                           const struct json_field *field, json_t *value,
                                           void *into, struct reason *why)
{
    bool healthy = true;
    enum rollcall_status status = json_flag(decoder, field, value, &healthy, why);

    *(bool *)into = !healthy;
    return status;
}

static enum rollcall_status decode_if_revision(struct decoder *decoder,
                                               const struct json_field *field,
                                               json_t *value, void *into,
                                               struct reason *why)
{
    decoder->draft.has_if_revision = true;
    return json_u64(decoder, field, value, into, why);
}

/* The rows that every table starts with. */
#define OP_AND_SEQ                                                                       \
    { PROTO_OP, json_skip, 0, 0, 0, true },                                              \
    {                                                                                    \
        PROTO_SEQ, decode_seq, 0, 0, 0, false                                            \
    }
#define INTO(member) offsetof(struct request, member)

static const struct json_field hello_fields[] = {
    OP_AND_SEQ,
    { PROTO_VERSION, decode_version, 0, 0, 0, false },
    { PROTO_CLIENT, json_text, INTO(hello.client), 0, WORD_MAX, false },
    { PROTO_TOKEN, json_text, INTO(hello.token), 0, 4096, false },
    { 0 },
};

static const struct json_field register_fields[] = {
    OP_AND_SEQ,
    { PROTO_IF_REVISION, decode_if_revision, offsetof(struct instance_draft, if_revision),
      0, INT64_MAX, false },
    { 0 },
};

static const struct json_field deregister_fields[] = {
    OP_AND_SEQ,
    { PROTO_ID, json_text, INTO(id), 1, MODEL_ID_MAX, true },
    { 0 },
};

static const struct json_field renew_fields[] = {
    OP_AND_SEQ,
    { PROTO_ID, json_text, INTO(renew.id), 1, MODEL_ID_MAX, true },
    { PROTO_STATUS, decode_renew_status, INTO(renew), 0, 0, false },
    { PROTO_OUTPUT, json_text, INTO(renew.output), 0, OUTPUT_MAX, false },
    { PROTO_LOAD, decode_load, 0, 0, 0, false },
    { PROTO_CHECK, json_text, INTO(renew.check), 1, WORD_MAX, false },
    { 0 },
};

static const struct json_field drain_fields[] = {
    OP_AND_SEQ,
    { PROTO_ID, json_text, INTO(drain.id), 1, MODEL_ID_MAX, true },
    { PROTO_FOR, decode_for, INTO(drain), 0, YEAR_MS, false },
    { 0 },
};

static const struct json_field override_fields[] = {
    OP_AND_SEQ,
    { PROTO_ID, json_text, INTO(override.id), 1, MODEL_ID_MAX, true },
    { PROTO_STATE, decode_state, INTO(override.state), 0, 0, true },
    { PROTO_FOR, json_ms64, INTO(override.lasts), 1, YEAR_MS, false },
    { PROTO_REASON, decode_reason, INTO(override.reason), 0, WORD_MAX, false },
    { 0 },
};

static const struct json_field brake_fields[] = {
    OP_AND_SEQ,
    { PROTO_SERVICE, json_name, INTO(brake.service), 1, 63, true },
    { PROTO_NAMESPACE, json_name, INTO(brake.namespace_name), 1, 63, false },
    { PROTO_ACTION, decode_action, INTO(brake.confirm), 0, 0, true },
    { 0 },
};

static const struct json_field check_now_fields[] = {
    OP_AND_SEQ,
    { PROTO_ID, json_text, INTO(check.id), 1, MODEL_ID_MAX, true },
    { PROTO_CHECK, json_text, INTO(check.check), 1, WORD_MAX, false },
    { 0 },
};

/* An instance, as it would be registered, and these. */
static const struct json_field check_try_fields[] = {
    OP_AND_SEQ,
    { 0 },
};

static const struct json_field get_fields[] = {
    OP_AND_SEQ,
    { PROTO_ID, json_text, INTO(get.id), 1, MODEL_ID_MAX, false },
    { PROTO_SERVICE, json_name, INTO(get.service), 1, 63, false },
    { PROTO_NAMESPACE, json_name, INTO(get.namespace_name), 1, 63, false },
    { PROTO_TAG, json_text, INTO(get.tag), 1, MODEL_TAG_LENGTH_MAX, false },
    { PROTO_HEALTHY, decode_healthy, INTO(get.all), 0, 0, false },
    { PROTO_LIMIT, json_u32, INTO(get.limit), 1, LIMIT_MAX, false },
    { 0 },
};

static const struct json_field list_fields[] = {
    OP_AND_SEQ,
    { PROTO_NAMESPACE, json_name, INTO(list.namespace_name), 1, 63, false },
    { PROTO_PREFIX, json_name, INTO(list.prefix), 0, 63, false },
    { 0 },
};

static const struct json_field watch_fields[] = {
    OP_AND_SEQ,
    { PROTO_SERVICE, json_name, INTO(watch.service), 1, 63, false },
    { PROTO_NAMESPACE, json_name, INTO(watch.namespace_name), 1, 63, false },
    { PROTO_SINCE, decode_since, INTO(watch), 0, INT64_MAX, false },
    { 0 },
};

static const struct json_field history_fields[] = {
    OP_AND_SEQ,
    { PROTO_NAME, json_text, INTO(history.name), 1, MODEL_ID_MAX, false },
    { PROTO_NAMESPACE, json_name, INTO(history.namespace_name), 1, 63, false },
    { PROTO_SINCE, json_u64, INTO(history.since), 0, INT64_MAX, false },
    { PROTO_UNTIL, json_u64, INTO(history.until), 0, INT64_MAX, false },
    { PROTO_BEFORE, json_u64, INTO(history.before), 0, INT64_MAX, false },
    { PROTO_LIMIT, json_u32, INTO(history.limit), 1, 1000, false },
    { 0 },
};

static const struct json_field query_fields[] = {
    OP_AND_SEQ,
    { PROTO_NAME, json_text, INTO(query.name), 1, WORD_MAX, true },
    { PROTO_TYPE, json_text, INTO(query.type), 1, 16, true },
    { PROTO_AT, json_u64, INTO(query.at), 1, INT64_MAX, true },
    { 0 },
};

static const struct json_field explain_fields[] = {
    OP_AND_SEQ,
    { PROTO_NAME, json_text, INTO(explain.name), 1, EXPLAIN_NAME_MAX, true },
    { PROTO_TYPE, json_text, INTO(explain.type), 1, 16, false },
    { PROTO_CLIENT, json_text, INTO(explain.client), 1, WORD_MAX, false },
    { PROTO_TCP, json_flag, INTO(explain.tcp), 0, 0, false },
    { PROTO_AT, json_u64, INTO(explain.at), 1, INT64_MAX, false },
    { 0 },
};

static const struct json_field stats_fields[] = {
    OP_AND_SEQ,
    { 0 },
};

static const struct json_field silence_fields[] = {
    OP_AND_SEQ,
    { PROTO_SERVICE, json_name, INTO(silence.service), 1, 64, false },
    { PROTO_NAMESPACE, json_name, INTO(silence.namespace_name), 1, 64, false },
    { PROTO_ID, json_text, INTO(silence.id), 1, MODEL_ID_MAX, false },
    { PROTO_TAG, json_text, INTO(silence.tag), 1, MODEL_TAG_LENGTH_MAX, false },
    { PROTO_FOR, json_ms64, INTO(silence.lasts), 1000, YEAR_MS, false },
    { PROTO_UNTIL, json_i64, INTO(silence.until), 1, INT64_MAX, false },
    { PROTO_REASON, decode_reason, INTO(silence.reason), 0, WORD_MAX, false },
    { 0 },
};

static const struct json_field unsilence_fields[] = {
    OP_AND_SEQ,
    { PROTO_SILENCE_, json_u64, INTO(silence_number), 1, INT64_MAX, true },
    { 0 },
};

static const struct json_field alert_test_fields[] = {
    OP_AND_SEQ,
    { PROTO_RECEIVER, json_text, INTO(receiver), 1, WORD_MAX, true },
    { 0 },
};
#undef INTO

/* A register is an instance and these; the others fill the request itself. */
static const struct json_field *const fields_of[PROTO_OP_COUNT] = {
    [PROTO_HELLO] = hello_fields,
    [PROTO_REGISTER] = register_fields,
    [PROTO_DEREGISTER] = deregister_fields,
    [PROTO_RENEW] = renew_fields,
    [PROTO_DRAIN] = drain_fields,
    [PROTO_UNDRAIN] = deregister_fields,
    [PROTO_OVERRIDE] = override_fields,
    [PROTO_BRAKE] = brake_fields,
    [PROTO_CHECK_NOW] = check_now_fields,
    [PROTO_CHECK_TRY] = check_try_fields,
    [PROTO_GET] = get_fields,
    [PROTO_LIST] = list_fields,
    [PROTO_WATCH] = watch_fields,
    [PROTO_STATS] = stats_fields,
    [PROTO_SILENCE] = silence_fields,
    [PROTO_UNSILENCE] = unsilence_fields,
    [PROTO_SILENCES] = stats_fields,
    [PROTO_ALERTS] = stats_fields,
    [PROTO_ALERT_TEST] = alert_test_fields,
    [PROTO_HISTORY] = history_fields,
    [PROTO_QUERY] = query_fields,
    [PROTO_EXPLAIN] = explain_fields,
    [PROTO_RELOAD] = stats_fields,
};

const struct json_field *request_fields(enum proto_op op)
{
    return fields_of[op];
}
