#include "travel/tell.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/message.h"
#include "dns/types.h"
#include "proto/encode.h"
#include "proto/explain.h"
#include "proto/proto.h"
#include "serve/explain.h"
#include "travel/then.h"

enum { MESSAGE_MAX = 65535 };

struct telling {
    struct buffer *out;
    words_outcome outcome;
    bool first;
};

static void separate(struct telling *telling)
{
    if (!telling->first)
        buffer_char(telling->out, ',');
    telling->first = false;
}

static void text_if(struct buffer *out, const char *name, const char *text)
{
    if (text != NULL && text[0] != '\0')
        member_text(out, name, text);
}

static void tell_outcome(struct telling *telling, const struct history_row *row)
{
    const char *word = NULL, *phrase = NULL;

    text_if(telling->out, PROTO_CHECK, row->checked);
    if (row->checked[0] != '\0' && telling->outcome != NULL &&
        telling->outcome(row->outcome, &word, &phrase))
        member_text(telling->out, "outcome", word);
    if (row->streak > 0)
        member_number(telling->out, "count", row->streak);
}

static void tell_sentence(struct telling *telling, const struct history_row *row)
{
    struct buffer text;

    buffer_init(&text, 4096);
    words_sentence(&text, row, telling->outcome);
    member_text(telling->out, "text", text.data != NULL ? text.data : "");
    buffer_deinit(&text);
}

static void tell_row(void *owner, const struct history_row *row)
{
    struct telling *telling = owner;
    struct buffer *out = telling->out;

    separate(telling);
    buffer_format(out, "{\"time\":%" PRId64 ",\"monotonic\":%" PRId64, row->wall,
                  row->monotonic);
    member_number(out, PROTO_REVISION, row->revision);
    member_text(out, PROTO_EVENT, words_event(row));
    text_if(out, PROTO_ID, row->id);
    text_if(out, PROTO_SERVICE, row->service);
    text_if(out, PROTO_NAMESPACE, row->namespace_name);
    tell_outcome(telling, row);
    text_if(out, "from", words_health(row->before));
    text_if(out, "to", words_health(row->after));
    text_if(out, PROTO_EFFECTIVE, words_health(row->effective));
    text_if(out, PROTO_CAUSE, row->cause);
    text_if(out, PROTO_OUTPUT, row->output);
    tell_sentence(telling, row);
    buffer_char(out, '}');
}

static void tell_hour(void *owner, const struct history_hour *hour)
{
    struct telling *telling = owner;
    struct buffer *out = telling->out;

    separate(telling);
    buffer_format(out, "{\"hour\":%" PRId64, hour->hour);
    text_if(out, PROTO_ID, hour->id);
    text_if(out, PROTO_SERVICE, hour->service);
    text_if(out, PROTO_NAMESPACE, hour->namespace_name);
    member_number(out, "moves", hour->moves);
    buffer_char(out, '}');
}

/* Counts by the hour stand behind the last page only, where time goes on with them. */
static enum rollcall_status tell_hours(struct telling *telling, struct history *history,
                                       const struct history_filter *filter, int64_t from,
                                       struct reason *why)
{
    telling->first = true;
    buffer_text(telling->out, "],\"hours\":[");
    if (filter->since > from)
        return ROLLCALL_OK;
    return history_hours(history, filter, tell_hour, telling, why);
}

enum rollcall_status tell_history(const struct tell_settings *settings,
                                  struct history *history,
                                  const struct history_filter *filter, struct buffer *out,
                                  struct reason *why)
{
    struct telling telling = { .out = out, .outcome = settings->outcome, .first = true };
    struct history_bounds bounds;
    int64_t next = 0;
    enum rollcall_status status = history_bounds(history, INT64_MAX, &bounds, why);

    if (status != ROLLCALL_OK)
        return status;
    buffer_text(out, ",\"history\":[");
    status = history_list(history, filter, tell_row, &telling, &next, why);
    if (status == ROLLCALL_OK && next == 0)
        status = tell_hours(&telling, history, filter, bounds.from, why);
    buffer_char(out, ']');
    if (next != 0)
        member_number(out, PROTO_BEFORE, (uint64_t)next);
    if (bounds.kept)
        member_number(out, PROTO_REACHES, (uint64_t)bounds.from);
    return status;
}

/* ---- what DNS would have said --------------------------------------------------- */

static void note(struct telling *telling, const char *text)
{
    separate(telling);
    encode_text(telling->out, text);
}

