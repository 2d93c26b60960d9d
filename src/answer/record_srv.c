/* SRV (RFC 2782): the target is the member's own name, or its host name, uncompressed. */
#include <string.h>

#include "answer/records.h"
#include "base/bytes.h"
#include "dns/name.h"
#include "dns/wire.h"

enum { SRV_NUMBERS = 6 };

static void srv_write(struct record_writer *out, const struct member *member,
                      uint32_t ttl)
{
    uint8_t target[DNS_NAME_MAX];
    size_t length = member->has_port ? member_target(member, target) : 0;
    uint8_t *rdata =
        length == 0 ? NULL : record_begin(out, DNS_TYPE_SRV, ttl, SRV_NUMBERS + length);

    if (rdata == NULL)
        return;
    bytes_put16(rdata, member->is->priority);
    bytes_put16(rdata + 2, member->weight);
    bytes_put16(rdata + 4, member->port);
    memcpy(rdata + SRV_NUMBERS, target, length);
}

void record_srv_root(struct record_writer *out, uint32_t ttl)
{
    uint8_t *rdata = record_begin(out, DNS_TYPE_SRV, ttl, SRV_NUMBERS + 1);

    if (rdata != NULL)
        memset(rdata, 0, SRV_NUMBERS + 1);
}

const struct record_kind record_srv = {
    .type = DNS_TYPE_SRV,
    .name_at = 12 + SRV_NUMBERS,
    .where = RECORD_AT_MEMBERS | RECORD_AT_PORTS | RECORD_AT_INSTANCE | RECORD_NEEDS_PORT,
    .write = srv_write,
};
