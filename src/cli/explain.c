#include "cli/explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/units.h"
#include "dns/types.h"
#include "dns/wire.h"

static void print_ttl(uint32_t seconds, char *out, size_t size)
{
    units_print_duration((uint64_t)seconds * 1000, out, size);
}

/* The last of the five numbers of SOA: MINIMUM. */
static void sum_soa(const struct dns_message *message, const struct dns_record *record,
                    struct reply_sum *out)
{
    uint32_t minimum = 0;

    if (record->rdata_length >= 4)
        minimum = bytes_get32(message->bytes + record->rdata + record->rdata_length - 4);
    out->has_soa = true;
    out->negative = record->ttl < minimum ? record->ttl : minimum;
    dns_name_print(record->owner.wire, record->owner.length, out->zone, sizeof out->zone);
}

void explain_sum(const struct dns_message *message, uint16_t type, struct reply_sum *out)
{
    struct dns_message walk = *message;
    struct dns_record record;

    *out = (struct reply_sum){ .ttl = UINT32_MAX };
    while (dns_message_next(&walk, &record) == 1) {
        if (record.section == 2 && record.type == DNS_TYPE_SOA)
            sum_soa(message, &record, out);
        if (record.section != 1)
            continue;
        if (record.type == type || type == DNS_TYPE_ANY)
            out->answers++;
        else if (record.type == DNS_TYPE_CNAME)
            out->aliases++;
        if (record.ttl < out->ttl)
            out->ttl = record.ttl;
    }
}

static bool is_nodata(const struct dns_message *message, const struct reply_sum *sum)
{
    return message->rcode == DNS_RCODE_NOERROR && sum->answers == 0;
}

void explain_verdict(const struct dns_message *message, const struct reply_sum *sum,
                     char *out, size_t size)
{
    if (is_nodata(message, sum))
        snprintf(out, size, "NODATA");
    else
        dns_rcode_print(message->rcode, out, size);
}

/* Types whose records stand for healthy instances. */
static bool is_balanced(uint16_t type)
{
    return type == DNS_TYPE_A || type == DNS_TYPE_AAAA || type == DNS_TYPE_SRV;
}

static void explain_answer(uint16_t type, const struct reply_sum *sum,
                           const struct registered *registered, struct buffer *out)
{
    char word[16];
    char ttl[32];
    const char *s = sum->answers == 1 ? "" : "s";

    dns_type_print(type, word, sizeof word);
    if (registered->known && is_balanced(type))
        buffer_format(
            out,
            "%u healthy instance%s of %zu registered: only those that pass their "
            "checks are named, in an order that rotates.\n",
            sum->answers, s, registered->all);
    else
        buffer_format(out, "%u %s record%s.\n", sum->answers, word, s);
    if (registered->known && is_balanced(type) && registered->healthy > sum->answers)
        buffer_format(out,
                      "%zu are healthy: the others have no such record, or the limit "
                      "of an answer leaves them out this time.\n",
                      registered->healthy);
    if (sum->aliases > 0)
        buffer_format(out, "The name is an alias: follow the CNAME.\n");
    print_ttl(sum->ttl, ttl, sizeof ttl);
    buffer_format(out, "TTL %s: a resolver may repeat this answer for so long.\n", ttl);
}

static void explain_negative(const struct reply_sum *sum, struct buffer *out)
{
    char ttl[32];

    if (!sum->has_soa)
        return;
    print_ttl(sum->negative, ttl, sizeof ttl);
    buffer_format(out,
                  "Negative TTL %s: a resolver may remember this \"no\" for so "
                  "long.\n",
                  ttl);
}

/* Why a name that exists has nothing of this type. */
static const char *why_nodata(uint16_t type)
{
    switch (type) {
    case DNS_TYPE_A:
        return "no instance with an IPv4 address is healthy now";
    case DNS_TYPE_AAAA:
        return "no instance with an IPv6 address is healthy now";
    case DNS_TYPE_SRV:
        return "no instance with such a port is healthy now";
    default:
        return "nothing of this type is registered for it";
    }
}

