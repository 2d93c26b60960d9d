/* proto/decode_option.c - what only one kind of check knows, by the kind's own table,
 * flattened: a nested object to dotted keys, a list to a repeated key.
 */
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "proto/decoder.h"

enum { KEY_MAX = 256, STATUS_MIN = 100, STATUS_MAX = 599, STATUS_TEXT_MAX = 256 };

static enum rollcall_status add_option(struct decoder *decoder, const char *key,
                                       const char *value, struct reason *why)
{
    if (key == NULL || value == NULL || decoder->option_count == DECODER_OPTIONS_MAX) {
        reason_field(why, PROTO_CHECKS,
                     "checks: too many options; allowed: %d in all checks of an instance",
                     DECODER_OPTIONS_MAX);
        return ROLLCALL_E_INVALID;
    }
    decoder->options[decoder->option_count++] = (struct rollcall_pair){ key, value };
    return ROLLCALL_OK;
}

static enum rollcall_status take_text(struct decoder *decoder,
                                      const struct check_field *field, json_t *value,
                                      struct reason *why)
{
    const struct json_field text = { field->key, NULL, 0, field->min, field->max, false };
    const char *taken;
    enum rollcall_status status = json_text(decoder, &text, value, &taken, why);

    return status != ROLLCALL_OK ? status : add_option(decoder, field->key, taken, why);
}

static enum rollcall_status take_bool(struct decoder *decoder,
                                      const struct check_field *field, json_t *value,
                                      struct reason *why)
{
    const char *text = json_string_value(value);

    if (json_is_boolean(value))
        text = json_is_true(value) ? "true" : "false";
    if (text == NULL || (strcmp(text, "true") != 0 && strcmp(text, "false") != 0))
        return json_refuse(why, field->key, value, "true or false");
    return add_option(decoder, field->key, text, why);
}

static enum rollcall_status take_int(struct decoder *decoder,
                                     const struct check_field *field, json_t *value,
                                     struct reason *why)
{
    const struct json_field range = {
        field->key, NULL, 0, field->min, field->max, false
    };
    uint64_t written;
    int64_t number = 0;
    char text[32];
    json_t *from_text = NULL;

    if (json_is_string(value) &&
        units_parse_u64(json_string_value(value), INT64_MAX, &written))
        from_text = json_integer((json_int_t)written);
    enum rollcall_status status =
        json_i64(decoder, &range, from_text != NULL ? from_text : value, &number, why);
    json_decref(from_text);
    if (status != ROLLCALL_OK)
        return status;
    snprintf(text, sizeof text, "%lld", (long long)number);
    return add_option(decoder, field->key, decoder_keep(decoder, text), why);
}

/* One string counts as a list of one. */
static enum rollcall_status take_list(struct decoder *decoder,
                                      const struct check_field *field, json_t *value,
                                      struct reason *why)
{
    enum rollcall_status status = ROLLCALL_OK;

    if (json_is_string(value))
        return add_option(decoder, field->key, json_string_value(value), why);
    if (!json_is_array(value))
        return json_refuse(why, field->key, value, "a list of strings");
    for (size_t i = 0; i < json_array_size(value) && status == ROLLCALL_OK; i++) {
        json_t *entry = json_array_get(value, i);
        if (!json_is_string(entry))
            return json_refuse(why, field->key, entry, "a list of strings");
        status = add_option(decoder, field->key, json_string_value(entry), why);
    }
    return status;
}

static const char *join_key(struct decoder *decoder, const char *key, const char *member)
{
    size_t size = strlen(key) + 1 + strlen(member) + 1;
    char *joined = size <= KEY_MAX ? decoder_text(decoder, size) : NULL;

    if (joined != NULL)
        snprintf(joined, size, "%s.%s", key, member);
    return joined;
}

static enum rollcall_status take_map(struct decoder *decoder,
                                     const struct check_field *field, json_t *value,
                                     struct reason *why)
{
    enum rollcall_status status = ROLLCALL_OK;
    const char *name;
    json_t *text;

    if (!json_is_object(value))
        return json_refuse(why, field->key, value, "an object of strings");
    json_object_foreach(value, name, text)
    {
        if (!json_is_string(text))
            return json_refuse(why, field->key, text, "an object of strings");
        status = add_option(decoder, join_key(decoder, field->key, name),
                            json_string_value(text), why);
        if (status != ROLLCALL_OK)
            break;
    }
    return status;
}

/* "200" or "200-399", as far as a comma or the end; NULL when it is neither. */
static const char *skip_range(const char *text)
{
    unsigned first;
    unsigned last;
    int used = 0;

    if (sscanf(text, "%3u-%3u%n", &first, &last, &used) != 2 || used < 7) {
        used = 0;
        if (sscanf(text, "%3u%n", &first, &used) != 1 || used < 3)
            return NULL;
        last = first;
    }
    if (first < STATUS_MIN || last > STATUS_MAX || first > last)
        return NULL;
    return text[used] == '\0' || text[used] == ',' ? text + used : NULL;
}

