#include "dns/tsig.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "dns/unpack.h"
#include "dns/wire.h"

enum {
    RECORD_TAIL = 10,                       /* type, class, TTL, length */
    TIME_SIZE = 6,                          /* octets of a time */
    ARCOUNT_AT = 10,                        /* in the header */
    MAC_LEAST = 10,                         /* octets, RFC 8945 §5.2.2.1 */
    NUMBERS_BEFORE_MAC = TIME_SIZE + 2 + 2, /* time, fudge, MAC size */
    NUMBERS_AFTER_MAC = 2 + 2 + 2           /* id, error, other length */
};

struct tsig_algorithm {
    const char *text;
    const char *wire;   /* its name; the final zero is the root */
    const char *digest; /* libcrypto's name */
    uint8_t wire_length;
    uint8_t mac_length;
};

#define ALGORITHM(text, wire, digest, length)                                            \
    {                                                                                    \
        text, wire, digest, sizeof wire, length                                          \
    }

static const struct tsig_algorithm algorithms[] = {
    ALGORITHM("hmac-sha256", "\13hmac-sha256", "SHA256", 32),
    ALGORITHM("hmac-sha1", "\11hmac-sha1", "SHA1", 20),
    ALGORITHM("hmac-sha224", "\13hmac-sha224", "SHA224", 28),
    ALGORITHM("hmac-sha384", "\13hmac-sha384", "SHA384", 48),
    ALGORITHM("hmac-sha512", "\13hmac-sha512", "SHA512", 64),
};

enum { ALGORITHMS = sizeof algorithms / sizeof algorithms[0] };

const struct tsig_algorithm *tsig_algorithm_find(const char *text)
{
    size_t length = strlen(text);

    if (length > 0 && text[length - 1] == '.')
        length--;
    for (size_t i = 0; i < ALGORITHMS; i++)
        if (strlen(algorithms[i].text) == length &&
            strncasecmp(algorithms[i].text, text, length) == 0)
            return &algorithms[i];
    return NULL;
}

static void put48(uint8_t *out, uint64_t value)
{
    bytes_put16(out, (uint16_t)(value >> 32));
    bytes_put32(out + 2, (uint32_t)value);
}

/* What one TSIG record says, read from the wire. `mac` is borrowed from it. */
struct signature {
    struct dns_name name;
    struct dns_name algorithm;
    uint64_t time;
    uint16_t fudge;
    uint16_t id;
    uint16_t error;
    uint16_t mac_length;
    uint16_t other_length;
    const uint8_t *mac;
    const uint8_t *other;
};

static bool read_signature(const uint8_t *message, size_t length, size_t at,
                           struct signature *out)
{
    size_t next = dns_unpack_name(message, length, at, &out->name);

    if (next == 0 || next + RECORD_TAIL > length)
        return false;
    const uint8_t *tail = message + next;
    size_t end = next + RECORD_TAIL + bytes_get16(tail + 8);
    if (bytes_get16(tail) != DNS_TYPE_TSIG || bytes_get16(tail + 2) != DNS_CLASS_ANY ||
        bytes_get32(tail + 4) != 0 || end != length)
        return false;
    size_t start = dns_unpack_name(message, length, next + RECORD_TAIL, &out->algorithm);
    if (start == 0)
        return false;
    dns_name_lower(out->name.wire, out->name.length, out->name.wire);
    dns_name_lower(out->algorithm.wire, out->algorithm.length, out->algorithm.wire);
    struct byte_reader reader = { message + start, message + length, false };
    out->time = (uint64_t)byte_reader_u16(&reader) << 32;
    out->time |= byte_reader_u32(&reader);
    out->fudge = byte_reader_u16(&reader);
    out->mac_length = byte_reader_u16(&reader);
    out->mac = byte_reader_take(&reader, out->mac_length);
    out->id = byte_reader_u16(&reader);
    out->error = byte_reader_u16(&reader);
    out->other_length = byte_reader_u16(&reader);
    out->other = byte_reader_take(&reader, out->other_length);
    return !reader.failed && reader.at == reader.end;
}

