/* bench/lib/row.h - the data of every benchmark: instance number `row` of a registry with
 * `services` services. tests/bench/run writes the same rows into the peers' zone files.
 * Threads: any.
 */
#ifndef BENCH_ROW_H
#define BENCH_ROW_H

#include <stddef.h>
#include <stdint.h>

struct row {
    char service[24];
    char id[40];
    char address[20];
};

/* Rows go round the services, so that every service has its first instance before one has
 * its second. `network` is the first octet of the address. */
void row_make(struct row *row, uint64_t number, uint64_t services, unsigned network);

/* The request that registers it; `extra` is more of the object (",\"tags\":[…]"). Returns
 * its length with the newline. */
size_t row_request(const struct row *row, unsigned port, const char *extra, char *out,
                   size_t size);

#endif
