/* dns/tsig.h - transaction signatures: check a signed message, sign a reply (RFC 8945).
 *
 * The MAC is libcrypto's, because ldns wants a whole ldns_pkt for every message it signs.
 * A struct tsig is one exchange: filled by the request, it carries the chain of MACs that
 * a transfer of several messages needs (RFC 8945 §5.3.1).
 * Times    seconds since 1970, passed in.
 * Threads  any; one struct tsig belongs to one thread at a time. libcrypto allocates, so
 *          nothing here runs for a query without a signature.
 */
#ifndef DNS_TSIG_H
#define DNS_TSIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/name.h"

enum {
    TSIG_MAC_MAX = 64,
    TSIG_FUDGE = 300, /* seconds, RFC 8945 §10 */
    TSIG_SECRET_MAX = 512
};

enum tsig_error { /* RFC 8945 §3 */
                  TSIG_NOERROR = 0,
                  TSIG_BADSIG = 16,
                  TSIG_BADKEY = 17,
                  TSIG_BADTIME = 18,
                  TSIG_BADTRUNC = 22
};

struct tsig_algorithm;

struct tsig_key {
    struct dns_name name; /* lower case */
    const struct tsig_algorithm *algorithm;
    uint16_t secret_length;
    uint8_t secret[TSIG_SECRET_MAX];
};

struct tsig_keys {
    const struct tsig_key *keys; /* borrowed */
    size_t count;
};

struct tsig {
    const struct tsig_key *key; /* borrowed; NULL: none that we know */
    struct dns_name name;       /* of the key, as the request has it, lower case */
    struct dns_name algorithm;
    uint64_t time;             /* when the request was signed */
    uint16_t fudge;            /* seconds */
    uint16_t id;               /* of the request when it was signed */
    uint16_t error;            /* enum tsig_error, told to the peer */
    uint8_t mac[TSIG_MAC_MAX]; /* of the message before; what the next one builds on */
    uint8_t mac_length;
    bool chained; /* the message before was a reply: only its times are signed again */
};

/* "hmac-sha256" and its kin, with or without a final dot; NULL: not offered. */
const struct tsig_algorithm *tsig_algorithm_find(const char *text);

/* Where the last record begins if it is a TSIG; 0: there is none. The counts must have
 * been checked before (dns/query.h). */
size_t tsig_find(const uint8_t *message, size_t length);

/* Check the request whose TSIG begins at `at`. False: it is malformed, FORMERR. Else
 * `out` is filled; out->error says what is wrong with the signature, 0: nothing. */
bool tsig_check(const uint8_t *message, size_t length, size_t at,
                const struct tsig_keys *keys, uint64_t now, struct tsig *out);

/* Octets that tsig_sign() will append. */
size_t tsig_room(const struct tsig *tsig);

/* Append the TSIG to the reply of `length` octets, which has room for it, and count it.
 * With out->error BADSIG or BADKEY it has no MAC. Returns the new length, 0: libcrypto
 * failed. */
size_t tsig_sign(struct tsig *tsig, uint8_t *message, size_t length, uint64_t now);

/* Begin an exchange of our own: tsig_sign() then signs the request. */
void tsig_begin(struct tsig *tsig, const struct tsig_key *key, uint16_t id);
/* Is this the reply to it, signed by the same key at about `now`? */
bool tsig_check_reply(struct tsig *tsig, const uint8_t *message, size_t length,
                      uint64_t now);

#endif