/* What answers depend on besides the state of their time. */
static void tell_memories(const struct config *config, struct telling *telling)
{
    bool last = false, panic = false;

    for (uint32_t i = 0; i < config->zone_count; i++) {
        last |= config->zones[i].no_healthy == 1 + CONFIG_NO_HEALTHY_LAST;
        panic |= config->zones[i].min_healthy > 0;
    }
    for (uint32_t i = 0; i < config->service_count; i++) {
        last |= config->services[i].no_healthy == 1 + CONFIG_NO_HEALTHY_LAST;
        panic |= config->services[i].min_healthy > 0 &&
                 config->services[i].min_healthy != CONFIG_AS_ZONE;
    }
    if (last)
        note(telling, "who was healthy last (no_healthy: last) is not remembered for "
                      "earlier times: such names are shown without it");
    if (panic)
        note(telling,
             "whether all were given already before that moment (min_healthy) is "
             "not remembered for earlier times: it is judged as of that moment");
}

static void tell_notes(const struct tell_settings *settings, struct then *then,
                       struct telling *telling)
{
    const struct history_bounds *bounds = then_bounds(then);
    char text[256];

    if (bounds->config != 0 && bounds->config != settings->config_hash)
        note(telling, "the configuration, or a zone file, is not what it was then: this "
                      "is what that of today would have answered");
    if (bounds->started == 0)
        note(telling, "the history begins without a start of rollcalld: what the "
                      "configuration was then is not known");
    if (bounds->lost > 0) {
        snprintf(text, sizeof text,
                 "%" PRIu64 " transitions before that time could not be kept, so an "
                 "instance may be shown as it was before one of them",
                 bounds->lost);
        note(telling, text);
    }
    if (then_missing(then) > 0) {
        snprintf(text, sizeof text,
                 "%zu instances of then are left out: their definitions are not there "
                 "any more",
                 then_missing(then));
        note(telling, text);
    }
    tell_memories(settings->config, telling);
}

static void tell_message(struct buffer *out, const uint8_t *message, size_t length)
{
    static const char digits[] = "0123456789abcdef";

    buffer_text(out, ",\"" PROTO_REPLY "\":\"");
    for (size_t i = 0; i < length; i++) {
        buffer_char(out, digits[message[i] >> 4]);
        buffer_char(out, digits[message[i] & 15]);
    }
    buffer_char(out, '"');
}

static enum rollcall_status read_question(const char *name, const char *type,
                                          struct dns_name *wire, uint16_t *number,
                                          struct reason *why)
{
    if (!dns_name_parse(name, wire)) {
        reason_field(why, PROTO_NAME, "name: \"%.255s\" is no domain name", name);
        return ROLLCALL_E_INVALID;
    }
    if (!dns_type_parse(type, number)) {
        reason_field(why, PROTO_TYPE, "type: there is no record type \"%.32s\"", type);
        return ROLLCALL_E_INVALID;
    }
    return ROLLCALL_OK;
}

enum rollcall_status tell_answer(const struct tell_settings *settings,
                                 struct history *history, const char *name,
                                 const char *type, int64_t at, struct buffer *out,
                                 struct reason *why)
{
    struct telling telling = { .out = out, .first = true };
    struct then *then = NULL;
    struct dns_name wire;
    uint16_t number;
    uint8_t *message = malloc(MESSAGE_MAX);
    enum rollcall_status status = read_question(name, type, &wire, &number, why);

    if (status == ROLLCALL_OK && message == NULL)
        status = ROLLCALL_E_NOMEM;
    if (status == ROLLCALL_OK)
        status = then_create(settings->config, history, at, &then, why);
    if (status == ROLLCALL_OK) {
        size_t length =
            dns_message_ask(message, MESSAGE_MAX, 0, &wire, number, true, true);
        length = then_ask(then, message, length, MESSAGE_MAX);
        tell_message(out, message, length);
        member_number(out, PROTO_AT, (uint64_t)at);
        member_number(out, PROTO_INSTANCES, registry_instance_count(then_registry(then)));
        buffer_text(out, ",\"" PROTO_NOTES "\":[");
        tell_notes(settings, then, &telling);
        buffer_char(out, ']');
    }
    then_destroy(then);
    free(message);
    return status;
}

enum rollcall_status tell_explanation(const struct tell_settings *settings,
                                      struct history *history,
                                      const struct explanation_question *question,
                                      struct buffer *out, struct reason *why)
{
    struct telling telling = { .out = out, .first = true };
    struct explanation *explanation = NULL;
    struct then *then = NULL;
    enum rollcall_status status =
        then_create(settings->config, history, question->wall, &then, why);

    if (status == ROLLCALL_OK) {
        struct explain_owner owner = { then_answer(then), settings->config };
        status = explain_question(&owner, question, &explanation, why);
    }
    if (status == ROLLCALL_OK) {
        encode_explanation(out, explanation);
        member_number(out, PROTO_AT, (uint64_t)question->wall);
        buffer_text(out, ",\"" PROTO_NOTES "\":[");
        tell_notes(settings, then, &telling);
        buffer_char(out, ']');
    }
    explanation_destroy(explanation);
    then_destroy(then);
    return status;
}
