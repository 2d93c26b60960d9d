#include "bench/lib/tally.h"

#include <inttypes.h>
#include <stdio.h>

void tally_add(struct tally *tally, const uint8_t *reply, size_t length)
{
    unsigned rcode = reply[3] & 15u;

    tally->answered++;
    tally->octets += length;
    tally->records += (unsigned)(reply[6] << 8 | reply[7]);
    if (rcode == 0)
        tally->noerror++;
    else if (rcode == 3)
        tally->nxdomain++;
    else
        tally->other++;
}

void tally_print(const struct tally *tally, double seconds, uint64_t cpu_ns)
{
    double answered = tally->answered > 0 ? (double)tally->answered : 1;

    printf("\"answered\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"noerror\":%" PRIu64
           ",\"nxdomain\":%" PRIu64 ",\"other\":%" PRIu64 ",\"seconds\":%.3f,"
           "\"qps\":%.0f,\"cpu_ns_per_query\":%.1f,\"cpu_share\":%.4f,"
           "\"records\":%.2f,\"octets\":%.1f",
           tally->answered, tally->lost, tally->noerror, tally->nxdomain, tally->other,
           seconds, (double)tally->answered / seconds, (double)cpu_ns / answered,
           (double)cpu_ns / (seconds * 1e9), (double)tally->records / answered,
           (double)tally->octets / answered);
}
