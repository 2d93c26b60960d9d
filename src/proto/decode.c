/* proto/decode.c - requests. */
#include "proto/decode.h"

#include <string.h>

#include "proto/decoder.h"

static enum rollcall_status refuse_op(const json_t *op, struct reason *why)
{
    char known[PROTO_WORDS_MAX / 2];
    char shown[JSON_SHOWN_MAX];

    proto_op_words(known, sizeof known);
    if (op == NULL) {
        reason_field(why, PROTO_OP, "op: this field is required and missing; allowed: %s",
                     known);
        return ROLLCALL_E_MISSING_FIELD;
    }
    if (!json_is_string(op))
        return json_refuse(why, PROTO_OP, op, known);
    json_show(op, shown);
    reason_field(why, PROTO_OP, "op: this version has no operation %s; known: %s", shown,
                 known);
    return ROLLCALL_E_UNKNOWN_OP;
}

static enum rollcall_status find_op(struct decoder *decoder, struct request *request,
                                    struct reason *why)
{
    const json_t *op = json_object_get(decoder->root, PROTO_OP);

    request->op = PROTO_OP_COUNT;
    if (json_is_string(op))
        request->op = proto_op_find(json_string_value(op), json_string_length(op));
    return request->op != PROTO_OP_COUNT ? ROLLCALL_OK : refuse_op(op, why);
}

static enum rollcall_status parse_line(struct decoder *decoder, char *line, size_t length,
                                       struct request *request, struct reason *why)
{
    json_decref(decoder->root);
    decoder->root = NULL;
    decoder_clear(decoder);
    if (request->depth > PROTO_DEPTH_MAX) {
        reason_set(why, "the line has %u levels of objects and lists; allowed: %d",
                   request->depth, PROTO_DEPTH_MAX);
        return ROLLCALL_E_BAD_JSON;
    }
    enum rollcall_status status = decoder_keep_seq(decoder, line, &request->seq, why);
    if (status != ROLLCALL_OK)
        return status;
    decoder->root = json_parse_object(line, length, why);
    return decoder->root != NULL ? ROLLCALL_OK : ROLLCALL_E_BAD_JSON;
}

static enum rollcall_status decode_register(struct decoder *decoder,
                                            struct request *request, struct reason *why)
{
    enum rollcall_status status =
        decode_instance(decoder, decoder->root, request_fields(request->op), why);

    if (status != ROLLCALL_OK)
        return status;
    request->reg = (struct request_register){
        .instance = decoder->draft.is,
        .has_status = true,
        .has_if_revision = decoder->draft.has_if_revision,
        .if_revision = decoder->draft.if_revision,
    };
    return ROLLCALL_OK;
}

/* One instance by its id, or those of a service. */
static enum rollcall_status complete_get(struct request_get *get, struct reason *why)
{
    if (get->id != NULL && (get->service != NULL || get->namespace_name != NULL ||
                            get->tag != NULL || get->limit != 0)) {
        reason_field(why, PROTO_ID,
                     "id: an id names one instance; leave out service, namespace, tag "
                     "and limit");
        return ROLLCALL_E_INVALID;
    }
    if (get->id == NULL && get->service == NULL) {
        reason_field(why, PROTO_SERVICE,
                     "service: this field is required and missing (or id)");
        return ROLLCALL_E_MISSING_FIELD;
    }
    if (get->namespace_name == NULL && get->id == NULL)
        get->namespace_name = "default";
    return ROLLCALL_OK;
}

static enum rollcall_status decode_op(struct decoder *decoder, struct request *request,
                                      struct reason *why)
{
    const struct json_field *const tables[] = { request_fields(request->op), NULL };
    enum rollcall_status status;

    if (request->op == PROTO_REGISTER || request->op == PROTO_CHECK_TRY)
        return decode_register(decoder, request, why);
    memset(&request->hello, 0, sizeof *request - offsetof(struct request, hello));
    status = json_members(decoder, decoder->root, tables, request, why);
    if (status != ROLLCALL_OK)
        return status;
    if (request->op == PROTO_BRAKE && request->brake.namespace_name == NULL)
        request->brake.namespace_name = "default";
    if (request->op == PROTO_GET)
        return complete_get(&request->get, why);
    /* Who names a check, or says how it went, and no status, means that all is well. */
    if (request->op == PROTO_RENEW && !request->renew.has_status &&
        (request->renew.output != NULL || request->renew.check != NULL)) {
        request->renew.has_status = true;
        request->renew.status = ROLLCALL_PASSING;
    }
    return ROLLCALL_OK;
}

enum rollcall_status request_decode(struct decoder *decoder, char *line, size_t length,
                                    struct request *request, struct reason *why)
{
    enum rollcall_status status;

    decoder->request = request;
    decoder->lenient = false;
    status = parse_line(decoder, line, length, request, why);
    if (status == ROLLCALL_E_BAD_JSON)
        request->seq = (struct proto_seq){ NULL, 0 }; /* nothing in it can be believed */
    if (status == ROLLCALL_OK)
        status = find_op(decoder, request, why);
    if (status == ROLLCALL_OK)
        status = decode_op(decoder, request, why);
    decoder->request = NULL;
    return status;
}
