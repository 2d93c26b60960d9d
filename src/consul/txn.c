#include "consul/txn.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/buffer.h"
#include "base/units.h"
#include "consul/body.h"

/* Numbers of so many digits may not fit in jansson's, which have a sign. */
enum { WIDE_DIGITS = 19 };

struct reading_txn {
    struct txn *txn;
    size_t used, room; /* of txn->values */
    size_t index;      /* of the operation */
    struct reason *why;
};

static enum rollcall_status fault(const struct reading_txn *in, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static enum rollcall_status fault(const struct reading_txn *in, const char *format, ...)
{
    char text[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    reason_set(in->why, "Failed to parse body: operation %zu: %s", in->index, text);
    return ROLLCALL_E_INVALID;
}

/* ---- numbers -------------------------------------------------------------------- */

/* The number at `at`, when it is a plain one that is wide; 0: it is not. */
static size_t wide_number(const char *at, const char *end)
{
    const char *digit = at;

    while (digit < end && *digit >= '0' && *digit <= '9')
        digit++;
    if (digit - at < WIDE_DIGITS ||
        (digit < end && (*digit == '.' || *digit == 'e' || *digit == 'E')))
        return 0;
    return (size_t)(digit - at);
}

static const char *end_of_text(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\' && at + 1 < end)
            at++;
    return at < end ? at + 1 : end;
}

/* The same JSON with quotes around its wide numbers. */
static void quote_wide_numbers(const char *text, size_t length, struct buffer *out)
{
    const char *at = text, *end = text + length, *copied = text;

    (void)buffer_reserve(out, length + 2 * TXN_OPERATIONS_MAX);
    while (at < end) {
        size_t digits = *at >= '0' && *at <= '9' ? wide_number(at, end) : 0;
        if (digits > 0 && (at == text || at[-1] != '-')) {
            buffer_append(out, copied, (size_t)(at - copied));
            buffer_char(out, '"');
            buffer_append(out, at, digits);
            buffer_char(out, '"');
            copied = at += digits;
        } else if (*at >= '0' && *at <= '9') {
            while (at < end && *at >= '0' && *at <= '9')
                at++;
        } else {
            at = *at == '"' ? end_of_text(at, end) : at + 1;
        }
    }
    buffer_append(out, copied, (size_t)(at - copied));
}

static enum rollcall_status read_number(const struct reading_txn *in, const json_t *kv,
                                        const char *name, uint64_t *out)
{
    const json_t *value = body_member(kv, name);

    *out = 0;
    if (value == NULL)
        return ROLLCALL_OK;
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        *out = (uint64_t)json_integer_value(value);
        return ROLLCALL_OK;
    }
    if (json_is_string(value) &&
        units_parse_u64(json_string_value(value), UINT64_MAX, out))
        return ROLLCALL_OK;
    return fault(in, "%s is no number of 64 bits without a sign", name);
}

/* ---- one operation --------------------------------------------------------------- */

static enum rollcall_status read_text(const struct reading_txn *in, const json_t *kv,
                                      const char *name, const char **out)
{
    const json_t *value = body_member(kv, name);

    *out = "";
    if (value == NULL)
        return ROLLCALL_OK;
    if (!json_is_string(value))
        return fault(in, "%s must be a string, not %s", name, body_type_word(value));
    *out = json_string_value(value);
    return ROLLCALL_OK;
}

static enum rollcall_status read_value(struct reading_txn *in, const json_t *kv,
                                       struct kv_operation *out)
{
    const char *text;
    enum rollcall_status status = read_text(in, kv, "Value", &text);

    if (status != ROLLCALL_OK)
        return status;
    uint8_t *at = in->txn->values + in->used;
    if (!base64_decode(text, at, in->room - in->used, &out->length))
        return fault(in, "Value is no base64");
    out->value = at;
    in->used += out->length;
    return ROLLCALL_OK;
}

static enum rollcall_status read_key(const struct reading_txn *in, const json_t *kv,
                                     struct kv_operation *out)
{
    enum rollcall_status status = read_text(in, kv, "Key", &out->key);

    out->key_length = strlen(out->key);
    if (status == ROLLCALL_OK && out->key_length > KV_KEY_MAX)
        return fault(in, "Key is too long (limit: %d octets)", KV_KEY_MAX);
    return status;
}

static enum rollcall_status read_kv(struct reading_txn *in, const json_t *kv,
                                    struct kv_operation *out)
{
    const char *verb;
    enum rollcall_status status = read_text(in, kv, "Verb", &verb);

    if (status != ROLLCALL_OK)
        return status;
    if (!kv_verb_find(verb, &out->verb))
        return fault(in, "unknown KV verb \"%.40s\"", verb);
    status = read_key(in, kv, out);
    if (status == ROLLCALL_OK)
        status = read_value(in, kv, out);
    if (status == ROLLCALL_OK)
        status = read_number(in, kv, "Flags", &out->flags);
    if (status == ROLLCALL_OK)
        status = read_number(in, kv, "Index", &out->index);
    if (status == ROLLCALL_OK)
        status = read_text(in, kv, "Session", &out->session);
    return status;
}

static bool is_of_catalog(const json_t *value)
{
    return body_member(value, "Node") != NULL || body_member(value, "Service") != NULL ||
           body_member(value, "Check") != NULL;
}

static enum rollcall_status read_of_catalog(struct reading_txn *in, const json_t *value)
{
    struct reason text = REASON_NONE;

    in->txn->has_catalog = true;
    if (catalog_operation_read(value, &in->txn->catalog[in->index], &text))
        return ROLLCALL_OK;
    return fault(in, "%s", text.text);
}

static enum rollcall_status read_operation(struct reading_txn *in, const json_t *value)
{
    if (!json_is_object(value))
        return fault(in, "must be an object, not %s", body_type_word(value));
    if (is_of_catalog(value))
        return read_of_catalog(in, value);
    const json_t *kv = body_member(value, "KV");
    if (kv == NULL)
        return fault(in, "says nothing to do (KV, Node, Service or Check)");
    if (!json_is_object(kv))
        return fault(in, "KV must be an object, not %s", body_type_word(kv));
    return read_kv(in, kv, &in->txn->operations[in->index]);
}

/* ---- all of them ----------------------------------------------------------------- */

static enum rollcall_status load(const char *text, size_t length, struct txn *out,
                                 struct reason *why)
{
    struct buffer quoted;
    json_error_t error = { .text = "out of memory" };

    buffer_init(&quoted, 4 * (size_t)TXN_BODY_MAX);
    quote_wide_numbers(text, length, &quoted);
    if (!quoted.failed)
        out->root = json_loadb(quoted.length == 0 ? "" : quoted.data, quoted.length,
                               JSON_DECODE_ANY, &error);
    buffer_deinit(&quoted);
    if (out->root == NULL) {
        reason_set(why, "Failed to parse body: %.100s", error.text);
        return ROLLCALL_E_INVALID;
    }
    if (json_is_array(out->root))
        return ROLLCALL_OK;
    reason_set(why, "Failed to parse body: expected a list of operations, got %s",
               body_type_word(out->root));
    return ROLLCALL_E_INVALID;
}

static enum rollcall_status read_all(struct txn *out, size_t length, struct reason *why)
{
    struct reading_txn in = { .txn = out, .room = length, .why = why };
    const json_t *value;
    enum rollcall_status status = ROLLCALL_OK;

    out->values = malloc(length + 1); /* more than base64 of it can hold */
    if (out->values == NULL)
        return ROLLCALL_E_NOMEM;
    json_array_foreach(out->root, in.index, value)
    {
        status = read_operation(&in, value);
        if (status != ROLLCALL_OK)
            return status;
    }
    out->count = json_array_size(out->root);
    return ROLLCALL_OK;
}

enum rollcall_status txn_parse(const char *text, size_t length, struct txn *out,
                               struct reason *why)
{
    *out = (struct txn){ .count = 0 };
    enum rollcall_status status = load(text, length, out, why);

    if (status == ROLLCALL_OK && json_array_size(out->root) > TXN_OPERATIONS_MAX) {
        reason_set(why, "Transaction contains too many operations (%zu > %d)",
                   json_array_size(out->root), TXN_OPERATIONS_MAX);
        status = ROLLCALL_E_LIMIT;
    }
    if (status == ROLLCALL_OK)
        status = read_all(out, length, why);
    if (status != ROLLCALL_OK)
        txn_deinit(out);
    return status;
}

void txn_deinit(struct txn *txn)
{
    json_decref(txn->root);
    free(txn->values);
    *txn = (struct txn){ .count = 0 };
}

bool txn_reads(const struct txn *txn)
{
    for (size_t i = 0; i < txn->count; i++)
        if (txn->catalog[i].thing != CATALOG_NONE
                ? catalog_operation_writes(&txn->catalog[i])
                : !kv_verb_reads(txn->operations[i].verb))
            return false;
    return true;
}
