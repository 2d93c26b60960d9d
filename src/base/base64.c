#include "base/base64.h"

#include <string.h>

static int digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Octets of the four characters at `text`, 0: they are no group. Only the last group may
 * have padding. */
static size_t group(const char *text, bool last, uint8_t out[3])
{
    size_t pads = text[3] != '=' ? 0 : text[2] != '=' ? 1 : 2;
    uint32_t bits = 0;

    if (pads > 0 && !last)
        return 0;
    for (size_t i = 0; i < 4; i++) {
        int value = i < 4 - pads ? digit(text[i]) : 0;
        if (value < 0)
            return 0;
        bits = bits << 6 | (uint32_t)value;
    }
    out[0] = (uint8_t)(bits >> 16);
    out[1] = (uint8_t)(bits >> 8);
    out[2] = (uint8_t)bits;
    return 3 - pads;
}

bool base64_decode(const char *text, uint8_t *out, size_t size, size_t *length)
{
    size_t count = strlen(text), used = 0;

    if (count % 4 != 0)
        return false;
    for (size_t at = 0; at < count; at += 4) {
        uint8_t octets[3];
        size_t got = group(text + at, at + 4 == count, octets);
        if (got == 0 || got > size - used)
            return false;
        memcpy(out + used, octets, got);
        used += got;
    }
    *length = used;
    return true;
}

size_t base64_length(size_t length)
{
    return (length + 2) / 3 * 4;
}

void base64_encode(const uint8_t *bytes, size_t length, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                 "0123456789+/";

    for (size_t at = 0; at < length; at += 3, out += 4) {
        size_t left = length - at;
        uint32_t bits = (uint32_t)bytes[at] << 16 |
                        (left > 1 ? (uint32_t)bytes[at + 1] << 8 : 0) |
                        (left > 2 ? (uint32_t)bytes[at + 2] : 0);
        out[0] = digits[bits >> 18];
        out[1] = digits[bits >> 12 & 63];
        out[2] = left > 1 ? digits[bits >> 6 & 63] : '=';
        out[3] = left > 2 ? digits[bits & 63] : '=';
    }
}
