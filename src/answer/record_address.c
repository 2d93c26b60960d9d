/* A and AAAA: one RR for each address of a member (RFC 1035 §3.4.1, RFC 3596 §2). */
#include <string.h>

#include "answer/hosts.h"
#include "answer/records.h"
#include "dns/wire.h"

static void write_family(struct record_writer *out, const struct member *member,
                         uint32_t ttl, uint8_t family, uint16_t type, size_t length)
{
    const struct host *host = member->host;
    uint32_t count = host != NULL ? host->count : member->is->address_count;

    for (unsigned i = 0; i < count; i++) {
        const struct rollcall_address *address =
            host != NULL ? &host->addresses[i] : &member->is->addresses[i];
        if (address->family != family)
            continue;
        uint8_t *rdata = record_begin(out, type, ttl, length);
        if (rdata != NULL)
            memcpy(rdata, address->bytes, length);
    }
}

static void a_write(struct record_writer *out, const struct member *member, uint32_t ttl)
{
    write_family(out, member, ttl, 4, DNS_TYPE_A, 4);
}

static void aaaa_write(struct record_writer *out, const struct member *member,
                       uint32_t ttl)
{
    write_family(out, member, ttl, 6, DNS_TYPE_AAAA, 16);
}

const struct record_kind record_a = {
    .type = DNS_TYPE_A,
    .where = RECORD_AT_MEMBERS | RECORD_AT_INSTANCE,
    .write = a_write,
};

const struct record_kind record_aaaa = {
    .type = DNS_TYPE_AAAA,
    .where = RECORD_AT_MEMBERS | RECORD_AT_INSTANCE,
    .write = aaaa_write,
};
