#include "base/base64.h"

#include <string.h>

static int digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                 "0123456789+/";
    const char *at = c == '\0' ? NULL : strchr(digits, c);

    return at == NULL ? -1 : (int)(at - digits);
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
