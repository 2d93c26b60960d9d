/* bench/lib/tally.h - what came back: how many replies, of which kind, how long.
 * Threads: one tally belongs to one thread.
 */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include <stddef.h>
#include <stdint.h>

struct tally {
    uint64_t answered, lost, noerror, nxdomain, other, records, octets;
};

/* One reply of at least 12 octets. */
void tally_add(struct tally *tally, const uint8_t *reply, size_t length);

/* The fields of a JSON object, without its braces: counts, queries a second, and the
 * `cpu_ns` nanoseconds that the server was on a processor in these `seconds`. */
void tally_print(const struct tally *tally, double seconds, uint64_t cpu_ns);

#endif
