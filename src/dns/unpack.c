#include "dns/unpack.h"

#include <string.h>

#include "base/bytes.h"
#include "dns/wire.h"

size_t dns_unpack_name(const uint8_t *bytes, size_t length, size_t at,
                       struct dns_name *out)
{
    size_t end = 0;      /* after the name where it was asked for; set by a pointer */
    size_t barrier = at; /* a pointer must lead before this */
    size_t used = 0;

    for (;;) {
        if (at >= length)
            return 0;
        uint8_t label = bytes[at];
        if (label >= 0xc0) {
            if (at + 2 > length)
                return 0;
            size_t target = bytes_get16(bytes + at) & DNS_POINTER_MAX;
            if (end == 0)
                end = at + 2;
            if (target >= barrier)
                return 0;
            at = barrier = target;
            continue;
        }
        size_t size = (size_t)label + 1;
        if (label > DNS_LABEL_MAX || size > length - at || used + size > DNS_NAME_MAX)
            return 0;
        memcpy(out->wire + used, bytes + at, size);
        used += size;
        at += size;
        if (label == 0)
            break;
    }
    out->length = (uint8_t)used;
    return end != 0 ? end : at;
}