static bool pass_name(const uint8_t *message, size_t length, size_t *at)
{
    struct dns_name name;

    *at = dns_unpack_name(message, length, *at, &name);
    return *at != 0;
}

size_t tsig_find(const uint8_t *message, size_t length)
{
    size_t at = DNS_HEADER_SIZE, last = 0;

    if (length < DNS_HEADER_SIZE || bytes_get16(message + ARCOUNT_AT) == 0)
        return 0;
    for (unsigned n = bytes_get16(message + 4); n > 0; n--) {
        if (!pass_name(message, length, &at) || at + 4 > length)
            return 0;
        at += 4;
    }
    unsigned records = (unsigned)bytes_get16(message + 6) + bytes_get16(message + 8) +
                       bytes_get16(message + ARCOUNT_AT);
    bool is_tsig = false;
    for (; records > 0; records--) {
        last = at;
        if (!pass_name(message, length, &at) || at + RECORD_TAIL > length)
            return 0;
        is_tsig = bytes_get16(message + at) == DNS_TYPE_TSIG;
        at += RECORD_TAIL + (size_t)bytes_get16(message + at + 8);
        if (at > length)
            return 0;
    }
    return is_tsig && at == length ? last : 0;
}

/* One MAC under way; NULL context after a failure, and then nothing more is done. */
struct hmac {
    EVP_MAC *method;
    EVP_MAC_CTX *context;
};

static void hmac_fail(struct hmac *hmac)
{
    EVP_MAC_CTX_free(hmac->context);
    hmac->context = NULL;
}

