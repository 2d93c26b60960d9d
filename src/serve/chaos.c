#include "serve/chaos.h"

#include <string.h>

#include "base/bytes.h"

enum { TEXT_MAX = 255 }; /* octets of one character-string, RFC 1035 §3.3 */

static bool name_is(const struct dns_query *query, const char *wire, size_t length)
{
    return query->name_length == length && memcmp(query->name, wire, length) == 0;
}

#define NAME_IS(query, wire) name_is(query, wire, sizeof(wire))

/* The four names of class CH (RFC 4892); NULL: there is no such name or it is hidden. */
static const char *text_of(const struct config_dns *dns, const struct dns_query *query)
{
    const char *text = NULL;

    if (query->type != DNS_TYPE_TXT && query->type != DNS_TYPE_ANY)
        return NULL;
    if (NAME_IS(query, "\7version\4bind") || NAME_IS(query, "\7version\6server"))
        text = dns->version;
    else if (NAME_IS(query, "\2id\6server") || NAME_IS(query, "\10hostname\4bind"))
        text = dns->identity;
    return text == NULL || text[0] == '\0' ? NULL : text;
}

unsigned chaos_answer(const struct config_dns *dns, const struct dns_query *query,
                      struct reply *reply)
{
    const char *text = text_of(dns, query);
    size_t length = text == NULL ? 0 : strnlen(text, TEXT_MAX);
    uint8_t *rr = reply->message + reply->at;

    if (text == NULL || reply->at + ANSWER_RR_HEADER + 1 + length > reply->limit)
        return DNS_RCODE_REFUSED;
    bytes_put16(rr, REPLY_OWNER_QUESTION);
    bytes_put16(rr + 2, DNS_TYPE_TXT);
    bytes_put16(rr + 4, DNS_CLASS_CH);
    bytes_put32(rr + 6, 0);
    bytes_put16(rr + 10, (uint16_t)(1 + length));
    rr[ANSWER_RR_HEADER] = (uint8_t)length;
    memcpy(rr + ANSWER_RR_HEADER + 1, text, length);
    reply->at += ANSWER_RR_HEADER + 1 + length;
    reply->answers = 1;
    return DNS_RCODE_NOERROR;
}
