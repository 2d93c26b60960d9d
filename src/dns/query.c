#include "dns/query.h"

#include <endian.h>
#include <string.h>

#include "base/bytes.h"
#include "dns/fold.h"

enum {
    QUESTION_TAIL = 4, /* type and class */
    RECORD_TAIL = 10,  /* type, class, TTL, length */
    COOKIE_CLIENT = 8, /* RFC 7873 §4 */
    COOKIE_MIN = 16,
    COOKIE_MAX = 40,
    SUBNET_HEADER = 4, /* family, source and scope, RFC 7871 §6 */
    OPT_DO = 0x8000    /* RFC 3225 §3 */
};

struct scan {
    const uint8_t *message;
    size_t length;
    size_t at;
    uint8_t opt_version;
    bool tcp;
};

/* Reads lie inside the name and the header before it: the last, partial word is loaded
 * so that it ends with the name, and shifted; the shift also makes the zero padding. */
static void copy_lower(const uint8_t *name, size_t length, uint8_t *out)
{
    uint64_t word;
    size_t at = 0;

    for (; at + 8 <= length; at += 8) {
        memcpy(&word, name + at, 8);
        word = dns_fold8(word);
        memcpy(out + at, &word, 8);
    }
    if (at == length)
        return;
    memcpy(&word, name + length - 8, 8);
    word = htole64(le64toh(word) >> 8 * (8 - (length - at)));
    word = dns_fold8(word);
    memcpy(out + at, &word, 8);
}

/* The one question. Its name cannot be compressed: nothing stands before it. */
static bool read_question(const uint8_t *message, size_t length, struct dns_query *out)
{
    const uint8_t *name = message + DNS_HEADER_SIZE;
    size_t room = length - DNS_HEADER_SIZE;
    size_t at = 0;
    uint8_t label;

    do {
        if (at >= room || at >= DNS_NAME_MAX)
            return false;
        label = name[at];
        if (label > DNS_LABEL_MAX) /* a pointer, or a label type nobody has */
            return false;
        at += (size_t)label + 1;
    } while (label != 0);
    if (at > DNS_NAME_MAX || at + QUESTION_TAIL > room)
        return false;

    out->type = bytes_get16(name + at);
    out->class_ = bytes_get16(name + at + 2);
    out->question_end = (uint16_t)(DNS_HEADER_SIZE + at + QUESTION_TAIL);
    out->name_length = (uint8_t)at;
    copy_lower(name, at, out->name);
    return true;
}

/* Pass one name, which may end in a pointer to an earlier place. */
static bool skip_name(struct scan *scan)
{
    size_t start = scan->at;
    size_t at = start;

    while (at < scan->length && at - start < DNS_NAME_MAX) {
        uint8_t label = scan->message[at];
        if (label == 0) {
            scan->at = at + 1;
            return true;
        }
        if (label >= 0xc0) {
            if (at + 2 > scan->length)
                return false;
            uint16_t target = bytes_get16(scan->message + at) & DNS_POINTER_MAX;
            scan->at = at + 2;
            return target >= DNS_HEADER_SIZE && target < start;
        }
        if (label > DNS_LABEL_MAX)
            return false;
        at += (size_t)label + 1;
    }
    return false;
}

struct record {
    uint16_t type;
    uint16_t class_;
    uint32_t ttl;
    const uint8_t *rdata;
    uint16_t rdata_length;
    bool at_root; /* the owner is the root, written as such */
};

static bool read_record(struct scan *scan, struct record *out)
{
    out->at_root = scan->at < scan->length && scan->message[scan->at] == 0;
    if (!skip_name(scan) || scan->at + RECORD_TAIL > scan->length)
        return false;
    const uint8_t *tail = scan->message + scan->at;
    out->type = bytes_get16(tail);
    out->class_ = bytes_get16(tail + 2);
    out->ttl = bytes_get32(tail + 4);
    out->rdata_length = bytes_get16(tail + 8);
    out->rdata = tail + RECORD_TAIL;
    scan->at += RECORD_TAIL;
    if (out->rdata_length > scan->length - scan->at)
        return false;
    scan->at += out->rdata_length;
    return true;
}

