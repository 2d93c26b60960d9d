/* cli/explain.h - what a DNS reply means, in words.
 * Threads  pure functions, any thread.
 */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "dns/message.h"

/* What the records of a reply say, counted. */
struct reply_sum {
    unsigned answers;  /* of the type that was asked */
    unsigned aliases;  /* CNAMEs in the answer section */
    uint32_t ttl;      /* smallest of the answers */
    uint32_t negative; /* how long a "no" may be remembered (RFC 2308 §5) */
    bool has_soa;
    char zone[DNS_NAME_TEXT]; /* owner of the SOA in the authority section */
};

/* What the registry says of the service that was asked for. */
struct registered {
    bool known; /* the name is a service of the daemon that we could reach */
    const char *service;
    size_t all;
    size_t healthy;
};

/* Walks a copy of `message`. */
void explain_sum(const struct dns_message *message, uint16_t type, struct reply_sum *out);

/* "NOERROR", "NODATA" (RFC 2308 §2.2), "NXDOMAIN", … */
void explain_verdict(const struct dns_message *message, const struct reply_sum *sum,
                     char *out, size_t size);

/* Sentences, one a line, each with its newline. */
void explain_reply(const struct dns_message *message, uint16_t type,
                   const struct reply_sum *sum, const struct registered *registered,
                   struct buffer *out);

#endif