static void hmac_start(struct hmac *hmac, const struct tsig_key *key)
{
    char digest[16];
    OSSL_PARAM parameters[2];

    memcpy(digest, key->algorithm->digest, strlen(key->algorithm->digest) + 1);
    parameters[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
    parameters[1] = OSSL_PARAM_construct_end();
    hmac->method = EVP_MAC_fetch(NULL, "HMAC", NULL);
    hmac->context = hmac->method == NULL ? NULL : EVP_MAC_CTX_new(hmac->method);
    if (hmac->context != NULL &&
        EVP_MAC_init(hmac->context, key->secret, key->secret_length, parameters) != 1)
        hmac_fail(hmac);
}

static void hmac_add(struct hmac *hmac, const void *data, size_t length)
{
    if (hmac->context != NULL && EVP_MAC_update(hmac->context, data, length) != 1)
        hmac_fail(hmac);
}

static void hmac_add16(struct hmac *hmac, unsigned value)
{
    uint8_t octets[2];

    bytes_put16(octets, (uint16_t)value);
    hmac_add(hmac, octets, sizeof octets);
}

/* Returns the length of the MAC, 0 after a failure. */
static size_t hmac_finish(struct hmac *hmac, uint8_t out[TSIG_MAC_MAX])
{
    size_t length = 0;

    if (hmac->context != NULL &&
        EVP_MAC_final(hmac->context, out, &length, TSIG_MAC_MAX) != 1)
        length = 0;
    EVP_MAC_CTX_free(hmac->context);
    EVP_MAC_free(hmac->method);
    return length;
}

/* The variables of RFC 8945 §4.3.3: all of them, or in a chain only the times. */
static void add_variables(struct hmac *hmac, const struct tsig *tsig,
                          const struct signature *is, bool times_only)
{
    static const uint8_t any_and_ttl[] = { 0, DNS_CLASS_ANY, 0, 0, 0, 0 };
    uint8_t time[TIME_SIZE];

    if (!times_only) {
        hmac_add(hmac, tsig->name.wire, tsig->name.length);
        hmac_add(hmac, any_and_ttl, sizeof any_and_ttl);
        hmac_add(hmac, tsig->algorithm.wire, tsig->algorithm.length);
    }
    put48(time, is->time);
    hmac_add(hmac, time, sizeof time);
    hmac_add16(hmac, is->fudge);
    if (times_only)
        return;
    hmac_add16(hmac, is->error);
    hmac_add16(hmac, is->other_length);
    hmac_add(hmac, is->other, is->other_length);
}

/* The MAC over `length` octets of message as they were before the TSIG was added: with
 * the id of `is` and `records` additional ones. */
static size_t make_mac(const struct tsig *tsig, const uint8_t *message, size_t length,
                       unsigned records, const struct signature *is,
                       uint8_t out[TSIG_MAC_MAX])
{
    struct hmac hmac;
    uint8_t header[DNS_HEADER_SIZE];

    memcpy(header, message, sizeof header);
    bytes_put16(header, is->id);
    bytes_put16(header + ARCOUNT_AT, (uint16_t)records);
    hmac_start(&hmac, tsig->key);
    if (tsig->mac_length > 0) {
        hmac_add16(&hmac, tsig->mac_length);
        hmac_add(&hmac, tsig->mac, tsig->mac_length);
    }
    hmac_add(&hmac, header, sizeof header);
    hmac_add(&hmac, message + DNS_HEADER_SIZE, length - DNS_HEADER_SIZE);
    add_variables(&hmac, tsig, is, tsig->chained);
    return hmac_finish(&hmac, out);
}

static const struct tsig_key *find_key(const struct tsig_keys *keys,
                                       const struct signature *is)
{
    for (size_t i = 0; i < keys->count; i++) {
        const struct tsig_key *key = &keys->keys[i];
        if (key->name.length == is->name.length &&
            memcmp(key->name.wire, is->name.wire, is->name.length) == 0 &&
            key->algorithm->wire_length == is->algorithm.length &&
            memcmp(key->algorithm->wire, is->algorithm.wire, is->algorithm.length) == 0)
            return key;
    }
    return NULL;
}

static bool possible_mac(const struct tsig_key *key, size_t length)
{
    size_t least = key->algorithm->mac_length / 2u;

    if (least < MAC_LEAST)
        least = MAC_LEAST;
    return length >= least && length <= key->algorithm->mac_length;
}

static bool in_time(uint64_t now, const struct signature *is)
{
    uint64_t apart = now > is->time ? now - is->time : is->time - now;

    return apart <= is->fudge;
}

/* The order of the checks is that of RFC 8945 §5.2: key, MAC, time, length of the MAC. */
static uint16_t judge(struct tsig *tsig, const uint8_t *message, size_t at,
                      const struct signature *is, uint64_t now)
{
    uint8_t mac[TSIG_MAC_MAX];
    unsigned records = bytes_get16(message + ARCOUNT_AT) - 1u;
    size_t length = make_mac(tsig, message, at, records, is, mac);

    if (length == 0 || is->mac_length > length ||
        CRYPTO_memcmp(mac, is->mac, is->mac_length) != 0)
        return TSIG_BADSIG;
    memcpy(tsig->mac, is->mac, is->mac_length);
    tsig->mac_length = (uint8_t)is->mac_length;
    if (!in_time(now, is))
        return TSIG_BADTIME;
    return is->mac_length < length ? TSIG_BADTRUNC : TSIG_NOERROR;
}

bool tsig_check(const uint8_t *message, size_t length, size_t at,
                const struct tsig_keys *keys, uint64_t now, struct tsig *out)
{
    struct signature is;

    if (!read_signature(message, length, at, &is))
        return false;
    memset(out, 0, sizeof *out);
    out->name = is.name;
    out->algorithm = is.algorithm;
    out->time = is.time;
    out->fudge = is.fudge;
    out->id = is.id;
    out->key = find_key(keys, &is);
    if (out->key == NULL) {
        out->error = TSIG_BADKEY;
        return true;
    }
    if (!possible_mac(out->key, is.mac_length))
        return false;
    out->error = judge(out, message, at, &is, now);
    return true;
}

/* Is a reply with this error signed? (RFC 8945 §5.3.2) */
static bool has_mac(const struct tsig *tsig)
{
    return tsig->error != TSIG_BADSIG && tsig->error != TSIG_BADKEY;
}

size_t tsig_room(const struct tsig *tsig)
{
    size_t mac = has_mac(tsig) ? tsig->key->algorithm->mac_length : 0;
    size_t other = tsig->error == TSIG_BADTIME ? TIME_SIZE : 0;

    return (size_t)tsig->name.length + RECORD_TAIL + tsig->algorithm.length +
           NUMBERS_BEFORE_MAC + mac + NUMBERS_AFTER_MAC + other;
}

static size_t write_record(const struct tsig *tsig, const struct signature *is,
                           uint8_t *out)
{
    uint8_t *at = out;

    memcpy(at, is->name.wire, is->name.length);
    at += is->name.length;
    bytes_put16(at, DNS_TYPE_TSIG);
    bytes_put16(at + 2, DNS_CLASS_ANY);
    bytes_put32(at + 4, 0);
    bytes_put16(at + 8, (uint16_t)(tsig_room(tsig) - is->name.length - RECORD_TAIL));
    at += RECORD_TAIL;
    memcpy(at, is->algorithm.wire, is->algorithm.length);
    at += is->algorithm.length;
    put48(at, is->time);
    bytes_put16(at + TIME_SIZE, is->fudge);
    bytes_put16(at + TIME_SIZE + 2, is->mac_length);
    at += NUMBERS_BEFORE_MAC;
    memcpy(at, is->mac, is->mac_length);
    at += is->mac_length;
    bytes_put16(at, is->id);
    bytes_put16(at + 2, is->error);
    bytes_put16(at + 4, is->other_length);
    at += NUMBERS_AFTER_MAC;
    memcpy(at, is->other, is->other_length);
    return (size_t)(at - out) + is->other_length;
}

size_t tsig_sign(struct tsig *tsig, uint8_t *message, size_t length, uint64_t now)
{
    uint8_t mac[TSIG_MAC_MAX], server_time[TIME_SIZE];
    unsigned records = bytes_get16(message + ARCOUNT_AT);
    struct signature is = {
        .name = tsig->name,
        .algorithm = tsig->algorithm,
        /* Of a request whose time is off the asker's own time is signed. */
        .time = tsig->error == TSIG_NOERROR ? now : tsig->time,
        .fudge = TSIG_FUDGE,
        .id = tsig->id,
        .error = tsig->error,
        .mac = mac,
        .other = server_time,
    };

    put48(server_time, now);
    if (tsig->error == TSIG_BADTIME)
        is.other_length = TIME_SIZE;
    if (has_mac(tsig)) {
        is.mac_length = (uint16_t)make_mac(tsig, message, length, records, &is, mac);
        if (is.mac_length == 0)
            return 0;
        memcpy(tsig->mac, mac, is.mac_length);
        tsig->mac_length = (uint8_t)is.mac_length;
    }
    tsig->chained = true;
    bytes_put16(message + ARCOUNT_AT, (uint16_t)(records + 1));
    return length + write_record(tsig, &is, message + length);
}

void tsig_begin(struct tsig *tsig, const struct tsig_key *key, uint16_t id)
{
    memset(tsig, 0, sizeof *tsig);
    tsig->key = key;
    tsig->name = key->name;
    tsig->algorithm.length = key->algorithm->wire_length;
    memcpy(tsig->algorithm.wire, key->algorithm->wire, key->algorithm->wire_length);
    tsig->id = id;
}

bool tsig_check_reply(struct tsig *tsig, const uint8_t *message, size_t length,
                      uint64_t now)
{
    const struct tsig_keys keys = { tsig->key, 1 };
    size_t at = tsig_find(message, length);
    struct signature is;

    if (at == 0 || !read_signature(message, length, at, &is) ||
        find_key(&keys, &is) == NULL || !possible_mac(tsig->key, is.mac_length))
        return false;
    tsig->chained = false;
    return judge(tsig, message, at, &is, now) == TSIG_NOERROR;
}