/* Do the options fill the RDATA exactly? */
static bool options_fit(const struct record *opt)
{
    size_t at = 0;

    while (at + 4 <= opt->rdata_length)
        at += 4 + (size_t)bytes_get16(opt->rdata + at + 2);
    return at == opt->rdata_length;
}

/* RFC 7871 §6: as many octets as the source prefix needs, zeros beyond it, and no scope
 * in a query. Of an unknown family only the empty prefix is understood. */
static bool subnet_is_good(const uint8_t *data, uint16_t length)
{
    if (length < SUBNET_HEADER || data[3] != 0)
        return false;
    unsigned family = bytes_get16(data), source = data[2];
    unsigned bits = family == 1 ? 32 : family == 2 ? 128 : 0;
    if (source > bits || length != SUBNET_HEADER + (source + 7) / 8)
        return false;
    return source % 8 == 0 || (data[length - 1] & 0xff >> source % 8) == 0;
}

static void take_subnet(const uint8_t *data, uint16_t length, struct dns_query *out)
{
    if (out->subnet != NULL)
        return;
    out->subnet = data;
    out->subnet_length = (uint8_t)length;
    out->has_options = true;
}

static void take_cookie(const uint8_t *data, uint16_t length, struct dns_query *out)
{
    if (out->cookie != NULL)
        return;
    out->cookie = data;
    out->cookie_length = (uint8_t)length;
    out->has_options = true;
}

static bool take_option(uint16_t code, const uint8_t *data, uint16_t length, bool tcp,
                        struct dns_query *out)
{
    switch (code) {
    case DNS_OPTION_NSID:
        out->nsid_asked = out->has_options = true;
        return true;
    case DNS_OPTION_COOKIE: /* of several the first counts, RFC 7873 §5 */
        if (length != COOKIE_CLIENT && (length < COOKIE_MIN || length > COOKIE_MAX))
            return false;
        take_cookie(data, length, out);
        return true;
    case DNS_OPTION_ECS:
        if (!subnet_is_good(data, length))
            return false;
        take_subnet(data, length, out);
        return true;
    case DNS_OPTION_KEEPALIVE: /* ignored over UDP, RFC 7828 §3.2.1 */
        out->keepalive_asked = tcp && length == 0;
        out->has_options = out->has_options || tcp;
        return !tcp || length == 0;
    default:
        return true;
    }
}

static bool take_options(const struct record *opt, bool tcp, struct dns_query *out)
{
    for (size_t at = 0; at < opt->rdata_length;) {
        uint16_t length = bytes_get16(opt->rdata + at + 2);
        if (!take_option(bytes_get16(opt->rdata + at), opt->rdata + at + 4, length, tcp,
                         out))
            return false;
        at += 4 + (size_t)length;
    }
    return true;
}

static void take_opt_header(uint16_t size, uint16_t flags, struct dns_query *out)
{
    out->has_opt = true;
    out->udp_size = size < DNS_UDP_CLASSIC ? DNS_UDP_CLASSIC : size;
    out->do_bit = (flags & OPT_DO) != 0;
}

/* False: not an OPT that this message may hold. What follows the header of another
 * version than ours is not looked at (RFC 6891 §6.1.3). */
static bool take_opt(struct scan *scan, const struct record *opt, struct dns_query *out)
{
    if (out->has_opt || !opt->at_root)
        return false;
    scan->opt_version = (uint8_t)(opt->ttl >> 16);
    if (scan->opt_version == 0 && !options_fit(opt))
        return false;
    take_opt_header(opt->class_, (uint16_t)opt->ttl, out);
    return scan->opt_version > 0 || take_options(opt, scan->tcp, out);
}

/* What a query may hold before its additional section: the SOA of an IXFR (RFC 1995
 * §3), nothing else. */
static bool scan_authority(struct scan *scan, unsigned count, const struct dns_query *out)
{
    struct record record;

    if (count == 0)
        return true;
    return count == 1 && out->type == DNS_TYPE_IXFR && read_record(scan, &record) &&
           record.type == DNS_TYPE_SOA;
}

static bool scan_additional(struct scan *scan, unsigned count, struct dns_query *out)
{
    while (count-- > 0) {
        struct record record;
        if (!read_record(scan, &record))
            return false;
        if (record.type == DNS_TYPE_OPT && !take_opt(scan, &record, out))
            return false;
        if (record.type != DNS_TYPE_TSIG)
            continue;
        if (count > 0) /* it must be the last, RFC 8945 §5.1 */
            return false;
        out->has_tsig = true;
    }
    return true;
}

