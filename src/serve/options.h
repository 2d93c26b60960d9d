/* serve/options.h - the OPT record of a reply: what the asker's options are answered.
 *
 * Only options that we have and that were asked for come back (RFC 6891 §6.1.2). Room for
 * them is reserved before the answer is written; an extended error takes what is left.
 * Threads  pure functions, any thread.
 */
#ifndef SERVE_OPTIONS_H
#define SERVE_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "dns/query.h"
#include "serve/cookie.h"

enum { OPTIONS_SUBNET_MAX = 4 + 16, OPTIONS_NSID_MAX = 128 };

struct reply_options {
    const uint8_t *nsid; /* borrowed; NULL: not asked for, or none (RFC 5001) */
    uint16_t nsid_length;
    uint16_t keepalive; /* in units of 100 ms (RFC 7828) */
    bool has_keepalive;
    bool has_cookie;                    /* RFC 7873 */
    uint8_t subnet_length;              /* 0: not echoed (RFC 7871) */
    uint8_t scope;                      /* bits of the subnet that decided the answer */
    uint8_t subnet[OPTIONS_SUBNET_MAX]; /* as asked: the reply is written over it */
    uint8_t cookie[COOKIE_SIZE];
};

/* The octets of dns.nsid: a text, or "0x" and hex. Returns how many; 0: none. */
uint16_t options_nsid(const char *text, uint8_t out[OPTIONS_NSID_MAX]);

/* Octets of the OPT with these options. */
size_t options_room(const struct reply_options *options);

/* Write it at `out`; `options` may be NULL. `rcode` has all its 12 bits, `ede` may be
 * DNS_EDE_NONE. Returns its length, 0 when not even the bare record fits. */
size_t options_write(uint8_t *out, size_t room, const struct reply_options *options,
                     unsigned rcode, bool do_bit, int ede, const char *ede_text);

#endif
