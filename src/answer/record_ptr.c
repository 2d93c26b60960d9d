/* PTR: an instance in the list of those of its type (RFC 6763 §4.1). The name is written
 * in full: an owner that an alias led to would make a pointer to the question wrong. */
#include <string.h>

#include "answer/records.h"
#include "dns/wire.h"

static void ptr_write(struct record_writer *out, const struct member *member,
                      uint32_t ttl)
{
    size_t label = member->label_length;

    if (1 + label + member->base_length > DNS_NAME_MAX)
        return;
    uint8_t *rdata =
        record_begin(out, DNS_TYPE_PTR, ttl, 1 + label + member->base_length);
    if (rdata == NULL)
        return;
    rdata[0] = (uint8_t)label;
    memcpy(rdata + 1, member->label, label);
    memcpy(rdata + 1 + label, member->base, member->base_length);
}

const struct record_kind record_ptr = {
    .type = DNS_TYPE_PTR,
    .where = RECORD_AT_TYPE,
    .write = ptr_write,
};
