/* CNAME (RFC 1034 §3.6.2): a member that has a host name in place of addresses. Only
 * where all registered members are such, so the type does not follow their health. */
#include <string.h>

#include "answer/records.h"
#include "dns/name.h"
#include "dns/wire.h"

static void cname_write(struct record_writer *out, const struct member *member,
                        uint32_t ttl)
{
    struct dns_name host;

    if (!member_host(member->is, &host))
        return;
    uint8_t *rdata = record_begin(out, DNS_TYPE_CNAME, ttl, host.length);
    if (rdata != NULL)
        memcpy(rdata, host.wire, host.length);
}

const struct record_kind record_cname = {
    .type = DNS_TYPE_CNAME,
    .where = RECORD_AT_ALIAS,
    .write = cname_write,
};
