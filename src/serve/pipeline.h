/* serve/pipeline.h - one query from bytes to bytes, without sockets.
 *
 * The reply is written over the query, in place: header and question stay where they are.
 * No lock, no allocation, no system call. The same function serves UDP, TCP, the fuzz
 * target and the benchmark.
 * Threads  one pipeline per worker; pipeline_answer() between answer_reader_online() and
 *          answer_reader_offline().
 */
#ifndef SERVE_PIPELINE_H
#define SERVE_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "answer/answer.h"
#include "config/config.h"
#include "dns/tsig.h"
#include "rollcall/status.h"
#include "serve/cookie.h"
#include "serve/pipeline_counters.h"

struct pipeline;

struct pipeline *pipeline_create(struct answer_index *index,
                                 const struct config_dns *dns);
void pipeline_destroy(struct pipeline *pipeline); /* NULL is allowed */
const struct pipeline_counters *pipeline_counters(const struct pipeline *pipeline);

/* Give and check cookies with these; without it, and with dns.cookies off, there are
 * none. Borrowed. */
void pipeline_use_cookies(struct pipeline *pipeline,
                          const struct cookie_secrets *secrets);
/* Know these keys, and give connections of allowed transfers away (`hand_over`): then
 * pipeline_answer() says PIPELINE_HAND_OVER. Without it there is no key, and transfers
 * are refused. Borrowed. */
void pipeline_use_keys(struct pipeline *pipeline, const struct tsig_keys *keys,
                       bool hand_over);
#define PIPELINE_HAND_OVER SIZE_MAX
/* Note queries in this ring (serve/query_log.h). Borrowed; NULL: do not. */
struct query_ring;
void pipeline_use_log(struct pipeline *pipeline, struct query_ring *ring);
/* From now on TCP clients hear that their connection will not be kept (RFC 7828 §3.2.2).
 */
void pipeline_stopping(struct pipeline *pipeline);

/* What the clocks say, from now on: monotonic milliseconds, and seconds since 1970.
 * Before each group of queries; a second late is good enough. */
void pipeline_set_time(struct pipeline *pipeline, uint64_t now_ms, uint32_t wall_s);

/* So many queries were received, answered and sent together in `us` microseconds: that
 * is what each of them took. */
void pipeline_took(struct pipeline *pipeline, bool tcp, int64_t us, unsigned queries);

/* Answer the query of `length` octets at `message`, which has room for `capacity`
 * (UDP: at least DNS_UDP_MAX, TCP: DNS_MESSAGE_MAX), asked by `from` (NULL:
 * by this host itself). Returns the length of the reply, 0 for silence. */
size_t pipeline_answer(struct pipeline *pipeline, uint8_t *message, size_t length,
                       size_t capacity, const struct sockaddr *from, bool tcp);

struct pipeline_message {
    uint8_t *octets;             /* room for DNS_UDP_MAX */
    size_t length;               /* of the query; then of the reply, 0 for silence */
    const struct sockaddr *from; /* who asks; NULL: this host itself */
};

/* The same for the `count` datagrams of a batch, at most dns.batch: all are read before
 * the first is answered, so that what their answers have to wait for in memory comes at
 * the same time. */
void pipeline_answer_batch(struct pipeline *pipeline, struct pipeline_message *messages,
                           unsigned count);

#endif
