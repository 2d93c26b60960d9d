/* serve/workers.h - the DNS worker threads: start all, stop all, join.
 *
 * Sockets are opened by workers_open() on the control thread (so that a port that is
 * taken or forbidden is a clear error before anything else runs, and before rights are
 * dropped); workers_start() makes the threads. Threads  control.
 */
#ifndef SERVE_WORKERS_H
#define SERVE_WORKERS_H

#include "answer/answer.h"
#include "base/counters.h"
#include "base/reason.h"
#include "config/config.h"
#include "rollcall/status.h"

struct transfers;
struct workers;

enum rollcall_status workers_open(const struct config_dns *dns,
                                  struct answer_index *index, struct workers **out,
                                  struct reason *why);
/* Before workers_start(): where the connections of secondaries go (serve/transfers.h).
 * Borrowed. */
void workers_use_transfers(struct workers *workers, struct transfers *transfers);
enum rollcall_status workers_start(struct workers *workers, struct reason *why);
/* Once a day: a new secret for cookies, unless the configuration gave one. `wall` in
 * milliseconds since 1970. */
void workers_roll_cookies(struct workers *workers, int64_t wall);
/* Pending TCP replies are flushed; returns when every thread has ended. */
void workers_stop(struct workers *workers);
void workers_destroy(struct workers *workers); /* NULL is allowed */
/* Area "dns": what was asked and answered. */
const struct counter_group *workers_counters(const struct workers *workers);
/* Area "dns_sockets": what happened at the sockets. */
const struct counter_group *workers_socket_counters(const struct workers *workers);
/* Area "query_log": what became of its lines. */
const struct counter_group *workers_log_counters(const struct workers *workers);

#endif
