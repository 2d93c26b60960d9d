/* proto/encode_text.c - text, numbers and members, written straight into a buffer. */
#include "proto/encode_text.h"

#include <stdint.h>
#include <string.h>

#include "base/units.h"
#include "proto/encode.h"

/* Bytes of the UTF-8 character at `text` (RFC 3629 §4); 0: it is none. */
static unsigned utf8_length(const unsigned char *text)
{
    unsigned char first = text[0];
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
    unsigned length;

    if (first >= 0xc2 && first <= 0xdf) {
        length = 2;
    } else if (first >= 0xe0 && first <= 0xef) {
        length = 3;
        low = first == 0xe0 ? 0xa0 : low;   /* no overlong form */
        high = first == 0xed ? 0x9f : high; /* no surrogate */
    } else if (first >= 0xf0 && first <= 0xf4) {
        length = 4;
        low = first == 0xf0 ? 0x90 : low;
        high = first == 0xf4 ? 0x8f : high; /* up to U+10FFFF */
    } else {
        return 0;
    }
    if (text[1] < low || text[1] > high)
        return 0;
    for (unsigned i = 2; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80) /* the final NUL stops here as well */
            return 0;
    }
    return length;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\' && c < 0x80;
}

/* RFC 8259 §7. */
static void encode_escape(struct buffer *out, unsigned char c)
{
    static const char short_forms[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    static const char digits[] = "0123456789abcdef";

    for (const char *at = short_forms; *at != '\0'; at += 2) {
        if ((unsigned char)*at == c) {
            const char escape[2] = { '\\', at[1] };
            buffer_append(out, escape, sizeof escape);
            return;
        }
    }
    const char escape[6] = { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] };
    buffer_append(out, escape, sizeof escape);
}

/* Eight octets at once: is one of them no plain one? Each test sets the top bit of the
 * octet that it finds, and perhaps of later ones. */
static bool has_special(uint64_t eight)
{
    const uint64_t ones = UINT64_MAX / 255;
    const uint64_t tops = ones * 0x80;
    uint64_t quote = eight ^ ones * '"';
    uint64_t slash = eight ^ ones * '\\';

    return ((eight | ((eight - ones * 0x20) & ~eight) | ((quote - ones) & ~quote) |
             ((slash - ones) & ~slash)) &
            tops) != 0;
}

static bool is_plain_text(const char *text, size_t length)
{
    uint64_t eight;

    for (; length >= sizeof eight; text += sizeof eight, length -= sizeof eight) {
        memcpy(&eight, text, sizeof eight);
        if (has_special(eight))
            return false;
    }
    for (; length > 0; text++, length--)
        if (!is_plain((unsigned char)*text))
            return false;
    return true;
}

/* Nearly every text is plain to its end. False: this one is not. */
static bool encode_plain(struct buffer *out, const char *text)
{
    size_t length = strlen(text);

    if (!is_plain_text(text, length))
        return false;
    if (!buffer_reserve(out, length + 2))
        return true;
    char *end = out->data + out->length;
    end[0] = '"';
    memcpy(end + 1, text, length);
    end[length + 1] = '"';
    end[length + 2] = '\0';
    out->length += length + 2;
    return true;
}

void encode_text(struct buffer *out, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    if (encode_plain(out, text))
        return;
    buffer_char(out, '"');
    while (*at != '\0') {
        const unsigned char *run = at;
        unsigned length = 0;

        while (is_plain(*at) || (*at >= 0x80 && (length = utf8_length(at)) > 0))
            at += *at < 0x80 ? 1 : length;
        if (at > run)
            buffer_append(out, run, (size_t)(at - run));
        if (*at == '\0')
            break;
        if (*at >= 0x80)
            buffer_text(out, "\xef\xbf\xbd"); /* U+FFFD */
        else
            encode_escape(out, *at);
        at++;
    }
    buffer_char(out, '"');
}

void encode_number(struct buffer *out, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    buffer_append(out, digits + at, sizeof digits - at);
}

void encode_duration(struct buffer *out, uint64_t milliseconds)
{
    char text[32];

    units_print_duration(milliseconds, text, sizeof text);
    buffer_char(out, '"');
    buffer_text(out, text);
    buffer_char(out, '"');
}

void encode_name(struct buffer *out, const char *name)
{
    bool opens = out->length > 0 && out->data[out->length - 1] == '{';

    if (opens)
        buffer_char(out, '"');
    else
        buffer_append(out, ",\"", 2);
    buffer_text(out, name);
    buffer_append(out, "\":", 2);
}

void member_text(struct buffer *out, const char *name, const char *value)
{
    encode_name(out, name);
    encode_text(out, value);
}

void member_number(struct buffer *out, const char *name, uint64_t value)
{
    encode_name(out, name);
    encode_number(out, value);
}

void member_bool(struct buffer *out, const char *name, bool value)
{
    encode_name(out, name);
    buffer_text(out, value ? "true" : "false");
}

void member_duration(struct buffer *out, const char *name, uint64_t milliseconds)
{
    encode_name(out, name);
    encode_duration(out, milliseconds);
}
