#include "http/pretty.h"

#include <stdbool.h>
#include <string.h>

#define INDENT 4

static void new_line(struct buffer *out, size_t depth)
{
    static const char spaces[] = "                                ";
    size_t left = depth * INDENT;

    buffer_char(out, '\n');
    while (left > 0) {
        size_t some = left < sizeof spaces - 1 ? left : sizeof spaces - 1;
        buffer_append(out, spaces, some);
        left -= some;
    }
}

/* The length of the text that begins with a quote, both quotes included. */
static size_t text_length(const char *json, size_t length)
{
    size_t at = 1;

    while (at < length && json[at] != '"')
        at += json[at] == '\\' ? 2 : 1;
    return at < length ? at + 1 : length;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static size_t next_visible(const char *json, size_t length, size_t at)
{
    while (at < length && is_space(json[at]))
        at++;
    return at;
}

/* A bracket that opens; the place behind it, or behind its partner when it is empty. */
static size_t open_bracket(const char *json, size_t length, size_t at, size_t *depth,
                           struct buffer *out)
{
    size_t next = next_visible(json, length, at + 1);

    buffer_char(out, json[at]);
    if (next < length && (json[next] == ']' || json[next] == '}')) {
        buffer_char(out, json[next]);
        return next + 1;
    }
    new_line(out, ++*depth);
    return next;
}

void pretty_print(const char *json, size_t length, struct buffer *out)
{
    size_t depth = 0;
    size_t at = next_visible(json, length, 0);

    while (at < length) {
        size_t some = 1;
        char c = json[at];
        if (c == '[' || c == '{') {
            at = open_bracket(json, length, at, &depth, out);
            continue;
        }
        if (c == ']' || c == '}')
            new_line(out, depth > 0 ? --depth : 0);
        if (c == '"')
            some = text_length(json + at, length - at);
        buffer_append(out, json + at, some);
        if (c == ',')
            new_line(out, depth);
        if (c == ':')
            buffer_char(out, ' ');
        at = next_visible(json, length, at + some);
    }
    buffer_char(out, '\n');
}
