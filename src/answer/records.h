/* answer/records.h - which record types a member of a service gives, as a table.
 *
 * To add one: write answer/record_<type>.c and add its row in records.c. The same write()
 * fills the sets of services (control) and the answers for instance names (workers), so
 * it must not allocate.
 * Threads  pure functions, any thread.
 */
#ifndef ANSWER_RECORDS_H
#define ANSWER_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rollcall/service.h"

struct host;

/* One instance as seen from one owner name. All borrowed. */
struct member {
    const struct rollcall_instance *is;
    const char *label;   /* its DNS label */
    const uint8_t *base; /* wire name of its service: LABEL.BASE is its own name */
    const struct rollcall_pair *pairs;  /* what TXT says */
    const struct rollcall_pair *common; /* what is said of its service */
    uint8_t label_length;
    uint8_t base_length;
    uint16_t pair_count;
    uint16_t common_count;
    uint16_t weight; /* as it counts now */
    bool has_port;
    uint16_t port;           /* of this owner name */
    bool again;              /* its target stood before: no addresses a second time */
    bool shared;             /* others behind it have its target: theirs go along */
    const struct host *host; /* what its host name leads to; NULL: it is an alias */
    bool chased;             /* label and base are the end of a chain (answer/chase.h) */
};

/* Whole RRs, one after the other, each with the owner C00C; never past `end`. */
struct record_writer {
    uint8_t *at;
    const uint8_t *end;
    uint32_t count;
    bool full; /* an RR did not fit; none was written after it */
};

/* Begin an RR with `length` octets of RDATA: returns where they go, NULL when full. */
uint8_t *record_begin(struct record_writer *out, uint16_t type, uint32_t ttl,
                      size_t length);

/* At which owner names a type stands. */
enum {
    RECORD_AT_SERVICE = 1,  /* NAME: one RR of the service's own, not of its members */
    RECORD_AT_MEMBERS = 2,  /* NAME and TAG.NAME */
    RECORD_AT_PORTS = 4,    /* _PORT._PROTO... and _NAME._PROTO */
    RECORD_AT_INSTANCE = 8, /* ID.NAME */
    RECORD_AT_ALIAS = 16,   /* in place of all others, where members have host names */
    RECORD_AT_TYPE = 64,    /* DNS-SD: _PORT._PROTO and its subtypes */
    /* no member without a port */
    RECORD_NEEDS_PORT = 32,
    RECORD_AT_CONFIG = 128,  /* _grpc_config.NAME: one RR of the service's own */
    RECORD_AT_BROWSED = 256, /* DNS-SD: one instance, whatever its health */
    RECORD_AT_EXPLAIN = 512  /* NAME._explain: no record of a member (explained.h) */
};

enum { RECORD_ROOM = 20000 }; /* what write() can need for one member at most */

struct record_kind {
    uint16_t type;
    uint8_t name_at; /* octets from an RR to the name whose addresses go along; 0: none */
    uint16_t where;  /* RECORD_AT_* */
    /* The RRs of one member with this TTL; none at all is allowed. */
    void (*write)(struct record_writer *out, const struct member *member, uint32_t ttl);
};

extern const struct record_kind record_a, record_aaaa, record_srv, record_txt,
    record_cname, record_ptr, record_svcb, record_https, record_grpc, record_browse;

/* In the order of docs/dns.md §2.10: addresses first. */
enum { RECORD_KINDS = 10 };
extern const struct record_kind *const record_kinds[RECORD_KINDS];

/* SRV that says "not here": 0 0 0 . (RFC 2782). */
void record_srv_root(struct record_writer *out, uint32_t ttl);
/* A name that exists and has nothing (docs/dns.md §1.3 rule 3). */
void record_marker(struct record_writer *out, uint32_t ttl);

/* The value of `key`: what the member says, else what is said of its service; NULL. */
const char *member_meta(const struct member *member, const char *key);

/* The name that SRV and SVCB give: its host name or its own name. Returns its length; 0:
 * it would be too long. */
size_t member_target(const struct member *member, uint8_t *out);
/* By label and base alone: negative, 0 for the same name, positive. */
int member_compare_target(const struct member *a, const struct member *b);

/* By instance id; already sorted ones cost one pass. */
void members_sort_by_id(struct member *members, size_t count);

/* The host name of a member in wire form, lower case; false: it has none. */
struct dns_name;
bool member_host(const struct rollcall_instance *is, struct dns_name *out);

#endif
