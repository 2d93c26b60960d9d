/* answer/transfer.h - what is sent to a secondary, record by record (RFC 5936, RFC 1995).
 *
 * A transfer is of one serial from its first record to its last, however long it takes
 * and whatever changes meanwhile. Records are borrowed until answer_transfer_close().
 * Source   docs/dns.md §3.7.
 * Threads  control.
 */
#ifndef ANSWER_TRANSFER_H
#define ANSWER_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/answer.h"
#include "answer/zone.h"
#include "rollcall/status.h"

struct transfer;

struct transfer_record {
    bool soa; /* the zone's SOA with `serial`; the rest is not set */
    uint32_t serial;
    const uint8_t *owner; /* lower case, uncompressed */
    size_t owner_length;
    const uint8_t *data; /* from its type to its end */
    size_t length;
};

/* The zone of ours with this very apex; NULL: none. Any thread. */
const struct answer_zone *answer_transfer_zone(const struct answer_index *index,
                                               const uint8_t *apex, size_t length);

/* The zone may be transferred, and here is what to send to an asker who has `serial`
 * (`incremental`) or nothing. E_NOTFOUND: it is not kept for transfers, or not ready. */
enum rollcall_status answer_transfer_open(const struct answer_zone *zone,
                                          bool incremental, uint32_t serial,
                                          struct transfer **out);
void answer_transfer_close(struct transfer *transfer); /* NULL is allowed */
uint32_t answer_transfer_serial(const struct transfer *transfer);
/* "axfr", "ixfr" or "current". */
const char *answer_transfer_kind(const struct transfer *transfer);

/* The record that comes next; false: there are no more. It stays the next one until
 * answer_transfer_advance(). */
bool answer_transfer_peek(struct transfer *transfer, struct transfer_record *out);
void answer_transfer_advance(struct transfer *transfer);

/* Called, on control, each time that a new serial of a zone is seen by all. */
void answer_on_serial(struct answer *answer,
                      void (*told)(void *owner, const struct answer_zone *zone),
                      void *owner);

#endif