static bool ranges_valid(const char *text)
{
    for (;;) {
        if (*text < '1' || *text > '9')
            return false;
        text = skip_range(text);
        if (text == NULL || *text == '\0')
            return text != NULL;
        text++;
    }
}

static bool append_status(char *text, size_t size, const json_t *value)
{
    size_t used = strlen(text);
    const char *comma = used == 0 ? "" : ",";
    int wrote = -1;

    if (json_is_integer(value))
        wrote = snprintf(text + used, size - used, "%s%lld", comma,
                         (long long)json_integer_value(value));
    else if (json_is_string(value))
        wrote =
            snprintf(text + used, size - used, "%s%s", comma, json_string_value(value));
    return wrote > 0 && (size_t)wrote < size - used;
}

static enum rollcall_status take_status(struct decoder *decoder,
                                        const struct check_field *field, json_t *value,
                                        struct reason *why)
{
    char text[STATUS_TEXT_MAX] = "";
    bool valid = true;

    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value) && valid; i++)
            valid = append_status(text, sizeof text, json_array_get(value, i));
    } else {
        valid = append_status(text, sizeof text, value);
    }
    if (!valid || !ranges_valid(text))
        return json_refuse(why, field->key, value,
                           "an HTTP status (200), a range (\"200-399\") or a list of "
                           "those, each from 100 to 599");
    return add_option(decoder, field->key, decoder_keep(decoder, text), why);
}

typedef enum rollcall_status (*take_option)(struct decoder *decoder,
                                            const struct check_field *field,
                                            json_t *value, struct reason *why);

static const take_option takers[] = {
    [CHECK_FIELD_TEXT] = take_text,     [CHECK_FIELD_LINES] = take_text,
    [CHECK_FIELD_BOOL] = take_bool,     [CHECK_FIELD_INT] = take_int,
    [CHECK_FIELD_LIST] = take_list,     [CHECK_FIELD_MAP] = take_map,
    [CHECK_FIELD_STATUS] = take_status,
};

/* What a client reads of a kind that it knows nothing of: by the shape of the value. What
 * has no shape of ours was brought by a later version, and is skipped. */
static enum rollcall_status take_by_shape(struct decoder *decoder, const char *key,
                                          json_t *value, struct reason *why)
{
    const struct check_field field = { .key = key, .min = INT64_MIN, .max = INT64_MAX };
    const char *name;
    json_t *member;

    if (json_is_string(value))
        return add_option(decoder, key, json_string_value(value), why);
    if (json_is_boolean(value))
        return take_bool(decoder, &field, value, why);
    if (json_is_integer(value))
        return take_int(decoder, &field, value, why);
    if (json_is_array(value) && json_is_string(json_array_get(value, 0)))
        return take_list(decoder, &field, value, why);
    json_object_foreach(value, name, member)
    {
        const char *joined = join_key(decoder, key, name);
        if (joined == NULL)
            continue;
        enum rollcall_status status = take_by_shape(decoder, joined, member, why);
        if (status != ROLLCALL_OK)
            return status;
    }
    return ROLLCALL_OK;
}

static bool is_prefix(const char *prefix, const char *key)
{
    size_t length = strlen(prefix);

    return strncmp(prefix, key, length) == 0 && key[length] == '.';
}

/* A member that the common table does not know: of the kind, by its table. A nested
 * object is entered where the table has keys below it. */
enum rollcall_status decode_option(struct decoder *decoder,
                                   const struct check_schema *schema, const char *key,
                                   json_t *value, struct reason *why)
{
    enum rollcall_status status = ROLLCALL_OK;
    const char *name;
    json_t *member;
    bool nested = false;

    if (schema == NULL)
        return take_by_shape(decoder, key, value, why);
    for (const struct check_field *field = schema->fields;
         field != NULL && field->key != NULL; field++) {
        if (strcmp(field->key, key) == 0)
            return takers[field->type](decoder, field, value, why);
        nested = nested || is_prefix(key, field->key);
    }
    if (!nested) {
        reason_field(why, key, "%s: there is no such field", key);
        return ROLLCALL_E_UNKNOWN_FIELD;
    }
    if (!json_is_object(value))
        return json_refuse(why, key, value, "an object");
    json_object_foreach(value, name, member)
    {
        const char *joined = join_key(decoder, key, name);
        if (joined == NULL)
            return json_refuse(why, key, value, "shorter names");
        status = decode_option(decoder, schema, joined, member, why);
        if (status != ROLLCALL_OK)
            break;
    }
    return status;
}