/* A message whose question count is wrong is answered with FORMERR whatever follows; it
 * is read on to learn whether the asker speaks EDNS. One without any question may ask
 * for a cookie. */
static enum dns_query_verdict without_question(struct scan *scan, struct dns_query *out)
{
    const uint8_t *counts = scan->message + 4;
    unsigned questions = bytes_get16(counts);

    if (bytes_get16(counts + 2) != 0 || bytes_get16(counts + 4) != 0)
        return DNS_QUERY_FORMERR;
    while (questions-- > 0) {
        if (!skip_name(scan) || scan->at + QUESTION_TAIL > scan->length)
            return DNS_QUERY_FORMERR;
        scan->at += QUESTION_TAIL;
    }
    bool good = scan_additional(scan, bytes_get16(counts + 6), out);
    return good && bytes_get16(counts) == 0 && out->cookie != NULL &&
                   scan->at == scan->length
               ? DNS_QUERY_COOKIE
               : DNS_QUERY_FORMERR;
}

static enum dns_query_verdict scan_records(struct scan *scan, struct dns_query *out)
{
    const uint8_t *counts = scan->message + 4;

    if (bytes_get16(counts + 2) != 0 ||
        !scan_authority(scan, bytes_get16(counts + 4), out) ||
        !scan_additional(scan, bytes_get16(counts + 6), out) || scan->at != scan->length)
        return DNS_QUERY_FORMERR;
    return scan->opt_version > 0 ? DNS_QUERY_BADVERS : DNS_QUERY_OK;
}

/* An OPT of version 0 without options, alone and last: what most resolvers send. */
static bool take_plain_opt(const uint8_t *opt, size_t length, struct dns_query *out)
{
    if (length != DNS_OPT_SIZE || opt[0] != 0 || bytes_get16(opt + 1) != DNS_TYPE_OPT ||
        opt[6] != 0 || bytes_get16(opt + 9) != 0)
        return false;
    take_opt_header(bytes_get16(opt + 3), bytes_get16(opt + 7), out);
    return true;
}

static void start(const uint8_t *message, struct dns_query *out)
{
    out->id = bytes_get16(message);
    out->flags = bytes_get16(message + 2);
    out->type = 0;
    out->class_ = 0;
    out->question_end = DNS_HEADER_SIZE;
    out->has_opt = false;
    out->do_bit = false;
    out->nsid_asked = false;
    out->keepalive_asked = false;
    out->has_tsig = false;
    out->has_options = false;
    out->udp_size = DNS_UDP_CLASSIC;
    out->cookie = NULL;
    out->cookie_length = 0;
    out->subnet = NULL;
    out->name_length = 0;
}

enum dns_query_verdict dns_query_parse(const uint8_t *message, size_t length, bool tcp,
                                       struct dns_query *out)
{
    static const uint8_t one_question[6] = { 0, 1, 0, 0, 0, 0 };

    if (length < DNS_HEADER_SIZE || (message[2] & 0x80) != 0)
        return DNS_QUERY_DROP;
    start(message, out);
    unsigned opcode = (out->flags & (unsigned)DNS_OPCODE_MASK) >> DNS_OPCODE_SHIFT;
    if (opcode != DNS_OPCODE_QUERY)
        return opcode == DNS_OPCODE_NOTIFY ? DNS_QUERY_REFUSED : DNS_QUERY_NOTIMP;

    struct scan scan = { message, length, DNS_HEADER_SIZE, 0, tcp };
    if (bytes_get16(message + 4) != 1)
        return without_question(&scan, out);
    if (!read_question(message, length, out))
        return DNS_QUERY_FORMERR;
    scan.at = out->question_end;
    if (memcmp(message + 4, one_question, sizeof one_question) == 0) {
        unsigned additional = bytes_get16(message + 10);
        if (additional == 0 && scan.at == length)
            return DNS_QUERY_OK;
        if (additional == 1 && take_plain_opt(message + scan.at, length - scan.at, out))
            return DNS_QUERY_OK;
    }
    return scan_records(&scan, out);
}
