/* cli/asker.h - ask one DNS server one question, over UDP and then TCP if it must be.
 * Threads  one. Blocking: three tries of two seconds over UDP (RFC 1035 §4.2.1), five
 * seconds over TCP (RFC 7766).
 */
#ifndef CLI_ASKER_H
#define CLI_ASKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/reason.h"
#include "dns/message.h"

struct asked {
    uint8_t bytes[65535]; /* of the reply */
    struct dns_message message;
    bool truncated;       /* over UDP, so TCP was asked too */
    bool closed;          /* no reply: nobody listens there (ICMP) */
    int64_t microseconds; /* of the last round trip */
};

/* A question with its patience. */
struct ask {
    const struct dns_name *name;
    uint16_t type;
    uint16_t class_;
    unsigned tries;   /* over UDP */
    unsigned wait_ms; /* for each of them */
};

/* False: no reply, with a sentence. */
bool ask_patiently(const struct address *server, const struct ask *ask, struct asked *out,
                   struct reason *why);
/* The same as the header says: class IN, three tries. */
bool ask_server(const struct address *server, const struct dns_name *name, uint16_t type,
                struct asked *out, struct reason *why);

#endif
