/* A query of the log as a line of JSON. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/address.h"
#include "dns/types.h"
#include "serve/query_log.h"

enum { TIME_TEXT = 32, WORD_TEXT = 24 };

/* A name in master file form, its backslashes and quotes escaped once more. */
static void print_name(const struct query_record *record, char *out, size_t size)
{
    char text[DNS_NAME_TEXT];
    size_t used = 0;

    text[0] = '\0';
    if (record->name_length > 0)
        dns_name_print(record->name, record->name_length, text, sizeof text);
    for (const char *at = text; *at != '\0' && used + 3 < size; at++) {
        if (*at == '"' || *at == '\\')
            out[used++] = '\\';
        out[used++] = *at;
    }
    out[used] = '\0';
}

static void print_time(int64_t wall_ms, char *out, size_t size)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm parts;
    char text[TIME_TEXT];

    if (gmtime_r(&seconds, &parts) == NULL ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts) == 0)
        text[0] = '\0';
    snprintf(out, size, "%s.%03dZ", text, (int)(wall_ms % 1000));
}

static void print_class(uint16_t class_, char *out, size_t size)
{
    if (class_ == DNS_CLASS_IN)
        snprintf(out, size, "IN");
    else if (class_ == DNS_CLASS_CH)
        snprintf(out, size, "CH");
    else
        snprintf(out, size, "CLASS%u", (unsigned)class_);
}

size_t query_line_print(const struct query_record *record, int64_t wall_ms, char *out)
{
    char when[TIME_TEXT + 8], client[ADDRESS_TEXT], name[2 * DNS_NAME_TEXT];
    char type[WORD_TEXT], class_[WORD_TEXT], rcode[WORD_TEXT];

    print_time(wall_ms, when, sizeof when);
    address_print_ip(&record->client, client, sizeof client);
    print_name(record, name, sizeof name);
    dns_type_print(record->type, type, sizeof type);
    print_class(record->class_, class_, sizeof class_);
    dns_rcode_print(record->rcode, rcode, sizeof rcode);
    int length = snprintf(
        out, QUERY_LINE_MAX,
        "{\"time\":\"%s\",\"client\":\"%s\",\"port\":%u,\"transport\":\"%s\","
        "\"name\":\"%s\",\"type\":\"%s\",\"class\":\"%s\",\"rcode\":\"%s\","
        "\"answers\":%u,\"size\":%u,\"truncated\":%s,\"sent\":%s}\n",
        when, client, (unsigned)record->port, record->tcp ? "tcp" : "udp", name, type,
        class_, rcode, (unsigned)record->answers, (unsigned)record->size,
        record->truncated ? "true" : "false", record->size > 0 ? "true" : "false");
    return length < 0 || length >= QUERY_LINE_MAX ? 0 : (size_t)length;
}
