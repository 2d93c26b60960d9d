#include "serve/cookie.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/bytes.h"
#include "base/random.h"
#include "dns/siphash.h"

enum { VERSION_AT = 8, TIME_AT = 12, HASH_AT = 16, VERSION = 1 };

static void set_key(struct cookie_secret *secret, uint64_t key0, uint64_t key1)
{
    atomic_store_explicit(&secret->key[0], key0, memory_order_relaxed);
    atomic_store_explicit(&secret->key[1], key1, memory_order_relaxed);
}

static void set_secret(struct cookie_secrets *secrets, uint32_t number, uint64_t key0,
                       uint64_t key1, uint32_t now_s)
{
    struct cookie_secret *secret = &secrets->ring[number % COOKIE_SECRETS];

    set_key(secret, key0, key1);
    atomic_store_explicit(&secret->since, now_s, memory_order_relaxed);
    atomic_store_explicit(&secrets->current, number, memory_order_release);
}

/* False: it is not 32 digits. */
static bool read_hex(const char *hex, uint8_t out[16])
{
    if (hex == NULL || strlen(hex) != 32)
        return false;
    for (unsigned i = 0; i < 16; i++) {
        unsigned octet;
        if (sscanf(hex + 2 * i, "%2x", &octet) != 1)
            return false;
        out[i] = (uint8_t)octet;
    }
    return true;
}

void cookie_secrets_init(struct cookie_secrets *secrets, const char *hex, uint32_t now_s)
{
    uint8_t octets[16];
    uint64_t words[2] = { random_seed(), random_seed() };

    secrets->staged = false;
    secrets->fixed = read_hex(hex, octets);
    if (secrets->fixed)
        memcpy(words, octets, sizeof words);
    set_secret(secrets, 0, le64toh(words[0]), le64toh(words[1]), now_s);
}

void cookie_secrets_stage(struct cookie_secrets *secrets, const char *hex)
{
    uint8_t octets[16];
    uint64_t words[2];

    secrets->staged = read_hex(hex, octets);
    if (!secrets->staged)
        return;
    memcpy(words, octets, sizeof words);
    set_key(&secrets->staging, le64toh(words[0]), le64toh(words[1]));
}

void cookie_secrets_roll(struct cookie_secrets *secrets, uint32_t now_s)
{
    uint32_t current = atomic_load_explicit(&secrets->current, memory_order_relaxed);

    if (!secrets->fixed)
        set_secret(secrets, current + 1, random_seed(), random_seed(), now_s);
}

/* Client cookie, version, reserved octets and time are taken as they stand in `cookie`
 * (RFC 9018 §4.4). */
static uint64_t sign(const struct cookie_secret *secret, const uint8_t *cookie,
                     const struct sockaddr *from)
{
    uint8_t input[HASH_AT + 16];
    struct rollcall_address ip = { .family = 4, .bytes = { 127, 0, 0, 1 } };

    if (from != NULL)
        (void)address_socket_ip(from, &ip);
    size_t length = ip.family == 4 ? 4 : 16;
    memcpy(input, cookie, HASH_AT);
    memcpy(input + HASH_AT, ip.bytes, length);
    return htole64(
        dns_siphash(input, HASH_AT + length,
                    atomic_load_explicit(&secret->key[0], memory_order_relaxed),
                    atomic_load_explicit(&secret->key[1], memory_order_relaxed)));
}

/* One comparison of words takes the same time wherever they differ. */
static bool is_signed(const struct cookie_secret *secret, const uint8_t *cookie,
                      const struct sockaddr *from)
{
    uint64_t hash;

    memcpy(&hash, cookie + HASH_AT, sizeof hash);
    return (hash ^ sign(secret, cookie, from)) == 0;
}

static bool is_kept(const struct cookie_secrets *secrets, uint32_t current,
                    uint32_t now_s)
{
    const struct cookie_secret *secret = &secrets->ring[current % COOKIE_SECRETS];
    uint32_t since = atomic_load_explicit(&secret->since, memory_order_relaxed);

    return current > 0 && now_s - since < COOKIE_KEEP_S;
}

enum cookie_verdict cookie_check(const struct cookie_secrets *secrets,
                                 const uint8_t *cookie, size_t length,
                                 const struct sockaddr *from, uint32_t now_s)
{
    if (cookie == NULL)
        return COOKIE_ABSENT;
    if (length == COOKIE_CLIENT_SIZE)
        return COOKIE_CLIENT_ONLY;
    if (length != COOKIE_SIZE || cookie[VERSION_AT] != VERSION)
        return COOKIE_WRONG;
    int32_t age = (int32_t)(now_s - bytes_get32(cookie + TIME_AT)); /* RFC 1982 */
    if (age > COOKIE_VALID_S || age < -COOKIE_FUTURE_S)
        return COOKIE_WRONG;
    uint32_t current = atomic_load_explicit(&secrets->current, memory_order_acquire);
    if (is_signed(&secrets->ring[current % COOKIE_SECRETS], cookie, from))
        return age > COOKIE_RENEW_S ? COOKIE_OLD : COOKIE_RIGHT;
    if (is_kept(secrets, current, now_s) &&
        is_signed(&secrets->ring[(current - 1) % COOKIE_SECRETS], cookie, from))
        return COOKIE_OLD;
    if (secrets->staged && is_signed(&secrets->staging, cookie, from))
        return COOKIE_OLD;
    return COOKIE_WRONG;
}

void cookie_make(const struct cookie_secrets *secrets, const uint8_t *client,
                 const struct sockaddr *from, uint32_t now_s, uint8_t out[COOKIE_SIZE])
{
    uint32_t current = atomic_load_explicit(&secrets->current, memory_order_acquire);

    memmove(out, client, COOKIE_CLIENT_SIZE);
    memset(out + VERSION_AT, 0, TIME_AT - VERSION_AT);
    out[VERSION_AT] = VERSION;
    bytes_put32(out + TIME_AT, now_s);
    uint64_t hash = sign(&secrets->ring[current % COOKIE_SECRETS], out, from);
    memcpy(out + HASH_AT, &hash, sizeof hash);
}
