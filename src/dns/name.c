#include "dns/name.h"

#include <stdio.h>
#include <string.h>

#include "dns/fold.h"

/* One octet of master file text: itself, \DDD or \X (RFC 1035 §5.1). Returns how many
 * characters it took, 0 for a bad escape. */
static size_t read_octet(const char *text, uint8_t *octet)
{
    if (text[0] != '\\') {
        *octet = (uint8_t)text[0];
        return 1;
    }
    if (text[1] < '0' || text[1] > '9') {
        *octet = (uint8_t)text[1];
        return text[1] == '\0' ? 0 : 2;
    }
    unsigned value = 0;
    for (unsigned i = 1; i <= 3; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    *octet = (uint8_t)value;
    return value > 255 ? 0 : 4;
}

/* One label with its length octet into `label`. Returns the characters it took, 0 when it
 * is empty, over 63 octets or has a bad escape. */
static size_t read_label(const char *text, uint8_t label[DNS_LABEL_MAX + 1])
{
    size_t taken = 0;
    uint8_t length = 0;

    while (text[taken] != '\0' && text[taken] != '.') {
        uint8_t octet;
        size_t step = read_octet(text + taken, &octet);
        if (step == 0 || length == DNS_LABEL_MAX)
            return 0;
        label[++length] = octet;
        taken += step;
    }
    label[0] = length;
    return taken;
}

bool dns_name_parse(const char *text, struct dns_name *out)
{
    uint8_t wire[DNS_NAME_MAX];
    size_t length = 0;

    if (strcmp(text, ".") == 0)
        text = "";
    else if (text[0] == '\0')
        return false;
    while (*text != '\0') {
        uint8_t label[DNS_LABEL_MAX + 1];
        size_t taken = read_label(text, label);
        size_t size = (size_t)label[0] + 1;
        if (taken == 0 || length + size + 1 > DNS_NAME_MAX)
            return false;
        memcpy(wire + length, label, size);
        length += size;
        text += taken;
        if (*text == '.')
            text++;
    }
    wire[length++] = 0;
    memcpy(out->wire, wire, length);
    out->length = (uint8_t)length;
    return true;
}

/* As it stands in a master file; returns how many characters `out` got (at most 4). */
static size_t print_octet(uint8_t octet, char out[5])
{
    if (octet <= ' ' || octet >= 0x7f)
        return (size_t)snprintf(out, 5, "\\%03u", octet);
    bool special = strchr(".\\\"();@$", octet) != NULL;
    if (special)
        *out++ = '\\';
    *out = (char)octet;
    return special ? 2 : 1;
}

void dns_name_print(const uint8_t *wire, size_t length, char *out, size_t size)
{
    size_t used = 0, at = 0;

    if (size == 0)
        return;
    while (at < length && wire[at] != 0) {
        size_t end = at + 1 + wire[at];
        for (at++; at < end && at < length; at++) {
            char text[5];
            size_t n = print_octet(wire[at], text);
            if (used + n + 2 > size)
                goto done;
            memcpy(out + used, text, n);
            used += n;
        }
        out[used++] = '.';
    }
    if (used == 0 && size > 1)
        out[used++] = '.';
done:
    out[used] = '\0';
}

void dns_name_lower(const uint8_t *wire, size_t length, uint8_t *out)
{
    size_t at = 0;

    for (; at + 8 <= length; at += 8) {
        uint64_t word;
        memcpy(&word, wire + at, 8);
        word = dns_fold8(word);
        memcpy(out + at, &word, 8);
    }
    for (; at < length; at++)
        out[at] = dns_fold(wire[at]);
}

bool dns_name_equal(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
    if (a_length != b_length)
        return false;
    if (memcmp(a, b, a_length) == 0)
        return true;
    for (size_t i = 0; i < a_length; i++)
        if (dns_fold(a[i]) != dns_fold(b[i]))
            return false;
    return true;
}

int dns_name_below(const uint8_t *wire, size_t length, const uint8_t *apex,
                   size_t apex_length)
{
    if (length < apex_length)
        return -1;
    size_t offset = length - apex_length;
    if (memcmp(wire + offset, apex, apex_length) != 0)
        return -1;
    size_t at = 0; /* the octets are equal; do they begin at a label? */
    while (at < offset)
        at += (size_t)wire[at] + 1;
    return at == offset ? (int)offset : -1;
}

unsigned dns_name_labels(const uint8_t *wire, size_t length)
{
    unsigned count = 0;

    for (size_t at = 0; at < length && wire[at] != 0; at += (size_t)wire[at] + 1)
        count++;
    return count;
}

bool dns_name_prepend(struct dns_name *name, const void *label, size_t length)
{
    if (length == 0 || length > DNS_LABEL_MAX || name->length + length + 1 > DNS_NAME_MAX)
        return false;
    memmove(name->wire + length + 1, name->wire, name->length);
    name->wire[0] = (uint8_t)length;
    memcpy(name->wire + 1, label, length);
    name->length = (uint8_t)(name->length + length + 1);
    return true;
}

bool dns_label_is_ldh(const char *label, size_t length)
{
    if (length == 0 || length > DNS_LABEL_MAX || label[0] == '-' ||
        label[length - 1] == '-')
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = label[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && c != '-' && (c < '0' || c > '9'))
            return false;
    }
    return true;
}
