/* Values of filters, read as Go reads them. */
#include <string.h>

#include "consul/filter_tree.h"

static unsigned digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a') + 10;
    return c >= 'A' && c <= 'Z' ? (unsigned)(c - 'A') + 10 : 99;
}

/* The base that a prefix asks for, and how long the prefix is. */
static unsigned base_of(const char *text, size_t length, size_t *prefix)
{
    *prefix = 0;
    if (length < 2 || text[0] != '0')
        return 10;
    *prefix = 2;
    switch (text[1] | 0x20) {
    case 'x':
        return 16;
    case 'o':
        return 8;
    case 'b':
        return 2;
    default:
        *prefix = 1;
        return 8;
    }
}

bool filter_read_number(const char *text, size_t length, int64_t *out)
{
    bool minus = length > 0 && text[0] == '-';
    size_t at = minus || (length > 0 && text[0] == '+') ? 1 : 0, prefix;
    unsigned base = base_of(text + at, length - at, &prefix);
    uint64_t value = 0, most = (uint64_t)INT64_MAX + (minus ? 1 : 0);

    at += prefix;
    if (at == length)
        return false;
    for (; at < length; at++) {
        unsigned digit = digit_of(text[at]);
        if (digit >= base || value > (most - digit) / base)
            return false;
        value = value * base + digit;
    }
    *out = minus ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

bool filter_read_bool(const char *text, size_t length, bool *out)
{
    static const char *const words[2][6] = { { "0", "f", "F", "FALSE", "false", "False" },
                                             { "1", "t", "T", "TRUE", "true", "True" } };

    for (unsigned i = 0; i < 12; i++) {
        const char *word = words[i / 6][i % 6];
        if (strlen(word) == length && memcmp(word, text, length) == 0) {
            *out = i >= 6;
            return true;
        }
    }
    return false;
}

/* `count` digits at *at, which is moved behind them. */
static bool digits(const char **at, const char *end, unsigned base, unsigned count,
                   uint32_t *out)
{
    *out = 0;
    if (end - *at < (ptrdiff_t)count)
        return false;
    for (unsigned i = 0; i < count; i++, ++*at) {
        unsigned digit = digit_of(**at);
        if (digit >= base)
            return false;
        *out = *out * base + digit;
    }
    return true;
}

/* A character as UTF-8: no longer than the escape that it was. */
static bool write_rune(char **out, uint32_t rune)
{
    if (rune > 0x10ffff || (rune >= 0xd800 && rune < 0xe000))
        return false;
    if (rune < 0x80) {
        *(*out)++ = (char)rune;
        return true;
    }
    unsigned more = rune < 0x800 ? 1 : rune < 0x10000 ? 2 : 3;
    static const uint8_t marks[] = { 0, 0xc0, 0xe0, 0xf0 };
    *(*out)++ = (char)(marks[more] | rune >> (6 * more));
    while (more-- > 0)
        *(*out)++ = (char)(0x80 | ((rune >> (6 * more)) & 0x3f));
    return true;
}

/* The escape whose letter is at *at. */
static bool escape(const char **at, const char *end, char **out)
{
    static const char letters[] = "abfnrtv\\\"";
    static const char meanings[] = "\a\b\f\n\r\t\v\\\"";
    char letter = **at;
    const char *found = letter != '\0' ? strchr(letters, letter) : NULL;
    uint32_t number;

    if (found != NULL) {
        ++*at;
        *(*out)++ = meanings[found - letters];
        return true;
    }
    if (letter == 'u' || letter == 'U') {
        ++*at;
        return digits(at, end, 16, letter == 'u' ? 4 : 8, &number) &&
               write_rune(out, number);
    }
    if (letter == 'x')
        ++*at;
    if (!digits(at, end, letter == 'x' ? 16 : 8, letter == 'x' ? 2 : 3, &number) ||
        number > 0xff)
        return false;
    *(*out)++ = (char)number;
    return true;
}

bool filter_unquote(const char *text, size_t length, char *out, size_t *out_length)
{
    const char *at = text, *end = text + length;
    char *to = out;

    while (at < end) {
        if (*at == '\n')
            return false;
        if (*at != '\\') {
            *to++ = *at++;
            continue;
        }
        if (++at == end || !escape(&at, end, &to))
            return false;
    }
    *out_length = (size_t)(to - out);
    return true;
}
