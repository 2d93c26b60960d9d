/* dns/query.h - read one query: header, one question, EDNS; no allocation, no library.
 *
 * The checks are docs/dns.md §3.1 and §3.3, in that order; the verdict says how the
 * pipeline must go on. Everything borrowed points into the message.
 * Threads  pure function, any thread.
 */
#ifndef DNS_QUERY_H
#define DNS_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/name.h"

enum dns_query_verdict {
    DNS_QUERY_OK,
    DNS_QUERY_DROP,    /* no query: shorter than a header, or a reply */
    DNS_QUERY_NOTIMP,  /* opcode we do not have: header only, flags exactly QR */
    DNS_QUERY_REFUSED, /* NOTIFY: header only, flags exactly QR, opcode kept */
    DNS_QUERY_FORMERR, /* header only, plus OPT when `has_opt` */
    DNS_QUERY_BADVERS, /* question, and OPT of version 0 */
    DNS_QUERY_COOKIE   /* no question, only a cookie (RFC 7873 §5.4) */
};

struct dns_query {
    uint16_t id;
    uint16_t flags; /* the 16-bit word as asked */
    uint16_t type;
    uint16_t class_;
    uint16_t question_end; /* offset in the message after the one question */
    bool has_opt;
    bool do_bit;
    bool nsid_asked;
    bool keepalive_asked;
    bool has_tsig;         /* the last record is one (dns/tsig.h) */
    bool has_options;      /* one of those below, NSID or keepalive */
    uint16_t udp_size;     /* as announced, at least 512; 512 without OPT */
    const uint8_t *cookie; /* borrowed; 8 or 16 to 40 octets; NULL when none */
    uint8_t cookie_length;
    uint8_t subnet_length; /* octets of the option */
    const uint8_t *subnet; /* client subnet (RFC 7871 §6); borrowed; NULL: none */
    uint8_t name_length;   /* octets of the name with its final zero */
    uint8_t name[DNS_NAME_PADDED]; /* lower case, padding zeroed to a multiple of 8 */
};

/* `tcp` matters only to options that differ by transport (RFC 7828). */
enum dns_query_verdict dns_query_parse(const uint8_t *message, size_t length, bool tcp,
                                       struct dns_query *out);

#endif
