#include "dns/message.h"

#include <string.h>

#include "base/bytes.h"
#include "dns/edns.h"
#include "dns/unpack.h"
#include "dns/wire.h"

enum { QUESTION_TAIL = 4, RECORD_TAIL = 10, SECTION_LAST = 3 };

size_t dns_message_ask(uint8_t *out, size_t size, uint16_t id,
                       const struct dns_name *name, uint16_t type, bool recursion,
                       bool edns)
{
    size_t end = DNS_HEADER_SIZE + (size_t)name->length + QUESTION_TAIL;

    if (end + (edns ? DNS_OPT_SIZE : 0) > size)
        return 0;
    memset(out, 0, DNS_HEADER_SIZE);
    bytes_put16(out, id);
    bytes_put16(out + 2, recursion ? DNS_FLAG_RD : 0);
    bytes_put16(out + 4, 1);
    bytes_put16(out + 10, edns ? 1 : 0);
    memcpy(out + DNS_HEADER_SIZE, name->wire, name->length);
    bytes_put16(out + end - 4, type);
    bytes_put16(out + end - 2, DNS_CLASS_IN);
    if (edns)
        end += dns_opt_write(out + end, size - end, DNS_UDP_ADVERTISED, 0, false,
                             DNS_EDE_NONE, NULL);
    return end;
}

/* Texts of other servers go to a terminal: nothing but printable ASCII. */
static void take_ede(struct dns_message *message, const uint8_t *option, size_t length)
{
    size_t i = 0;

    if (length < 2)
        return;
    message->ede = bytes_get16(option);
    for (; i + 2 < length && i + 1 < sizeof message->ede_text; i++) {
        uint8_t c = option[i + 2];
        message->ede_text[i] = c >= ' ' && c < 0x7f ? (char)c : '?';
    }
    message->ede_text[i] = '\0';
}

static void take_opt(struct dns_message *message, const struct dns_record *opt)
{
    const uint8_t *options = message->bytes + opt->rdata;
    size_t at = 0;

    message->rcode = (message->flags & 0x000f) | opt->ttl >> 24 << 4;
    while (at + 4 <= opt->rdata_length) {
        uint16_t code = bytes_get16(options + at);
        size_t length = bytes_get16(options + at + 2);
        at += 4;
        if (length > opt->rdata_length - at)
            return;
        if (code == DNS_OPTION_EDE && message->ede < 0)
            take_ede(message, options + at, length);
        at += length;
    }
}

static bool pass_questions(struct dns_message *message)
{
    for (unsigned i = 0; i < message->counts[0]; i++) {
        struct dns_name name;
        size_t at = dns_unpack_name(message->bytes, message->length, message->at, &name);
        if (at == 0 || at + QUESTION_TAIL > message->length)
            return false;
        if (i == 0) {
            message->question = name;
            message->question_type = bytes_get16(message->bytes + at);
        }
        message->at = (uint32_t)(at + QUESTION_TAIL);
    }
    return true;
}

/* The OPT lies behind records that may be broken; it is used if it can be reached. */
static void find_opt(struct dns_message *message)
{
    struct dns_message ahead = *message;
    struct dns_record record;

    while (dns_message_next(&ahead, &record) > 0) {
        if (record.type == DNS_TYPE_OPT) {
            take_opt(message, &record);
            return;
        }
    }
}

bool dns_message_open(struct dns_message *message, const uint8_t *bytes, size_t length)
{
    if (length < DNS_HEADER_SIZE || length > DNS_MESSAGE_MAX)
        return false;
    memset(message, 0, sizeof *message);
    message->bytes = bytes;
    message->length = length;
    message->id = bytes_get16(bytes);
    message->flags = bytes_get16(bytes + 2);
    message->rcode = message->flags & 0x000f;
    for (unsigned i = 0; i < 4; i++)
        message->counts[i] = bytes_get16(bytes + 4 + 2 * i);
    message->ede = -1;
    message->at = DNS_HEADER_SIZE;
    if (!pass_questions(message))
        return false;
    find_opt(message);
    return true;
}

int dns_message_next(struct dns_message *message, struct dns_record *out)
{
    while (message->left == 0) {
        if (message->section == SECTION_LAST)
            return 0;
        message->section++;
        message->left = message->counts[message->section];
    }
    size_t at =
        dns_unpack_name(message->bytes, message->length, message->at, &out->owner);
    if (at == 0 || at + RECORD_TAIL > message->length)
        return -1;
    const uint8_t *tail = message->bytes + at;
    out->type = bytes_get16(tail);
    out->class_ = bytes_get16(tail + 2);
    out->ttl = bytes_get32(tail + 4);
    out->rdata_length = bytes_get16(tail + 8);
    out->rdata = (uint32_t)(at + RECORD_TAIL);
    out->section = message->section;
    if (out->rdata_length > message->length - out->rdata)
        return -1;
    message->at = out->rdata + out->rdata_length;
    message->left--;
    return 1;
}
