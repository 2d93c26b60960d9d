/* serve/worker.h - one DNS worker: its thread, its loop, its sockets, its pipeline.
 *
 * Nothing of it is shared: no lock, and control reads only its counters.
 * Threads  control calls everything here; the rest of a worker runs in its own thread.
 */
#ifndef SERVE_WORKER_H
#define SERVE_WORKER_H

#include "answer/answer.h"
#include "base/reason.h"
#include "config/config.h"
#include "rollcall/status.h"
#include "serve/pipeline.h"
#include "serve/socket_counters.h"

struct transfers;
struct query_ring;
struct worker;

/* Everything but the thread: sockets are open and bound. `dns`, `index` and `secrets` are
 * borrowed. */
enum rollcall_status worker_open(const struct config_dns *dns, struct answer_index *index,
                                 const struct cookie_secrets *secrets,
                                 struct worker **out, struct reason *why);
/* Before worker_start(): note queries in `ring` (serve/query_log.h), NULL: do not. */
void worker_use_log(struct worker *worker, struct query_ring *ring);
/* Before worker_start(): give the connections of transfers to `transfers`. */
void worker_use_transfers(struct worker *worker, struct transfers *transfers);
/* Make thread number `number`. */
enum rollcall_status worker_start(struct worker *worker, unsigned number,
                                  struct reason *why);
/* Ask it to end; returns at once. Harmless when it does not run. */
void worker_stop(struct worker *worker);
/* Wait until it has ended. Harmless when it does not run. */
void worker_join(struct worker *worker);
void worker_destroy(struct worker *worker); /* NULL is allowed; after worker_join() */

const struct pipeline_counters *worker_pipeline_counters(const struct worker *worker);
const struct socket_counters *worker_socket_counters(const struct worker *worker);

#endif