static void explain_nodata(uint16_t type, const struct reply_sum *sum,
                           const struct registered *registered, struct buffer *out)
{
    char word[16];

    dns_type_print(type, word, sizeof word);
    if (sum->aliases > 0)
        buffer_format(out, "The name is an alias, and its target has no %s here.\n",
                      word);
    else
        buffer_format(out, "The name exists, but has no %s record: %s.\n", word,
                      why_nodata(type));
    if (registered->known)
        buffer_format(out,
                      "Of %zu registered instance%s %zu %s healthy: rollcall show %s "
                      "says why.\n",
                      registered->all, registered->all == 1 ? "" : "s",
                      registered->healthy, registered->healthy == 1 ? "is" : "are",
                      registered->service);
    explain_negative(sum, out);
}

static void explain_nxdomain(const struct reply_sum *sum, struct buffer *out)
{
    buffer_format(out,
                  "There is no such name%s%s: no service, tag or instance of this "
                  "name is registered (rollcall list shows what is).\n",
                  sum->has_soa ? " in " : "", sum->has_soa ? sum->zone : "");
    explain_negative(sum, out);
}

/* What the other codes of RFC 1035 §4.1.1 and RFC 6891 §6.1.3 mean for the asker. */
static const struct {
    unsigned rcode;
    const char *meaning;
} meanings[] = {
    { DNS_RCODE_FORMERR, "The server did not understand the question (FORMERR)." },
    { DNS_RCODE_SERVFAIL,
      "The server has the zone but cannot answer now; its log says why." },
    { DNS_RCODE_NOTIMP, "The server does not do this kind of request." },
    { DNS_RCODE_REFUSED,
      "The name is in none of the zones that this server answers for." },
    { DNS_RCODE_NOTAUTH, "The server is no authority for the name." },
    { DNS_RCODE_BADVERS, "The server does not speak this version of EDNS." },
};

static void explain_other(unsigned rcode, struct buffer *out)
{
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (meanings[i].rcode == rcode) {
            buffer_format(out, "%s\n", meanings[i].meaning);
            return;
        }
    }
    buffer_format(out, "The server refused with code %u.\n", rcode);
}

/* Extended errors that a name server for its own zones gives (RFC 8914 §4). */
static const struct {
    int code;
    const char *name;
} extended[] = {
    { 0, "other" },
    { DNS_EDE_NOT_READY, "not ready" },
    { 15, "blocked" },
    { DNS_EDE_PROHIBITED, "prohibited" },
    { DNS_EDE_NOT_AUTHORITATIVE, "not authoritative" },
    { DNS_EDE_NOT_SUPPORTED, "not supported" },
    { 22, "no reachable authority" },
    { 23, "network error" },
};

static void explain_extended(const struct dns_message *message, struct buffer *out)
{
    if (message->ede < 0)
        return;
    buffer_format(out, "The server adds: extended error %d", message->ede);
    for (size_t i = 0; i < sizeof extended / sizeof extended[0]; i++)
        if (extended[i].code == message->ede)
            buffer_format(out, " (%s)", extended[i].name);
    if (message->ede_text[0] != '\0')
        buffer_format(out, ": %s", message->ede_text);
    buffer_text(out, ".\n");
}

void explain_reply(const struct dns_message *message, uint16_t type,
                   const struct reply_sum *sum, const struct registered *registered,
                   struct buffer *out)
{
    bool ours = (message->flags & DNS_FLAG_AA) != 0;

    if (is_nodata(message, sum))
        explain_nodata(type, sum, registered, out);
    else if (message->rcode == DNS_RCODE_NOERROR)
        explain_answer(type, sum, registered, out);
    else if (message->rcode == DNS_RCODE_NXDOMAIN)
        explain_nxdomain(sum, out);
    else
        explain_other(message->rcode, out);
    explain_extended(message, out);
    if (!ours &&
        (message->rcode == DNS_RCODE_NOERROR || message->rcode == DNS_RCODE_NXDOMAIN))
        buffer_format(out,
                      "The answer has no authority bit: it comes through a resolver, "
                      "which may remember an older one.\n");
}
