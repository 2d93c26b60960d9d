/* SVCB and HTTPS (RFC 9460): address, port and protocols of a member in one answer, where
 * metadata says which protocols: alpn: "h2,http/1.1". Priority 1, so all are alike. */
#include <string.h>

#include "answer/records.h"
#include "base/bytes.h"
#include "dns/name.h"
#include "dns/wire.h"

enum { PRIORITY = 1, PARAM_HEADER = 4, RDATA_MAX = 2048 };

/* SvcParamKeys (RFC 9460 §14.3.2), written in this order (§2.2). */
enum { KEY_ALPN = 1, KEY_PORT = 3, KEY_IPV4HINT = 4, KEY_IPV6HINT = 6 };

struct params {
    uint8_t bytes[RDATA_MAX];
    size_t length;
    size_t start; /* of the one under way */
};

static void param_begin(struct params *params, uint16_t key)
{
    params->start = params->length;
    bytes_put16(params->bytes + params->length, key);
    params->length += PARAM_HEADER;
}

static void param_end(struct params *params)
{
    size_t length = params->length - params->start - PARAM_HEADER;

    if (length == 0)
        params->length = params->start;
    else
        bytes_put16(params->bytes + params->start + 2, (uint16_t)length);
}

static void put(struct params *params, const void *bytes, size_t length)
{
    if (params->length + length + PARAM_HEADER > sizeof params->bytes)
        return;
    memcpy(params->bytes + params->length, bytes, length);
    params->length += length;
}

/* The next word of a list with commas, blanks around it left out. */
static const char *next_word(const char *list, size_t *length)
{
    list += strspn(list, ", ");
    *length = strcspn(list, ", ");
    return *length == 0 ? NULL : list;
}

static void put_alpn(struct params *params, const char *list)
{
    size_t length;

    param_begin(params, KEY_ALPN);
    for (const char *at = list; (at = next_word(at, &length)) != NULL; at += length) {
        uint8_t octet = (uint8_t)length;
        if (length > UINT8_MAX || params->length + length > RDATA_MAX / 2)
            continue;
        put(params, &octet, 1);
        put(params, at, length);
    }
    param_end(params);
}

static void put_hints(struct params *params, const struct member *member, uint16_t key,
                      uint8_t family, size_t length)
{
    param_begin(params, key);
    for (unsigned i = 0; i < member->is->address_count; i++)
        if (member->is->addresses[i].family == family)
            put(params, member->is->addresses[i].bytes, length);
    param_end(params);
}

static void write_type(struct record_writer *out, const struct member *member,
                       uint32_t ttl, uint16_t type, const char *alpn)
{
    struct params params = { .length = 0 };
    uint8_t target[DNS_NAME_MAX];
    size_t length = member->has_port ? member_target(member, target) : 0;

    if (length == 0)
        return;
    put_alpn(&params, alpn);
    param_begin(&params, KEY_PORT);
    bytes_put16(params.bytes + params.length, member->port);
    params.length += 2;
    param_end(&params);
    put_hints(&params, member, KEY_IPV4HINT, 4, 4);
    put_hints(&params, member, KEY_IPV6HINT, 6, 16);
    uint8_t *rdata = record_begin(out, type, ttl, 2 + length + params.length);
    if (rdata == NULL)
        return;
    bytes_put16(rdata, PRIORITY);
    memcpy(rdata + 2, target, length);
    memcpy(rdata + 2 + length, params.bytes, params.length);
}

static void svcb_write(struct record_writer *out, const struct member *member,
                       uint32_t ttl)
{
    const char *alpn = member_meta(member, "alpn");
    size_t length;

    if (alpn != NULL && next_word(alpn, &length) != NULL)
        write_type(out, member, ttl, DNS_TYPE_SVCB, alpn);
}

/* One of the protocols that a browser speaks? */
static bool is_web(const char *list)
{
    static const char *const web[] = { "h2", "h3", "http/1.1" };
    size_t length;

    for (const char *at = list; (at = next_word(at, &length)) != NULL; at += length)
        for (size_t i = 0; i < sizeof web / sizeof *web; i++)
            if (strlen(web[i]) == length && memcmp(web[i], at, length) == 0)
                return true;
    return false;
}

static void https_write(struct record_writer *out, const struct member *member,
                        uint32_t ttl)
{
    const char *alpn = member_meta(member, "alpn");

    if (alpn != NULL && is_web(alpn))
        write_type(out, member, ttl, DNS_TYPE_HTTPS, alpn);
}

const struct record_kind record_svcb = {
    .type = DNS_TYPE_SVCB,
    .name_at = 12 + 2,
    .where = RECORD_AT_MEMBERS | RECORD_AT_PORTS | RECORD_NEEDS_PORT,
    .write = svcb_write,
};

const struct record_kind record_https = {
    .type = DNS_TYPE_HTTPS,
    .name_at = 12 + 2,
    .where = RECORD_AT_MEMBERS | RECORD_NEEDS_PORT,
    .write = https_write,
};
