/* consul/query_run.h - what a prepared query finds.
 * Threads  control.
 */
#ifndef CONSUL_QUERY_RUN_H
#define CONSUL_QUERY_RUN_H

#include <stdint.h>

#include "consul/prepared.h"
#include "consul/reading.h"

/* Answers: the instances that fit, in any order, `limit` at most (0: all). */
void query_run(struct reading *reading, const struct prepared_version *query,
               uint64_t limit);

#endif
