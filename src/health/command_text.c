#include "health/command_text.h"

#include <string.h>

static const char more[] = "...";

/* Octets of the control character at `at` (C0, DEL, and C1 in UTF-8); 0: it is none. A
 * terminal must not obey what a command wrote. */
static size_t control_length(const char *at, size_t left)
{
    unsigned char first = (unsigned char)at[0];
    unsigned char second = left > 1 ? (unsigned char)at[1] : 0;

    if (first <= 0x20 || first == 0x7f)
        return 1;
    return first == 0xc2 && second >= 0x80 && second < 0xa0 ? 2 : 0;
}

/* Back to the beginning of the character that was cut. */
static size_t whole_characters(const char *text, size_t length)
{
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    return length;
}

static void end_with_more(char *out, size_t used, size_t size)
{
    if (used + sizeof more > size)
        used = whole_characters(out, size - sizeof more);
    memcpy(out + used, more, sizeof more);
}

/* Append to `out` as one line; the octets used, or `size` when there was no room. */
static size_t append(const char *text, size_t length, char *out, size_t used, size_t size)
{
    bool blank = false, any = false;

    for (size_t at = 0; at < length;) {
        size_t control = control_length(text + at, length - at);
        if (control > 0) {
            blank = any;
            at += control;
            continue;
        }
        if (used + (blank ? 2 : 1) >= size)
            return size;
        if (blank)
            out[used++] = ' ';
        out[used++] = text[at++];
        blank = false;
        any = true;
    }
    return used;
}

void command_text(const char *ending, const char *output, size_t length, bool cut,
                  char *out, size_t size)
{
    size_t used = append(ending, strlen(ending), out, 0, size);
    size_t after = used;

    if (used > 0 && used + 2 < size) {
        memcpy(out + used, ": ", 2);
        after = used + 2;
    }
    size_t end = append(output, length, out, after, size);
    if (end == after)
        end = used; /* no output: no colon either */
    bool full = end >= size;
    if (!full)
        out[end] = '\0';
    if (full || (cut && end > used))
        end_with_more(out, full ? size : end, size);
}
