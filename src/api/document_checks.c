/* Checks in the document: what all have in common, and the fields of each kind. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/document.h"
#include "api/schemas.inc"
#include "proto/encode.h"
#include "proto/encode_text.h"

const char *document_schemas(size_t *length)
{
    *length = sizeof schemas_json - 1;
    return schemas_json;
}

/* The file is ours and well-formed: a schema begins a line with its name. */
const char *document_schema(const char *name, size_t *length)
{
    char start[64];
    unsigned depth = 0;
    const char *at;

    snprintf(start, sizeof start, "\n\"%.48s\": {", name);
    at = strstr(schemas_json, start);
    if (at == NULL)
        return NULL;
    at += strlen(start) - 1;
    for (const char *end = at; *end != '\0'; end++) {
        depth += *end == '{';
        depth -= *end == '}';
        if (depth == 0) {
            *length = (size_t)(end - at) + 1;
            return at;
        }
    }
    return NULL;
}

static void write_range(struct buffer *out, const char *low, const char *high,
                        const struct check_field *field)
{
    buffer_format(out, ",\"%s\":%" PRId64, low, field->min);
    if (field->max > 0 && field->max < INT32_MAX)
        buffer_format(out, ",\"%s\":%" PRId64, high, field->max);
}

static void write_type(struct buffer *out, const struct check_field *field)
{
    switch (field->type) {
    case CHECK_FIELD_BOOL:
        buffer_text(out, "\"type\":\"boolean\"");
        break;
    case CHECK_FIELD_INT:
        buffer_text(out, "\"type\":\"integer\"");
        write_range(out, "minimum", "maximum", field);
        break;
    case CHECK_FIELD_LIST:
        buffer_text(out, "\"type\":\"array\",\"items\":{\"type\":\"string\"}");
        break;
    case CHECK_FIELD_MAP:
        buffer_text(out, "\"type\":\"object\",\"additionalProperties\":"
                         "{\"type\":\"string\"}");
        break;
    case CHECK_FIELD_STATUS:
        buffer_text(out, "\"type\":[\"integer\",\"string\",\"array\"]");
        break;
    default:
        buffer_text(out, "\"type\":\"string\"");
        write_range(out, "minLength", "maxLength", field);
        break;
    }
}

static void write_field(struct buffer *out, const struct check_field *field,
                        const char *name)
{
    encode_name(out, name);
    buffer_char(out, '{');
    write_type(out, field);
    member_text(out, "description", field->help);
    buffer_char(out, '}');
}

/* Those with `prefix` and a dot, as members of an object of their own. */
static void write_nested(struct buffer *out, const struct check_field *fields,
                         const char *prefix, size_t length)
{
    buffer_format(out,
                  "\"%.*s\":{\"type\":\"object\",\"additionalProperties\":false,"
                  "\"properties\":{",
                  (int)length, prefix);
    for (const struct check_field *field = fields; field->key != NULL; field++)
        if (strncmp(field->key, prefix, length) == 0 && field->key[length] == '.')
            write_field(out, field, field->key + length + 1);
    buffer_text(out, "}}");
}

static bool is_first_nested(const struct check_field *fields,
                            const struct check_field *field, size_t length)
{
    for (; fields != field; fields++)
        if (strncmp(fields->key, field->key, length + 1) == 0)
            return false;
    return true;
}

static void write_fields(struct buffer *out, const struct check_field *fields)
{
    for (const struct check_field *field = fields; field != NULL && field->key != NULL;
         field++) {
        const char *dot = strchr(field->key, '.');
        if (dot == NULL) {
            write_field(out, field, field->key);
            continue;
        }
        size_t length = (size_t)(dot - field->key);
        if (!is_first_nested(fields, field, length))
            continue;
        buffer_char(out, ',');
        write_nested(out, fields, field->key, length);
    }
}

/* The common properties begin every kind's. */
static void write_common(struct buffer *out)
{
    static const char from[] = "\"properties\": {";
    size_t length = 0;
    const char *common = document_schema("CheckCommon", &length);
    const char *inside = common == NULL ? NULL : strstr(common, from);

    if (inside == NULL)
        return;
    inside += sizeof from - 1;
    buffer_append(out, inside, (size_t)(common + length - 2 - inside));
}

static void write_kind(struct buffer *out, const struct check_schema *schema)
{
    buffer_format(out,
                  ",\"Check_%s\":{\"type\":\"object\",\"description\":", schema->kind);
    encode_text(out, schema->summary);
    buffer_text(out, ",\"additionalProperties\":false,\"required\":[\"kind\"],"
                     "\"properties\":{");
    write_common(out);
    write_fields(out, schema->fields);
    buffer_text(out, "}}");
}

void document_checks(struct buffer *out, const struct check_schema *const *schemas)
{
    buffer_text(out, ",\"Check\":{\"oneOf\":[");
    for (size_t i = 0; schemas[i] != NULL; i++)
        buffer_format(out, "%s{\"$ref\":\"#/components/schemas/Check_%s\"}",
                      i > 0 ? "," : "", schemas[i]->kind);
    buffer_text(out, "],\"discriminator\":{\"propertyName\":\"kind\",\"mapping\":{");
    for (size_t i = 0; schemas[i] != NULL; i++)
        buffer_format(out, "%s\"%s\":\"#/components/schemas/Check_%s\"", i > 0 ? "," : "",
                      schemas[i]->kind, schemas[i]->kind);
    buffer_text(out, "}}}");
    for (size_t i = 0; schemas[i] != NULL; i++)
        write_kind(out, schemas[i]);
}
