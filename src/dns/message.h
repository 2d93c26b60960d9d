/* dns/message.h - write a question, and read any reply for people (rollcall query).
 *
 * Not used by the daemon's query path. Follows compression pointers with a bound.
 * Threads  pure functions, any thread; nothing allocates.
 */
#ifndef DNS_MESSAGE_H
#define DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/name.h"

/* Write a query for `name` (RD as given, OPT with size 1232 when `edns`).
 * Returns its length, 0 when it does not fit. */
size_t dns_message_ask(uint8_t *out, size_t size, uint16_t id,
                       const struct dns_name *name, uint16_t type, bool recursion,
                       bool edns);

struct dns_record {
    struct dns_name owner;
    uint16_t type;
    uint16_t class_;
    uint32_t ttl;
    uint16_t rdata_length;
    uint32_t rdata;  /* offset of the RDATA in the message */
    uint8_t section; /* 1 answer, 2 authority, 3 additional */
};

struct dns_message {
    const uint8_t *bytes; /* borrowed */
    size_t length;
    uint16_t id;
    uint16_t flags;
    unsigned rcode; /* with the upper bits of an OPT */
    uint16_t counts[4];
    struct dns_name question; /* length 0 when there is none */
    uint16_t question_type;
    uint32_t at; /* where dns_message_next() goes on */
    uint8_t section;
    uint16_t left;
    int ede; /* extended error code, -1 when none (RFC 8914) */
    char ede_text[64];
};

/* False: not a DNS message that can be read as far as its question. */
bool dns_message_open(struct dns_message *message, const uint8_t *bytes, size_t length);
/* The next record of the three sections (OPT included). 1, 0 at the end, -1 broken. */
int dns_message_next(struct dns_message *message, struct dns_record *out);
/* RDATA in master file form; unknown types as \# (RFC 3597 §5). */
bool dns_message_rdata(const struct dns_message *message, const struct dns_record *record,
                       char *out, size_t size);

#endif
