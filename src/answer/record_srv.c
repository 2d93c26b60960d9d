/* SRV (RFC 2782): the target is the member's own name, or its host name, uncompressed. */
#include <string.h>

#include "answer/records.h"
#include "base/bytes.h"
#include "dns/name.h"
#include "dns/wire.h"

enum { SRV_NUMBERS = 6 };

static uint8_t *begin(struct record_writer *out, const struct member *member,
                      uint32_t ttl, size_t target)
{
    uint8_t *rdata = record_begin(out, DNS_TYPE_SRV, ttl, SRV_NUMBERS + target);

    if (rdata == NULL)
        return NULL;
    bytes_put16(rdata, member->is->priority);
    bytes_put16(rdata + 2, member->weight);
    bytes_put16(rdata + 4, member->port);
    return rdata + SRV_NUMBERS;
}

/* Its own name is written in place: workers do this for every question of one instance.
 */
static void srv_write(struct record_writer *out, const struct member *member,
                      uint32_t ttl)
{
    size_t label = member->label_length, length = 1 + label + member->base_length;
    struct dns_name host;
    uint8_t *target;

    if (!member->has_port)
        return;
    if (member_host(member->is, &host)) {
        target = begin(out, member, ttl, host.length);
        if (target != NULL)
            memcpy(target, host.wire, host.length);
        return;
    }
    target = length > DNS_NAME_MAX ? NULL : begin(out, member, ttl, length);
    if (target == NULL)
        return;
    target[0] = (uint8_t)label;
    memcpy(target + 1, member->label, label);
    memcpy(target + 1 + label, member->base, member->base_length);
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
    .where = RECORD_AT_MEMBERS | RECORD_AT_PORTS | RECORD_AT_INSTANCE |
             RECORD_AT_BROWSED | RECORD_NEEDS_PORT,
    .write = srv_write,
};
