#include "api/document.h"

#include <string.h>

#include "api/own.h"
#include "api/routes.h"
#include "proto/encode.h"
#include "proto/encode_text.h"
#include "rollcall/version.h"

enum { PATH_MAX_SHOWN = 128 };

static const char lower[][8] = { "get", "put", "post", "delete" };

/* "{id...}" is "{id}" there. */
static void print_path(const char *path, char out[PATH_MAX_SHOWN])
{
    size_t used = 0;

    while (*path != '\0' && used < PATH_MAX_SHOWN - 1) {
        if (strncmp(path, "...", 3) == 0)
            path += 3;
        else
            out[used++] = *path++;
    }
    out[used] = '\0';
}

/* "post /v1/rollcall/instances/{id}/drain": post_instances_id_drain. */
static void write_operation_id(struct buffer *out, const struct route *row)
{
    const char *at = row->path;

    if (strncmp(at, "/v1/rollcall/", 13) == 0)
        at += 12;
    buffer_format(out, "\"operationId\":\"%s", lower[row->method]);
    for (; *at != '\0'; at++) {
        bool letter = (*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9');
        if (letter)
            buffer_char(out, *at);
        else if (*at == '/' || *at == '_' || *at == '-')
            buffer_char(out, '_');
    }
    buffer_char(out, '"');
}

/* --- Parameters. */

static void write_path_parameters(struct buffer *out, const struct route *row)
{
    for (const char *at = strchr(row->path, '{'); at != NULL; at = strchr(at, '{')) {
        size_t length = strcspn(++at, "}.");
        bool number = strncmp(at, PROTO_SILENCE_, length) == 0;
        if (out->data[out->length - 1] != '[')
            buffer_char(out, ',');
        buffer_format(out,
                      "{\"name\":\"%.*s\",\"in\":\"path\",\"required\":true,"
                      "\"schema\":{\"type\":\"%s\"}}",
                      (int)length, at, number ? "integer" : "string");
    }
}

static const char *schema_of(const char *type)
{
    if (strcmp(type, "integer") == 0)
        return "{\"type\":\"integer\",\"minimum\":0}";
    if (strcmp(type, "boolean") == 0 || strcmp(type, "option") == 0)
        return "{\"type\":\"boolean\"}";
    if (strcmp(type, "duration") == 0)
        return "{\"$ref\":\"#/components/schemas/Duration\"}";
    return "{\"type\":\"string\"}";
}

static void write_query_parameters(struct buffer *out, const struct route *row)
{
    const struct route_parameter *parameter = row->parameters;

    for (; parameter != NULL && parameter->name != NULL; parameter++) {
        if (out->data[out->length - 1] != '[')
            buffer_char(out, ',');
        buffer_format(out, "{\"name\":\"%s\",\"in\":\"query\",\"required\":%s",
                      parameter->name, parameter->required ? "true" : "false");
        member_text(out, "description", parameter->help);
        if (strcmp(parameter->type, "boolean") == 0 ||
            strcmp(parameter->type, "option") == 0)
            buffer_text(out, ",\"allowEmptyValue\":true");
        buffer_format(out, ",\"schema\":%s}", schema_of(parameter->type));
    }
}

/* --- Bodies and answers. */

static void write_body(struct buffer *out, const struct route *row)
{
    const struct own *own = row->run == own_run ? row->with : NULL;

    if (row->takes == NULL)
        return;
    buffer_format(out,
                  ",\"requestBody\":{\"required\":%s,\"content\":{\"application/json\":"
                  "{\"schema\":{\"$ref\":\"#/components/schemas/%s\"}",
                  strcmp(row->takes, "Drain") == 0 || strcmp(row->takes, "Renew") == 0 ||
                          strcmp(row->takes, "CheckNow") == 0
                      ? "false"
                      : "true",
                  row->takes);
    if (own != NULL && own->example != NULL)
        buffer_format(out, ",\"example\":%s", own->example);
    buffer_text(out, "}}}");
}

static bool is_page(const struct route *row)
{
    return strncmp(row->path, "/ui/", 4) == 0;
}

static const char *type_of(const struct route *row)
{
    if (row->returns != NULL)
        return strcmp(row->returns, "Event") == 0 ? "text/event-stream"
                                                  : "application/json";
    return is_page(row) ? "text/html" : "text/plain";
}

static void write_good(struct buffer *out, const struct route *row)
{
    bool stream = row->returns != NULL && strcmp(row->returns, "Event") == 0;

    buffer_text(out, "\"200\":{\"description\":");
    if (stream)
        encode_text(out, "Frames with id (the revision), event and data (an Event); "
                         "comments as signs of life.");
    else
        encode_text(out, row->returns != NULL ? row->returns : "Text.");
    buffer_format(out, ",\"content\":{\"%s\":{\"schema\":", type_of(row));
    if (row->returns == NULL || stream)
        buffer_text(out, "{\"type\":\"string\"}}}}");
    else
        buffer_format(out, "{\"$ref\":\"#/components/schemas/%s\"}}}}", row->returns);
}

static void write_bad(struct buffer *out, const struct route *row)
{
    static const char *const always[] = { "403", NULL };
    static const char *const reading[] = { "400", "403", "404", "503", NULL };
    static const char *const changing[] = { "400", "403", "404", "409",
                                            "413", "429", "503", NULL };
    const char *const *codes = row->run != own_run       ? always
                               : row->method == HTTP_GET ? reading
                                                         : changing;

    if (row->right == RIGHT_NONE && strcmp(row->path, "/readyz") == 0)
        buffer_text(out, ",\"503\":{\"description\":\"A part is not ready; the text says "
                         "which.\"}");
    if (is_page(row))
        buffer_text(out, ",\"404\":{\"description\":\"The page has no such file.\"}");
    if (row->run != own_run && row->parameters != NULL)
        buffer_text(out, ",\"400\":{\"$ref\":\"#/components/responses/Error\"}");
    for (; row->right != RIGHT_NONE && *codes != NULL; codes++)
        buffer_format(out, ",\"%s\":{\"$ref\":\"#/components/responses/%s\"}", *codes,
                      strcmp(*codes, "403") == 0 ? "Forbidden" : "Error");
}

static void write_operation(struct buffer *out, const struct route *row,
                            const char *chapter)
{
    buffer_format(out, "\"%s\":{", lower[row->method]);
    write_operation_id(out, row);
    buffer_text(out, ",\"tags\":[");
    encode_text(out, chapter);
    buffer_text(out, "]");
    member_text(out, "summary", row->help);
    member_text(out, "x-rollcall-right", token_right_word(row->right));
    if (row->right == RIGHT_NONE)
        buffer_text(out, ",\"security\":[]");
    buffer_text(out, ",\"parameters\":[");
    write_path_parameters(out, row);
    write_query_parameters(out, row);
    buffer_char(out, ']');
    write_body(out, row);
    buffer_text(out, ",\"responses\":{");
    write_good(out, row);
    write_bad(out, row);
    buffer_text(out, "}}");
}

/* All rows of one path stand together, where the first of them is. */
static bool is_first(const struct route *table, const struct route *row)
{
    for (; table != row; table++)
        if (strcmp(table->path, row->path) == 0)
            return false;
    return true;
}

static void write_path(struct buffer *out, const struct route *row, const char *chapter)
{
    char path[PATH_MAX_SHOWN];
    const char *same = row->path;
    bool first = true;

    print_path(row->path, path);
    encode_name(out, path);
    buffer_char(out, '{');
    for (; row->path != NULL; row++) {
        if (strcmp(row->path, same) != 0)
            continue;
        if (!first)
            buffer_char(out, ',');
        first = false;
        write_operation(out, row, chapter);
    }
    buffer_char(out, '}');
}

static void write_paths(struct buffer *out)
{
    const struct route *table;
    const char *chapter;

    buffer_text(out, ",\"paths\":{");
    for (size_t i = 0; (table = api_routes_table(i, &chapter)) != NULL; i++)
        for (const struct route *row = table; row->path != NULL; row++)
            if (is_first(table, row))
                write_path(out, row, chapter);
    buffer_char(out, '}');
}

static void write_components(struct buffer *out,
                             const struct check_schema *const *schemas)
{
    size_t length;
    const char *text = document_schemas(&length);

    while (length > 0 && text[length - 1] != '}')
        length--;
    buffer_text(
        out, ",\"components\":{\"securitySchemes\":{"
             "\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"},"
             "\"header\":{\"type\":\"apiKey\",\"in\":\"header\","
             "\"name\":\"X-Consul-Token\"}},"
             "\"responses\":{\"Error\":{\"description\":\"What is wrong, and what is "
             "allowed.\",\"content\":{\"application/json\":{\"schema\":"
             "{\"$ref\":\"#/components/schemas/Error\"}}}},"
             "\"Forbidden\":{\"description\":\"A right is missing.\",\"content\":{"
             "\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/Error\""
             "}},\"text/plain\":{\"schema\":{\"type\":\"string\"}}}}},\"schemas\":");
    for (size_t i = 0; i < length - 1; i++) /* compact, but for spaces */
        if (text[i] != '\n')
            buffer_char(out, text[i]);
    document_checks(out, schemas);
    buffer_text(out, "}}");
}

void document_openapi(struct buffer *out, const struct check_schema *const *schemas)
{
    buffer_text(
        out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"rollcall\",\"version\":"
             "\"" ROLLCALL_VERSION
             "\",\"description\":\"What the registration socket can do, over HTTP, and "
             "monitoring. What the fields mean: docs/protocol.md.\",\"license\":{"
             "\"name\":\"MIT\"}},\"servers\":[{\"url\":"
             "\"http://127.0.0.1:8500\"}],\"security\":[{},{\"bearer\":[]},"
             "{\"header\":[]}]");
    write_paths(out);
    write_components(out, schemas);
    buffer_text(out, "}\n");
}
