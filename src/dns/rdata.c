/* RDATA in master file form: a table of types, each a word of one letter per field. */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "dns/message.h"
#include "dns/unpack.h"
#include "dns/wire.h"

static const struct layout {
    uint16_t type;
    const char *fields;
} layouts[] = {
    /* n name, 1 2 4 number of so many octets, a IPv4, b IPv6, t one string, T strings to
     * the end, v a string without length to the end, x the rest in hex */
    { 1, "a" },     { 2, "n" },     { 5, "n" },       { 6, "nn44444" }, { 12, "n" },
    { 13, "tt" },   { 15, "2n" },   { 16, "T" },      { 17, "nn" },     { 18, "2n" },
    { 28, "b" },    { 33, "222n" }, { 35, "22tttn" }, { 36, "2n" },     { 39, "n" },
    { 43, "211x" }, { 44, "11x" },  { 52, "111x" },   { 59, "211x" },   { 99, "T" },
    { 256, "22v" }, { 257, "1tv" },
};

struct printer {
    const struct dns_message *message;
    size_t at;  /* in the message */
    size_t end; /* of the RDATA */
    char *out;
    size_t size;
    size_t used;
    bool full;
};

static void put(struct printer *printer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct printer *printer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int n = vsnprintf(printer->out + printer->used, printer->size - printer->used, format,
                      arguments);
    va_end(arguments);
    if (n < 0 || (size_t)n >= printer->size - printer->used) {
        printer->full = true;
        printer->used = printer->size - 1;
        return;
    }
    printer->used += (size_t)n;
}

static void put_string(struct printer *printer, size_t length)
{
    const uint8_t *from = printer->message->bytes + printer->at;

    put(printer, "\"");
    for (size_t i = 0; i < length && !printer->full; i++) {
        if (from[i] < ' ' || from[i] >= 0x7f)
            put(printer, "\\%03u", from[i]);
        else if (from[i] == '"' || from[i] == '\\')
            put(printer, "\\%c", from[i]);
        else
            put(printer, "%c", from[i]);
    }
    put(printer, "\"");
    printer->at += length;
}

static bool put_counted(struct printer *printer)
{
    if (printer->at >= printer->end)
        return false;
    size_t length = printer->message->bytes[printer->at];
    if (length > printer->end - printer->at - 1)
        return false;
    printer->at++;
    put_string(printer, length);
    return true;
}

static bool put_strings(struct printer *printer)
{
    do {
        if (!put_counted(printer))
            return false;
        if (printer->at < printer->end)
            put(printer, " ");
    } while (printer->at < printer->end);
    return true;
}

static bool put_name(struct printer *printer)
{
    struct dns_name name;
    char text[DNS_NAME_TEXT];

    size_t after =
        dns_unpack_name(printer->message->bytes, printer->end, printer->at, &name);
    if (after == 0)
        return false;
    dns_name_print(name.wire, name.length, text, sizeof text);
    put(printer, "%s", text);
    printer->at = after;
    return true;
}

static bool put_number(struct printer *printer, size_t octets)
{
    uint32_t number = 0;

    if (printer->end - printer->at < octets)
        return false;
    for (size_t i = 0; i < octets; i++)
        number = number << 8 | printer->message->bytes[printer->at++];
    put(printer, "%u", number);
    return true;
}

static bool put_address(struct printer *printer, int family, size_t octets)
{
    char text[INET6_ADDRSTRLEN];

    if (printer->end - printer->at < octets)
        return false;
    if (inet_ntop(family, printer->message->bytes + printer->at, text, sizeof text) ==
        NULL)
        return false;
    put(printer, "%s", text);
    printer->at += octets;
    return true;
}

static void put_hex(struct printer *printer)
{
    while (printer->at < printer->end && !printer->full)
        put(printer, "%02X", printer->message->bytes[printer->at++]);
}

static bool put_field(struct printer *printer, char field)
{
    switch (field) {
    case 'n':
        return put_name(printer);
    case 'a':
        return put_address(printer, AF_INET, 4);
    case 'b':
        return put_address(printer, AF_INET6, 16);
    case 't':
        return put_counted(printer);
    case 'T':
        return put_strings(printer);
    case 'v':
        put_string(printer, printer->end - printer->at);
        return true;
    case 'x':
        put_hex(printer);
        return true;
    default:
        return put_number(printer, (size_t)(field - '0'));
    }
}

static const char *fields_of(uint16_t type)
{
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
        if (layouts[i].type == type)
            return layouts[i].fields;
    return NULL;
}

static bool put_known(struct printer *printer, const char *fields)
{
    for (const char *field = fields; *field != '\0'; field++) {
        if (field != fields)
            put(printer, " ");
        if (!put_field(printer, *field))
            return false;
    }
    return printer->at == printer->end;
}

bool dns_message_rdata(const struct dns_message *message, const struct dns_record *record,
                       char *out, size_t size)
{
    struct printer printer = { .message = message, .out = out, .size = size };
    const char *fields = record->class_ == DNS_CLASS_IN ? fields_of(record->type) : NULL;

    if (size == 0)
        return false;
    printer.at = record->rdata;
    printer.end = record->rdata + (size_t)record->rdata_length;
    out[0] = '\0';
    if (fields != NULL && put_known(&printer, fields))
        return !printer.full;

    printer.at = record->rdata;
    printer.used = 0;
    printer.full = false;
    put(&printer, record->rdata_length > 0 ? "\\# %u " : "\\# %u", record->rdata_length);
    put_hex(&printer);
    return !printer.full;
}
