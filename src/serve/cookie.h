/* serve/cookie.h - DNS cookies: is a client where it says it is? (RFC 7873, RFC 9018)
 *
 * A server cookie is version 1 of RFC 9018 §4: SipHash-2-4 over the client's cookie, the
 * time and the client's address, under a secret of 16 octets. Servers that share the
 * secret accept each other's cookies.
 *
 * Shared   the secrets are a ring of four that control writes and workers read, word by
 *          word and without lock: a place is written again three rolls after it was the
 *          last in use.
 * Threads  cookie_secrets_*(): control; the rest: any worker.
 */
#ifndef SERVE_COOKIE_H
#define SERVE_COOKIE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    COOKIE_CLIENT_SIZE = 8,
    COOKIE_SIZE = 24,          /* client and server cookie */
    COOKIE_VALID_S = 3600,     /* RFC 9018 §4.3 */
    COOKIE_FUTURE_S = 300,     /* clocks of servers that share a secret */
    COOKIE_RENEW_S = 1800,     /* an older one is answered with a new one */
    COOKIE_ROLL_S = 24 * 3600, /* life of a random secret */
    COOKIE_KEEP_S = 3600,      /* how long the one before is accepted */
    COOKIE_SECRETS = 4
};

struct cookie_secret {
    _Atomic uint64_t key[2];
    _Atomic uint32_t since; /* seconds since 1970, modulo 2^32 */
};

struct cookie_secrets {
    _Atomic uint32_t current; /* how often it rolled; its place is that modulo 4 */
    struct cookie_secret ring[COOKIE_SECRETS];
    bool fixed;  /* given by the configuration: never rolls */
    bool staged; /* there is a staging secret */
    struct cookie_secret staging;
};

/* `hex`: 32 digits; empty or NULL: random. */
void cookie_secrets_init(struct cookie_secrets *secrets, const char *hex, uint32_t now_s);
/* Take cookies under this secret too, and renew them; none is ever given under it. With
 * it the servers of one address go from one secret to the next without a moment at which
 * one refuses what another gave (RFC 9018 §5). Before the workers run. Empty or NULL:
 * none. */
void cookie_secrets_stage(struct cookie_secrets *secrets, const char *hex);
/* A new random secret, unless it is fixed. */
void cookie_secrets_roll(struct cookie_secrets *secrets, uint32_t now_s);

enum cookie_verdict {
    COOKIE_ABSENT,
    COOKIE_CLIENT_ONLY,
    COOKIE_WRONG,
    COOKIE_OLD, /* right, and to be renewed */
    COOKIE_RIGHT
};

/* The `length` octets of the client's option: 8, or 16 to 40. */
enum cookie_verdict cookie_check(const struct cookie_secrets *secrets,
                                 const uint8_t *cookie, size_t length,
                                 const struct sockaddr *from, uint32_t now_s);
/* A fresh cookie for the client whose part begins at `client`. */
void cookie_make(const struct cookie_secrets *secrets, const uint8_t *client,
                 const struct sockaddr *from, uint32_t now_s, uint8_t out[COOKIE_SIZE]);

#endif
