#include "api/line.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "proto/json.h"

enum { PATH_NAME_MAX = 32 };

/* Digits alone; what they are too many for stays a text, which the decoder refuses with
 * the range that it allows. */
static bool take_integer(const char *text, json_int_t *out)
{
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0';
}

/* A bare name means yes. */
static bool take_flag(const char *text, bool *out)
{
    *out = *text == '\0' || strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    return *out || strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
}

static json_t *query_value(const char *type, const char *text)
{
    json_int_t number;
    bool flag;

    if (strcmp(type, "integer") == 0 && take_integer(text, &number))
        return json_integer(number);
    if (strcmp(type, "boolean") == 0 && take_flag(text, &flag))
        return json_boolean(flag);
    return json_string(text);
}

/* `value` (taken over; NULL: it is not UTF-8) as a member; the body may repeat it. */
static enum rollcall_status put(json_t *root, const char *name, json_t *value,
                                struct reason *why)
{
    json_t *before = json_object_get(root, name);

    if (value == NULL) {
        reason_field(why, name, "%s: not UTF-8", name);
        return ROLLCALL_E_INVALID;
    }
    if (before != NULL && !json_equal(before, value)) {
        char shown[JSON_SHOWN_MAX];
        json_show(before, shown);
        json_decref(value);
        reason_field(why, name, "%s: the body says %s, the URL says something else", name,
                     shown);
        return ROLLCALL_E_INVALID;
    }
    return json_object_set_new(root, name, value) == 0 ? ROLLCALL_OK : ROLLCALL_E_NOMEM;
}

static enum rollcall_status put_path(json_t *root, const struct line_source *source,
                                     struct reason *why)
{
    enum rollcall_status status = ROLLCALL_OK;
    char name[PATH_NAME_MAX];

    for (const char *at = strchr(source->route->path, '{'); at != NULL;
         at = strchr(at, '{')) {
        size_t length = strcspn(++at, "}.");
        size_t size = 0;
        if (length >= sizeof name)
            return ROLLCALL_E_INTERNAL;
        memcpy(name, at, length);
        name[length] = '\0';
        const char *text = source->path(source->owner, name, &size);
        if (text == NULL)
            continue;
        json_int_t number;
        bool is_number = strcmp(name, PROTO_SILENCE_) == 0 && take_integer(text, &number);
        status = put(root, name,
                     is_number ? json_integer(number) : json_stringn(text, size), why);
        if (status != ROLLCALL_OK)
            break;
    }
    return status;
}

static enum rollcall_status put_query(json_t *root, const struct line_source *source,
                                      struct reason *why)
{
    const struct route_parameter *row = source->route->parameters;
    enum rollcall_status status = ROLLCALL_OK;

    for (; row != NULL && row->name != NULL && status == ROLLCALL_OK; row++) {
        const char *text = source->query(source->owner, row->name, 0);
        if (text == NULL || strcmp(row->type, "option") == 0)
            continue;
        if (source->query(source->owner, row->name, 1) != NULL) {
            reason_field(why, row->name, "%s: given twice", row->name);
            return ROLLCALL_E_INVALID;
        }
        status = put(root, row->name, query_value(row->type, text), why);
    }
    return status;
}

static bool is_known(const struct route_parameter *row, const char *name, size_t length)
{
    static const char *const common[] = { "pretty", "token", NULL };

    for (size_t i = 0; common[i] != NULL; i++)
        if (strlen(common[i]) == length && strncmp(common[i], name, length) == 0)
            return true;
    for (; row != NULL && row->name != NULL; row++)
        if (strlen(row->name) == length && strncmp(row->name, name, length) == 0)
            return true;
    return false;
}

/* A name that is misspelt must not be passed over: it would change what is asked. */
enum rollcall_status line_check_names(const struct route_parameter *row, const char *uri,
                                      struct reason *why)
{
    const char *at = strchr(uri, '?');

    while (at != NULL && *at != '\0') {
        size_t length = strcspn(++at, "=&");
        if (length > 0 && !is_known(row, at, length)) {
            char known[PROTO_WORDS_MAX / 2] = "none";
            size_t used = 0;
            for (; row != NULL && row->name != NULL && used < sizeof known; row++)
                used += (size_t)snprintf(known + used, sizeof known - used, "%s%s",
                                         used == 0 ? "" : ", ", row->name);
            reason_field(why, "", "there is no query parameter \"%.*s\" here; known: %s",
                         length < 64 ? (int)length : 64, at, known);
            return ROLLCALL_E_UNKNOWN_FIELD;
        }
        at = strchr(at, '&');
    }
    return ROLLCALL_OK;
}

