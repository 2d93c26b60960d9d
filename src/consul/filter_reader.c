/* The words of a filter: blanks, keywords, marks, strings, and what is wrong where. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "consul/filter_reader.h"

bool filter_fault(struct filter_reader *reader, const char *where, const char *format,
                  ...)
{
    char text[320];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char *at = text; *at != '\0'; at++)
        if ((uint8_t)*at < ' ' || *at == 0x7f)
            *at = '?';
    reason_set(reader->why, FILTER_PREFIX "at %td: %s", where - reader->text + 1, text);
    reader->status = ROLLCALL_E_INVALID;
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool filter_is_name(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
}

bool filter_is_word(char c)
{
    return filter_is_name(c) || (c != '\0' && strchr(".:/@+-", c) != NULL);
}

bool filter_is_quote(char c)
{
    return c == '"' || c == '`';
}

void filter_skip_blanks(struct filter_reader *reader)
{
    while (reader->at < reader->end && is_blank(*reader->at))
        reader->at++;
}

bool filter_take_word(struct filter_reader *reader, const char *word)
{
    size_t length = strlen(word);

    filter_skip_blanks(reader);
    if ((size_t)(reader->end - reader->at) < length ||
        memcmp(reader->at, word, length) != 0)
        return false;
    if (reader->at + length < reader->end && filter_is_word(reader->at[length]))
        return false;
    reader->at += length;
    return true;
}

bool filter_take_mark(struct filter_reader *reader, const char *mark)
{
    size_t length = strlen(mark);

    filter_skip_blanks(reader);
    if ((size_t)(reader->end - reader->at) < length ||
        memcmp(reader->at, mark, length) != 0)
        return false;
    reader->at += length;
    return true;
}

bool filter_take_string(struct filter_reader *reader, struct filter_piece *out)
{
    const char *begin = reader->at++;
    char quote = *begin;
    const char *body = reader->at;

    for (; reader->at < reader->end && *reader->at != quote; reader->at++)
        if (quote == '"' && *reader->at == '\\' && reader->at + 1 < reader->end)
            reader->at++;
    if (reader->at == reader->end)
        return filter_fault(reader, begin, "no closing %c", quote);
    size_t length = (size_t)(reader->at++ - body);
    *out =
        (struct filter_piece){ .text = reader->room, .length = length, .where = begin };
    if (quote == '`')
        memcpy(reader->room, body, length);
    else if (!filter_unquote(body, length, reader->room, &out->length))
        return filter_fault(reader, begin, "no string as in Go");
    reader->room += out->length;
    *reader->room++ = '\0';
    return true;
}

bool filter_nothing(struct filter_reader *reader, const char *at, const char *what)
{
    if (at < reader->end && *at == '\'')
        return filter_fault(reader, at, "quotes are \" or `, not '");
    return filter_fault(reader, at, "%s is missing", what);
}

bool filter_take_value(struct filter_reader *reader, struct filter_piece *out)
{
    filter_skip_blanks(reader);
    const char *begin = reader->at;
    if (begin < reader->end && filter_is_quote(*begin))
        return filter_take_string(reader, out);
    while (reader->at < reader->end && filter_is_word(*reader->at))
        reader->at++;
    if (reader->at == begin)
        return filter_nothing(reader, begin, "a value");
    size_t length = (size_t)(reader->at - begin);
    *out =
        (struct filter_piece){ .text = reader->room, .length = length, .where = begin };
    memcpy(reader->room, begin, length);
    reader->room += length;
    *reader->room++ = '\0';
    return true;
}
