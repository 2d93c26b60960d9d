#include "conformance/judge.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "conformance/judge_opt.h"
#include "conformance/judge_records.h"
#include "dns/wire.h"

enum { FLAGS_SEEN = 0x07f0 }; /* AA TC RD RA Z AD CD */

/* Offset after the name at `at`; the only thing of a message that we read ourselves, to
 * find the end of what ldns was content with. */
static size_t pass_name(const uint8_t *reply, size_t length, size_t at)
{
    while (at < length && reply[at] != 0) {
        if (reply[at] >= 0xc0)
            return at + 2;
        at += (size_t)reply[at] + 1;
    }
    return at + 1;
}

static size_t message_end(const uint8_t *reply, size_t length)
{
    size_t at = DNS_HEADER_SIZE;
    unsigned records = 0;

    for (unsigned i = bytes_get16(reply + 4); i > 0; i--)
        at = pass_name(reply, length, at) + 4;
    for (unsigned section = 1; section < 4; section++)
        records += bytes_get16(reply + 4 + 2 * section);
    for (; records > 0; records--) {
        at = pass_name(reply, length, at) + 10;
        if (at > length)
            return at;
        at += bytes_get16(reply + at - 2);
    }
    return at;
}

static bool judge_header(const struct trial *trial, const uint8_t *reply,
                         const ldns_pkt *packet, struct reason *why)
{
    const struct case_reply *wanted = &trial->block->reply;
    uint16_t asked = bytes_get16(trial->query + 2);
    uint16_t flags = bytes_get16(reply + 2);
    unsigned rcode =
        ldns_pkt_get_rcode(packet) |
        (ldns_pkt_edns(packet) ? (unsigned)ldns_pkt_edns_extended_rcode(packet) << 4 : 0);

    if (memcmp(reply, trial->query, 2) != 0)
        reason_set(why, "the id is not the one asked with");
    else if ((flags & DNS_FLAG_QR) == 0)
        reason_set(why, "QR is not set");
    else if ((flags & DNS_OPCODE_MASK) != (asked & DNS_OPCODE_MASK))
        reason_set(why, "the opcode is not the one asked with");
    else if (rcode != wanted->rcode)
        reason_set(why, "rcode %u, not %u", rcode, wanted->rcode);
    else if ((flags & FLAGS_SEEN) != wanted->flags)
        reason_set(why, "flags 0x%04x, not 0x%04x", flags & FLAGS_SEEN, wanted->flags);
    else
        return true;
    return false;
}

static bool judge_question(const struct trial *trial, const uint8_t *reply, size_t length,
                           struct reason *why)
{
    unsigned count = bytes_get16(reply + 4);
    bool wanted = !trial->block->reply.no_question;

    if (count != (wanted ? 1 : 0)) {
        reason_set(why, "%u questions, not %d", count, wanted ? 1 : 0);
        return false;
    }
    if (!wanted)
        return true;
    size_t end = pass_name(reply, length, DNS_HEADER_SIZE) + 4;
    if (end <= trial->query_length &&
        memcmp(reply + DNS_HEADER_SIZE, trial->query + DNS_HEADER_SIZE,
               end - DNS_HEADER_SIZE) == 0)
        return true;
    reason_set(why, "the question is not repeated octet for octet");
    return false;
}

/* The most that may come back; FORMERR must not be a lever (docs/dns.md §3.3 M21). */
static size_t size_limit(const struct trial *trial)
{
    const struct case_ask *ask = trial->ask;
    size_t limit = DNS_UDP_CLASSIC;

    if (trial->block->reply.rcode == DNS_RCODE_FORMERR)
        return trial->query_length;
    if (trial->tcp)
        limit = DNS_MESSAGE_MAX;
    else if (ask->opt && ask->opt_size > DNS_UDP_CLASSIC)
        limit = ask->opt_size < DNS_UDP_ADVERTISED ? ask->opt_size : DNS_UDP_ADVERTISED;
    if (trial->block->reply.size_max != 0 && trial->block->reply.size_max < limit)
        limit = trial->block->reply.size_max;
    return limit;
}

static bool judge_size(const struct trial *trial, const uint8_t *reply, size_t length,
                       struct reason *why)
{
    size_t limit = size_limit(trial);

    if (length > limit) {
        reason_set(why, "%zu octets, more than %zu", length, limit);
        return false;
    }
    if (message_end(reply, length) != length) {
        reason_set(why, "the counts end at %zu of %zu octets", message_end(reply, length),
                   length);
        return false;
    }
    return true;
}

static bool judge_packet(const struct trial *trial, const uint8_t *reply, size_t length,
                         const ldns_pkt *packet, struct reason *why)
{
    ldns_rr_list *const sections[] = { ldns_pkt_answer(packet),
                                       ldns_pkt_authority(packet),
                                       ldns_pkt_additional(packet) };

    if (!judge_header(trial, reply, packet, why) ||
        !judge_question(trial, reply, length, why) ||
        !judge_size(trial, reply, length, why) || !judge_opt(trial, reply, packet, why))
        return false;
    for (unsigned i = 0; i < CASE_SECTIONS; i++)
        if (!judge_records(trial, (enum case_section)i, sections[i], why))
            return false;
    return true;
}

bool judge(const struct trial *trial, const uint8_t *reply, size_t length,
           struct reason *why)
{
    ldns_pkt *packet = NULL;

    if (length == 0 || trial->block->reply.silence) {
        if ((length == 0) == trial->block->reply.silence)
            return true;
        reason_set(why, length == 0 ? "no reply" : "a reply where silence is right");
        return false;
    }
    if (length < DNS_HEADER_SIZE) {
        reason_set(why, "%zu octets are no message", length);
        return false;
    }
    ldns_status status = ldns_wire2pkt(&packet, reply, length);
    if (status != LDNS_STATUS_OK) {
        reason_set(why, "ldns cannot read it: %s", ldns_get_errorstr_by_id(status));
        return false;
    }
    bool good = judge_packet(trial, reply, length, packet, why);
    if (!good) {
        char *text = ldns_pkt2str(packet);
        printf("%s\n", text == NULL ? "" : text);
        free(text);
    }
    ldns_pkt_free(packet);
    return good;
}
