#include "bench/lib/row.h"

#include <inttypes.h>
#include <stdio.h>

void row_make(struct row *row, uint64_t number, uint64_t services, unsigned network)
{
    uint64_t service = number % services;
    uint64_t host = number + 1; /* no address ends in .0 at the beginning */

    (void)snprintf(row->service, sizeof row->service, "svc%04" PRIu64, service);
    (void)snprintf(row->id, sizeof row->id, "%s-%" PRIu64, row->service,
                   number / services + 1);
    (void)snprintf(row->address, sizeof row->address, "%u.%u.%u.%u", network,
                   (unsigned)(host >> 16 & 255), (unsigned)(host >> 8 & 255),
                   (unsigned)(host & 255));
}

size_t row_request(const struct row *row, unsigned port, const char *extra, char *out,
                   size_t size)
{
    int length = snprintf(out, size,
                          "{\"op\":\"register\",\"service\":\"%s\",\"id\":\"%s\","
                          "\"address\":\"%s\",\"port\":%u%s}\n",
                          row->service, row->id, row->address, port, extra);
    return length > 0 && (size_t)length < size ? (size_t)length : 0;
}
