/* The ring of one worker: one writer, one reader, no lock. */
#include "serve/query_ring.h"

#include <netinet/in.h>
#include <string.h>

#include "base/address.h"
#include "base/bytes.h"
#include "dns/wire.h"

bool query_ring_wants(struct query_ring *ring, uint64_t now_ms, bool *lost)
{
    *lost = false;
    if (++ring->seen < ring->sample)
        return false;
    ring->seen = 0;
    if (now_ms - ring->window >= QUERY_WINDOW_MS) {
        ring->window = now_ms;
        ring->in_window = 0;
    }
    *lost = ring->in_window >= ring->rate;
    ring->in_window += *lost ? 0 : 1;
    return !*lost;
}

static void note_client(struct query_record *record, const struct sockaddr *from)
{
    record->client = (struct rollcall_address){ .family = 4, .bytes = { 127, 0, 0, 1 } };
    record->port = 0;
    if (from == NULL || !address_socket_ip(from, &record->client))
        return;
    /* The port lies at the same place in both families. */
    record->port = ntohs(((const struct sockaddr_in *)(const void *)from)->sin_port);
}

bool query_ring_note(struct query_ring *ring, const struct exchange *exchange,
                     unsigned rcode, size_t length, uint64_t now_ms)
{
    uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    const struct dns_query *query = exchange->query;
    struct query_record *record = &ring->records[head % QUERY_RING_RECORDS];

    if (head - tail == QUERY_RING_RECORDS)
        return false;
    note_client(record, exchange->from);
    record->now_ms = now_ms;
    record->type = query->type;
    record->class_ = query->class_;
    record->rcode = (uint16_t)rcode;
    record->tcp = exchange->tcp;
    record->size = (uint16_t)length;
    record->answers = length == 0 ? 0 : bytes_get16(exchange->message + 6);
    record->truncated = length > 0 && (exchange->message[2] & DNS_FLAG_TC >> 8) != 0;
    record->name_length = query->name_length;
    memcpy(record->name, query->name, query->name_length);
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
    return true;
}

bool query_ring_take(struct query_ring *ring, struct query_record *out)
{
    uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

    if (atomic_load_explicit(&ring->head, memory_order_acquire) == tail)
        return false;
    *out = ring->records[tail % QUERY_RING_RECORDS];
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
    return true;
}
