#include "conformance/case_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "dns/types.h"
#include "dns/wire.h"

enum { FLAG_Z = 0x0040 };

uint16_t case_flag(const char *word)
{
    static const struct {
        const char *word;
        uint16_t flag;
    } rows[] = { { "aa", DNS_FLAG_AA }, { "tc", DNS_FLAG_TC }, { "rd", DNS_FLAG_RD },
                 { "ra", DNS_FLAG_RA }, { "ad", DNS_FLAG_AD }, { "cd", DNS_FLAG_CD },
                 { "z", FLAG_Z } };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(word, rows[i].word) == 0)
            return rows[i].flag;
    return 0;
}

bool case_rcode(const char *word, unsigned *out)
{
    char name[16];

    for (unsigned rcode = 0; rcode < 24; rcode++) {
        dns_rcode_print(rcode, name, sizeof name);
        if (strcmp(name, word) == 0) {
            *out = rcode;
            return true;
        }
    }
    return false;
}

static bool read_class(const char *word, uint16_t *out)
{
    static const struct {
        const char *word;
        uint16_t class_;
    } rows[] = { { "IN", 1 }, { "CH", 3 }, { "HS", 4 }, { "NONE", 254 }, { "ANY", 255 } };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(word, rows[i].word) == 0) {
            *out = rows[i].class_;
            return true;
        }
    }
    if (strncmp(word, "CLASS", 5) != 0)
        return false;
    *out = (uint16_t)strtoul(word + 5, NULL, 10);
    return true;
}

static bool read_hex(const char *text, uint8_t *out, size_t room, size_t *length)
{
    size_t used = 0;

    for (; text[0] != '\0'; text += 2) {
        unsigned octet;
        if (used == room || text[1] == '\0' || sscanf(text, "%2x", &octet) != 1)
            return false;
        out[used++] = (uint8_t)octet;
    }
    *length = used;
    return true;
}

bool case_option_read(const char *text, struct case_option *out)
{
    const char *colon = strchr(text, ':');
    size_t length = 0;

    out->code = (uint16_t)strtoul(text, NULL, 10);
    if (colon != NULL && !read_hex(colon + 1, out->data, sizeof out->data, &length))
        return false;
    out->length = (uint16_t)length;
    return true;
}

static bool set_value(struct case_ask *ask, const char *key, const char *value)
{
    if (strcmp(key, "class") == 0)
        return read_class(value, &ask->class_);
    if (strcmp(key, "opcode") == 0) {
        ask->flags = (uint16_t)(ask->flags | strtoul(value, NULL, 10) << 11);
        return true;
    }
    if (strcmp(key, "from") == 0)
        return address_parse(value, 4321, &ask->from);
    ask->opt = true;
    if (strcmp(key, "edns") == 0)
        ask->opt_size = (uint16_t)strtoul(value, NULL, 10);
    else if (strcmp(key, "version") == 0)
        ask->opt_version = (uint8_t)strtoul(value, NULL, 10);
    else if (strcmp(key, "ednsflags") == 0)
        ask->opt_flags = (uint16_t)(ask->opt_flags | strtoul(value, NULL, 16));
    else if (strcmp(key, "option") == 0 && ask->option_count < CASE_OPTIONS)
        return case_option_read(value, &ask->options[ask->option_count++]);
    else
        return false;
    return true;
}

bool case_ask_word(struct case_ask *ask, char *word)
{
    char *value = strchr(word, '=');

    if (value != NULL) {
        *value++ = '\0';
        return set_value(ask, word, value);
    }
    if (word[0] == '+') {
        uint16_t flag = case_flag(word + 1);
        ask->flags |= flag;
        return flag != 0;
    }
    if (strcmp(word, "udp") == 0)
        ask->tcp = false;
    else if (strcmp(word, "tcp") == 0)
        ask->udp = false;
    else if (strcmp(word, "header-only") == 0)
        ask->header_only = true;
    else if (strcmp(word, "edns") == 0)
        ask->opt = true;
    else if (strcmp(word, "do") == 0) {
        ask->opt = true;
        ask->opt_flags |= 0x8000;
    } else
        return false;
    return true;
}

static bool append(struct case_ask *ask, const void *bytes, size_t length)
{
    if (ask->length + length > CASE_BYTES)
        return false;
    memcpy(ask->bytes + ask->length, bytes, length);
    ask->length += length;
    return true;
}

/* "H(FLAGS,q,a,n,r)": id 1234, flags in hex, four counts. */
static bool append_header(struct case_ask *ask, const char *word)
{
    unsigned flags, counts[4];
    uint8_t header[DNS_HEADER_SIZE];

    if (sscanf(word, "H(%x,%u,%u,%u,%u)", &flags, &counts[0], &counts[1], &counts[2],
               &counts[3]) != 5)
        return false;
    bytes_put16(header, 1234);
    bytes_put16(header + 2, (uint16_t)flags);
    for (unsigned i = 0; i < 4; i++)
        bytes_put16(header + 4 + 2 * i, (uint16_t)counts[i]);
    return append(ask, header, sizeof header);
}

bool case_send_word(struct case_ask *ask, const char *word)
{
    static const uint8_t question[] = "\3web\7service\5local\0\0\1\0\1";
    static const uint8_t opt[] = "\0\0\x29\x04\xd0\0\0\0\0\0\0";
    uint8_t octets[512];
    unsigned zeros;
    size_t length;

    if (strcmp(word, "udp") == 0) {
        ask->tcp = false;
        return true;
    }
    if (strcmp(word, "tcp") == 0) {
        ask->udp = false;
        return true;
    }
    if (strcmp(word, "Q") == 0)
        return append(ask, question, sizeof question - 1);
    if (strcmp(word, "O") == 0)
        return append(ask, opt, sizeof opt - 1);
    if (word[0] == 'H')
        return append_header(ask, word);
    if (sscanf(word, "ZEROS(%u)", &zeros) == 1) {
        static const uint8_t nothing[CASE_BYTES];
        return zeros <= sizeof nothing && append(ask, nothing, zeros);
    }
    return read_hex(word, octets, sizeof octets, &length) && append(ask, octets, length);
}
