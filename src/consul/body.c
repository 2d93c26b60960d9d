#include "consul/body.h"

#include <string.h>
#include <strings.h>

static char folded(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_name(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a == '_')
            a++;
        while (*b == '_')
            b++;
        if (folded(*a) != folded(*b))
            return false;
        if (*a == '\0')
            return true;
    }
}

static bool is_blank(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (strchr(" \t\r\n", text[i]) == NULL || text[i] == '\0')
            return false;
    return true;
}

json_t *body_parse(const char *text, size_t length, struct reason *why)
{
    json_error_t error;

    if (is_blank(text, length)) {
        reason_set(why, "Request decode failed: EOF");
        return NULL;
    }
    json_t *root = json_loadb(text, length, JSON_DECODE_ANY, &error);
    if (root == NULL && json_error_code(&error) == json_error_null_character) {
        reason_set(why, "Request decode failed: \\u0000 is not allowed, at octet %d",
                   error.position);
        return NULL;
    }
    if (root == NULL) {
        reason_set(why, "Request decode failed: %.40s at octet %d", error.text,
                   error.position);
        return NULL;
    }
    if (json_is_null(root)) {
        json_decref(root);
        root = json_object();
    } else if (!json_is_object(root)) {
        reason_set(why, "Request decode failed: expected an object, got %s",
                   body_type_word(root));
        json_decref(root);
        return NULL;
    }
    if (root == NULL)
        reason_set(why, "Request decode failed: out of memory");
    return root;
}

const json_t *body_member(const json_t *object, const char *name)
{
    const json_t *found = NULL;
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        if (same_name(key, name))
            found = value;
    }
    return found == NULL || json_is_null(found) ? NULL : found;
}

void body_remove(json_t *object, const char *name)
{
    const char *key;
    json_t *value;
    void *next;

    json_object_foreach_safe(object, next, key, value) if (same_name(key, name))(void)
        json_object_del(object, key);
}

const char *body_type_word(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "object";
    case JSON_ARRAY:
        return "array";
    case JSON_STRING:
        return "string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "bool";
    case JSON_NULL:
        break;
    }
    return "null";
}

static bool refuse(struct body_reader *reader, const char *name, const char *wanted,
                   const json_t *value)
{
    if (!reader->failed)
        reason_set(reader->why, "Request decode failed: %s must be %s, not %s", name,
                   wanted, body_type_word(value));
    reader->failed = true;
    return false;
}

static const json_t *find(struct body_reader *reader, const char *name)
{
    return reader->failed ? NULL : body_member(reader->object, name);
}

bool body_text(struct body_reader *reader, const char *name, const char **out)
{
    const json_t *value = find(reader, name);

    if (value == NULL)
        return false;
    if (!json_is_string(value))
        return refuse(reader, name, "a string", value);
    *out = json_string_value(value);
    return true;
}

bool body_flag(struct body_reader *reader, const char *name, bool *out)
{
    const json_t *value = find(reader, name);

    if (value == NULL)
        return false;
    if (!json_is_boolean(value))
        return refuse(reader, name, "true or false", value);
    *out = json_is_true(value);
    return true;
}

bool body_integer(struct body_reader *reader, const char *name, int64_t *out)
{
    const json_t *value = find(reader, name);

    if (value == NULL)
        return false;
    if (!json_is_integer(value))
        return refuse(reader, name, "an integer", value);
    *out = json_integer_value(value);
    return true;
}

bool body_duration(struct body_reader *reader, const char *name, int64_t *nanoseconds)
{
    const json_t *value = find(reader, name);

    if (value == NULL)
        return false;
    if (json_is_integer(value)) {
        *nanoseconds = json_integer_value(value);
        return true;
    }
    if (!json_is_string(value))
        return refuse(reader, name, "a duration", value);
    if (body_parse_duration(json_string_value(value), nanoseconds))
        return true;
    reason_set(reader->why,
               "Request decode failed: %s: invalid duration \"%.20s\"; write \"10s\"",
               name, json_string_value(value));
    reader->failed = true;
    return false;
}

bool body_object(struct body_reader *reader, const char *name, const json_t **out)
{
    const json_t *value = find(reader, name);

    if (value == NULL)
        return false;
    if (!json_is_object(value))
        return refuse(reader, name, "an object", value);
    *out = value;
    return true;
}

bool body_array(struct body_reader *reader, const char *name, const json_t **out)
{
    const json_t *value = find(reader, name);

    if (value == NULL)
        return false;
    if (!json_is_array(value))
        return refuse(reader, name, "an array", value);
    *out = value;
    return true;
}

/* --- Durations and booleans as Go writes them. */

static const struct {
    const char *name;
    int64_t nanoseconds;
} units[] = {
    { "ns", 1 },
    { "us", 1000 },
    { "\xc2\xb5s", 1000 }, /* micro sign */
    { "\xce\xbcs", 1000 }, /* Greek mu */
    { "ms", 1000 * 1000 },
    { "s", INT64_C(1000000000) },
    { "m", INT64_C(60000000000) },
    { "h", INT64_C(3600000000000) },
};

/* The unit at `*at` up to the next number. 0: there is none. */
static int64_t read_unit(const char **at)
{
    size_t length = strcspn(*at, "0123456789.");

    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strlen(units[i].name) == length && strncmp(*at, units[i].name, length) == 0) {
            *at += length;
            return units[i].nanoseconds;
        }
    }
    return 0;
}

/* "12", "1.5", ".5": the whole, and the fraction as a part of 1. */
static bool read_decimal(const char **at, int64_t *whole, double *fraction)
{
    const char *start = *at;
    double scale = 0.1;
    unsigned digits = 0;

    *whole = 0;
    *fraction = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++, digits++) {
        if (__builtin_mul_overflow(*whole, 10, whole) ||
            __builtin_add_overflow(*whole, **at - '0', whole))
            return false;
    }
    if (**at != '.')
        return *at != start;
    for ((*at)++; **at >= '0' && **at <= '9'; (*at)++, digits++, scale /= 10)
        *fraction += scale * (**at - '0');
    return digits > 0;
}

static bool read_part(const char **at, int64_t *total)
{
    int64_t whole;
    double fraction;

    if (!read_decimal(at, &whole, &fraction))
        return false;
    int64_t unit = read_unit(at);
    if (unit == 0 || __builtin_mul_overflow(whole, unit, &whole))
        return false;
    int64_t rest = (int64_t)(fraction * (double)unit + 0.5);
    return !__builtin_add_overflow(whole, rest, &whole) &&
           !__builtin_add_overflow(*total, whole, total);
}

bool body_parse_duration(const char *text, int64_t *nanoseconds)
{
    bool minus = text[0] == '-';
    int64_t total = 0;

    if (text[0] == '-' || text[0] == '+')
        text++;
    if (strcmp(text, "0") != 0) {
        if (*text == '\0')
            return false;
        while (*text != '\0')
            if (!read_part(&text, &total))
                return false;
    }
    *nanoseconds = minus ? -total : total;
    return true;
}

bool body_parse_flag(const char *text, bool *out)
{
    static const char *const words[2][6] = {
        { "0", "f", "F", "FALSE", "false", "False" },
        { "1", "t", "T", "TRUE", "true", "True" },
    };

    for (unsigned value = 0; value < 2; value++)
        for (unsigned i = 0; i < 6; i++)
            if (strcmp(text, words[value][i]) == 0) {
                *out = value != 0;
                return true;
            }
    return false;
}
