/* dns/wire.h - numbers of the DNS protocol, each with its source.
 * Threads: constants only.
 */
#ifndef DNS_WIRE_H
#define DNS_WIRE_H

#include <stdint.h>

enum {
    DNS_HEADER_SIZE = 12,      /* RFC 1035 §4.1.1 */
    DNS_NAME_MAX = 255,        /* octets with the root, RFC 1035 §2.3.4 */
    DNS_LABEL_MAX = 63,        /* RFC 1035 §2.3.4 */
    DNS_UDP_CLASSIC = 512,     /* RFC 1035 §2.3.4 */
    DNS_UDP_ADVERTISED = 1232, /* docs/dns.md §2.4 */
    DNS_UDP_MAX = 4096,        /* largest udp_max that may be configured */
    DNS_MESSAGE_MAX = 65535,   /* RFC 1035 §4.2.2 */
    DNS_OPT_SIZE = 11,         /* OPT without options, RFC 6891 §6.1.2 */
    DNS_POINTER_MAX = 0x3fff   /* RFC 1035 §4.1.4 */
};

/* Header flag bits as the 16-bit word after the id (RFC 1035 §4.1.1, RFC 4035 §3). */
enum {
    DNS_FLAG_QR = 0x8000,
    DNS_FLAG_AA = 0x0400,
    DNS_FLAG_TC = 0x0200,
    DNS_FLAG_RD = 0x0100,
    DNS_FLAG_RA = 0x0080,
    DNS_FLAG_AD = 0x0020,
    DNS_FLAG_CD = 0x0010,
    DNS_OPCODE_MASK = 0x7800,
    DNS_OPCODE_SHIFT = 11
};

enum dns_opcode {
    DNS_OPCODE_QUERY = 0,
    DNS_OPCODE_NOTIFY = 4, /* RFC 1996 */
    DNS_OPCODE_UPDATE = 5  /* RFC 2136 */
};

enum dns_rcode {
    DNS_RCODE_NOERROR = 0,
    DNS_RCODE_FORMERR = 1,
    DNS_RCODE_SERVFAIL = 2,
    DNS_RCODE_NXDOMAIN = 3,
    DNS_RCODE_NOTIMP = 4,
    DNS_RCODE_REFUSED = 5,
    DNS_RCODE_NOTAUTH = 9,   /* RFC 2136, RFC 8945 */
    DNS_RCODE_BADVERS = 16,  /* RFC 6891 §9 */
    DNS_RCODE_BADCOOKIE = 23 /* RFC 7873 §8 */
};

enum dns_class {
    DNS_CLASS_IN = 1,
    DNS_CLASS_CH = 3,
    DNS_CLASS_HS = 4,
    DNS_CLASS_ANY = 255
};

/* The types that the code must know by number; all others: dns/types.h. */
enum dns_type {
    DNS_TYPE_A = 1,
    DNS_TYPE_NS = 2,
    DNS_TYPE_CNAME = 5,
    DNS_TYPE_SOA = 6,
    DNS_TYPE_PTR = 12,
    DNS_TYPE_MX = 15,
    DNS_TYPE_TXT = 16,
    DNS_TYPE_AAAA = 28,
    DNS_TYPE_SRV = 33,
    DNS_TYPE_OPT = 41,
    DNS_TYPE_DS = 43,
    DNS_TYPE_TKEY = 249,
    DNS_TYPE_TSIG = 250,
    DNS_TYPE_IXFR = 251,
    DNS_TYPE_AXFR = 252,
    DNS_TYPE_MAILB = 253,
    DNS_TYPE_MAILA = 254,
    DNS_TYPE_ANY = 255,
    DNS_TYPE_SVCB = 64,
    DNS_TYPE_HTTPS = 65,
    DNS_TYPE_MARKER = 65280 /* private use; docs/dns.md §1.3 rule 3 */
};

enum dns_option {
    DNS_OPTION_NSID = 3,       /* RFC 5001 */
    DNS_OPTION_ECS = 8,        /* RFC 7871 */
    DNS_OPTION_COOKIE = 10,    /* RFC 7873 */
    DNS_OPTION_KEEPALIVE = 11, /* RFC 7828 */
    DNS_OPTION_EDE = 15        /* RFC 8914 */
};

enum dns_ede {
    DNS_EDE_NONE = -1,
    DNS_EDE_NOT_READY = 14,
    DNS_EDE_PROHIBITED = 18,
    DNS_EDE_NOT_AUTHORITATIVE = 20,
    DNS_EDE_NOT_SUPPORTED = 21
};

#endif
