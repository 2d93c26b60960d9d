/* Labels that spell an address, and questions taken apart into labels. */
#include <stdio.h>
#include <string.h>

#include "answer/addresses.h"
#include "answer/layout.h"
#include "answer/question.h"
#include "base/address.h"

enum { HEX_V4 = 8, HEX_V6 = 32 };

static size_t octets(const struct rollcall_address *address)
{
    return address->family == 4 ? 4 : 16;
}

void label_hex(const struct rollcall_address *address, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < octets(address); i++) {
        *out++ = digits[address->bytes[i] >> 4];
        *out++ = digits[address->bytes[i] & 15];
    }
    *out = '\0';
}

/* A hyphen at an end gets a zero there, so that it is a label (docs/dns.md §1.2). */
void label_dashed(const struct rollcall_address *address, char *out)
{
    char text[ADDRESS_TEXT];
    size_t length = 0;

    address_print_ip(address, text, sizeof text);
    if (text[0] == ':')
        out[length++] = '0';
    for (const char *at = text; *at != '\0'; at++)
        out[length++] = *at == '.' || *at == ':' ? '-' : *at;
    if (out[length - 1] == '-')
        out[length++] = '0';
    out[length] = '\0';
}

static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool label_parse_hex(const uint8_t *label, struct rollcall_address *out)
{
    if (label[0] != HEX_V4 && label[0] != HEX_V6)
        return false;
    memset(out, 0, sizeof *out);
    out->family = label[0] == HEX_V4 ? 4 : 6;
    for (unsigned i = 0; i < label[0]; i++) {
        int digit = digit_of(label[1 + i]);
        if (digit < 0)
            return false;
        out->bytes[i / 2] = (uint8_t)(out->bytes[i / 2] << 4 | digit);
    }
    return true;
}

/* Four numbers are IPv4; anything else is tried as IPv6. What does not print as it was
 * asked is another name. */
bool label_parse_dashed(const uint8_t *label, struct rollcall_address *out)
{
    char text[DNS_LABEL_MAX + 1], back[DNS_LABEL_MAX + 1];
    unsigned dashes = 0, letters = 0;

    for (unsigned i = 0; i < label[0]; i++) {
        text[i] = (char)label[1 + i];
        dashes += text[i] == '-';
        letters += digit_of(label[1 + i]) < 0 && text[i] != '-';
    }
    text[label[0]] = '\0';
    if (letters > 0 || dashes < 2)
        return false;
    for (unsigned attempt = 0; attempt < 2; attempt++) {
        char spelled[DNS_LABEL_MAX + 1];
        for (unsigned i = 0; i <= label[0]; i++)
            spelled[i] = text[i] != '-' ? text[i] : attempt == 0 ? '.' : ':';
        if (!address_parse_ip(spelled, out))
            continue;
        label_dashed(out, back);
        return strcmp(back, text) == 0;
    }
    return false;
}

bool layout_split(const struct question *question, const struct answer_zone *zone,
                  struct layout_labels *out)
{
    size_t end = (size_t)question->name_length - zone->apex.length;

    out->count = 0;
    for (size_t at = 0; at < end; at += (size_t)question->name[at] + 1) {
        if (out->count == LAYOUT_LABELS)
            return false;
        out->label[out->count++] = question->name + at;
    }
    return true;
}

bool layout_label_is(const uint8_t *label, const char *word)
{
    size_t length = strlen(word);

    return label[0] == length && memcmp(label + 1, word, length) == 0;
}

bool layout_answer_address(struct question *question, const struct answer_zone *zone,
                           const struct rollcall_address *address,
                           const struct layout_labels *labels, layout_is_asked *is_asked)
{
    const struct rollcall_instance *holder = NULL;

    for (const struct address_node *leaf = addresses_find(question->index, address);
         leaf != NULL; leaf = address_leaf_next(leaf)) {
        const struct instance *instance = address_leaf_instance(leaf);
        if (instance == NULL || !is_asked(zone, &instance->is, labels))
            continue;
        question_tell(question, &instance->is);
        holder = question_holder(zone, holder, &instance->is);
    }
    if (holder != NULL)
        question_address(question, zone, address, holder);
    return holder != NULL;
}