/* The decoder of lines speaks of the line. */
static void say_body(struct reason *why)
{
    static const char line[] = "the line is";
    char rest[sizeof why->text];

    if (strncmp(why->text, line, sizeof line - 1) != 0)
        return;
    snprintf(rest, sizeof rest, "%s", why->text + sizeof line - 1);
    snprintf(why->text, sizeof why->text, "the body is%.400s", rest);
    char *more = strstr(why->text, " a line");
    if (more != NULL && more[7] == '\0')
        *more = '\0';
}

static enum rollcall_status parse_body(const struct line_source *source, json_t **out,
                                       struct reason *why)
{
    static const char *const ours[] = { PROTO_OP, PROTO_SEQ, NULL };
    bool empty = strspn(source->body, " \t\r\n") == source->body_length;
    json_t *root =
        empty ? json_object() : json_parse_object(source->body, source->body_length, why);

    if (root == NULL) {
        say_body(why);
        return empty ? ROLLCALL_E_NOMEM : ROLLCALL_E_BAD_JSON;
    }
    for (size_t i = 0; ours[i] != NULL; i++) {
        if (json_object_get(root, ours[i]) == NULL)
            continue;
        json_decref(root);
        reason_field(why, ours[i],
                     "%s: there is no such field over HTTP; the path says "
                     "what is asked",
                     ours[i]);
        return ROLLCALL_E_UNKNOWN_FIELD;
    }
    *out = root;
    return ROLLCALL_OK;
}

/* As decoders fold it. What is too long is no name; the decoder says so. */
static void read_name(const json_t *root, const char *name, char out[LINE_NAME_MAX])
{
    const char *text = json_string_value(json_object_get(root, name));
    size_t i = 0;

    for (; text != NULL && text[i] != '\0' && i < LINE_NAME_MAX - 1; i++)
        out[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
    out[text != NULL && text[i] != '\0' ? 0 : i] = '\0';
}

static void read_subject(const json_t *root, struct line_subject *out)
{
    const char *id = json_string_value(json_object_get(root, PROTO_ID));

    memset(out, 0, sizeof *out);
    read_name(root, PROTO_SERVICE, out->service);
    read_name(root, PROTO_NAMESPACE, out->namespace_name);
    out->in_namespace = out->namespace_name[0] != '\0';
    if (out->service[0] != '\0' && out->namespace_name[0] == '\0')
        strcpy(out->namespace_name, "default");
    if (id != NULL && strlen(id) < sizeof out->id)
        strcpy(out->id, id);
    json_int_t number = json_integer_value(json_object_get(root, PROTO_SILENCE_));
    out->silence = number > 0 ? (unsigned long long)number : 0;
}

static enum rollcall_status print_line(const json_t *root, struct buffer *out)
{
    size_t length = json_dumpb(root, NULL, 0, JSON_COMPACT);

    if (length == 0)
        return ROLLCALL_E_NOMEM;
    if (length >= PROTO_LINE_MAX)
        return ROLLCALL_E_TOO_LONG;
    if (!buffer_reserve(out, length + 1))
        return ROLLCALL_E_NOMEM;
    json_dumpb(root, out->data, length, JSON_COMPACT);
    out->data[length] = '\0';
    out->length = length;
    return ROLLCALL_OK;
}

enum rollcall_status line_compose(const struct line_source *source, enum proto_op op,
                                  struct buffer *out, struct line_subject *subject,
                                  struct reason *why)
{
    json_t *root = NULL;
    enum rollcall_status status =
        line_check_names(source->route->parameters, source->uri, why);

    if (status == ROLLCALL_OK)
        status = parse_body(source, &root, why);
    if (status == ROLLCALL_OK)
        status = put_path(root, source, why);
    if (status == ROLLCALL_OK)
        status = put_query(root, source, why);
    if (status == ROLLCALL_OK && source->all &&
        json_object_get(root, PROTO_HEALTHY) == NULL)
        status = put(root, PROTO_HEALTHY, json_false(), why);
    if (status == ROLLCALL_OK)
        status = put(root, PROTO_OP, json_string(proto_op_word(op)), why);
    if (status == ROLLCALL_OK)
        status = print_line(root, out);
    if (status == ROLLCALL_OK)
        read_subject(root, subject);
    json_decref(root);
    return status;
}
