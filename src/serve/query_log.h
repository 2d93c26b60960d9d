/* serve/query_log.h - one line for every query (or every nth) in a file.
 *
 * A worker notes a query in its own ring of fixed size and goes on; a thread of the log
 * empties the rings ten times a second and writes JSON, one object a line. What does not
 * fit the ring or the configured rate is lost and counted, never waited for; so is what a
 * full disk does not take, and half a line is never left in the file. The file may be
 * renamed at any time: a new one is begun within a second.
 *
 * Threads  query_ring_*(): the ring's worker. The rest: control.
 */
#ifndef SERVE_QUERY_LOG_H
#define SERVE_QUERY_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/counters.h"
#include "base/reason.h"
#include "config/config.h"
#include "rollcall/status.h"
#include "serve/exchange.h"

struct query_record {
    uint64_t now_ms; /* monotonic */
    struct rollcall_address client;
    uint16_t port;
    uint16_t type;
    uint16_t class_;
    uint16_t rcode; /* all 12 bits */
    uint16_t answers;
    uint16_t size; /* octets of the reply, 0: none was sent */
    bool tcp;
    bool truncated;
    uint8_t name_length; /* 0: no question could be read */
    uint8_t name[DNS_NAME_MAX];
};

/* The log's own; what it never saw is query_log_lost of the pipeline. */
struct query_log_counters {
    counter lines;
    counter lines_failed; /* the file could not be written */
};

struct query_log;
struct query_ring;

/* One ring for each of dns->workers. `*out` is NULL where dns.query_log is off. The file
 * is opened for appending; `why` says what to do where that fails. */
enum rollcall_status query_log_open(const struct config_dns *dns, struct query_log **out,
                                    struct reason *why);
enum rollcall_status query_log_start(struct query_log *log, struct reason *why);
/* Writes what the rings hold and ends; the workers have stopped. NULL is allowed. */
void query_log_destroy(struct query_log *log);
/* Area "query_log"; `log` may be NULL. */
const struct counter_group *query_log_counters(const struct query_log *log);
extern const struct counter_group query_log_counter_group; /* without a block */
struct query_ring *query_log_ring(struct query_log *log, uint32_t worker);

/* Is this query one to note, by sample and rate? `*lost`: it would be, but for the rate.
 */
bool query_ring_wants(struct query_ring *ring, uint64_t now_ms, bool *lost);
/* Note it. `length` octets of reply. False: the ring is full. */
bool query_ring_note(struct query_ring *ring, const struct exchange *exchange,
                     unsigned rcode, size_t length, uint64_t now_ms);
/* The oldest record; false: the ring is empty. The log's thread alone. */
bool query_ring_take(struct query_ring *ring, struct query_record *out);

/* The record as a line of JSON with its newline. `wall_ms` since 1970. Returns its
 * length, at most QUERY_LINE_MAX. */
#define QUERY_LINE_MAX 4096
size_t query_line_print(const struct query_record *record, int64_t wall_ms, char *out);

#endif
