#include "serve/rate.h"

#include "base/address.h"
#include "base/bytes.h"
#include "dns/wire.h"
#include "serve/acl.h"

/* Where only this host can ask there is nobody to limit. */
bool rate_is_wanted(const struct config_dns *dns)
{
    for (uint32_t i = 0; i < dns->listen_count; i++)
        if (!acl_is_local(&dns->listen[i].any))
            return dns->rate_limit > 0;
    return false;
}

static bool is_unlimited(const struct config_dns *dns, const struct exchange *exchange)
{
    return exchange->tcp || exchange->cookie >= COOKIE_OLD ||
           acl_is_local(exchange->from) ||
           acl_allows(dns->allow_unlimited, dns->allow_unlimited_count, exchange->from);
}

void rate_hint(const struct limit *limit, const struct sockaddr *from,
               const struct dns_query *query)
{
    struct rollcall_address ip;

    if (query->cookie_length <= COOKIE_CLIENT_SIZE && from != NULL &&
        address_socket_ip(from, &ip))
        limit_hint(limit, &ip, LIMIT_POSITIVE, query->name, query->name_length);
}

enum limit_verdict rate_admit_header(struct limit *limit, const struct config_dns *dns,
                                     const struct exchange *exchange, uint64_t now_ms)
{
    struct rollcall_address ip;

    if (is_unlimited(dns, exchange) || !address_socket_ip(exchange->from, &ip))
        return LIMIT_PASS;
    return limit_admit(limit, &ip, LIMIT_ERROR, exchange->query->name, 0, now_ms);
}

static enum limit_class class_of(unsigned rcode)
{
    switch (rcode) {
    case DNS_RCODE_NOERROR:
        return LIMIT_POSITIVE;
    case DNS_RCODE_NXDOMAIN:
        return LIMIT_NEGATIVE;
    case DNS_RCODE_REFUSED:
        return LIMIT_REFUSED;
    default:
        return LIMIT_ERROR;
    }
}

/* Octets of the question's name before its zone's, known by the SOA that begins the
 * authority section: its owner is a pointer into the question. */
static size_t before_zone(const struct dns_query *query, const struct reply *reply)
{
    if (reply->answers > 0 || reply->authority == 0)
        return 0;
    size_t pointer = bytes_get16(reply->message + query->question_end) & DNS_POINTER_MAX;
    size_t skip = pointer - (size_t)DNS_HEADER_SIZE;
    return skip < query->name_length ? skip : 0;
}

enum limit_verdict rate_admit_answer(struct limit *limit, const struct config_dns *dns,
                                     const struct exchange *exchange,
                                     const struct reply *reply, unsigned rcode,
                                     uint64_t now_ms)
{
    const struct dns_query *query = exchange->query;
    enum limit_class class_ = class_of(rcode);
    struct rollcall_address ip;
    size_t skip = 0;

    if (is_unlimited(dns, exchange) || !address_socket_ip(exchange->from, &ip))
        return LIMIT_PASS;
    if (class_ >= LIMIT_REFUSED)
        skip = query->name_length;
    else if (class_ == LIMIT_NEGATIVE)
        skip = before_zone(query, reply);
    return limit_admit(limit, &ip, class_, query->name + skip,
                       (uint32_t)(query->name_length - skip), now_ms);
}
