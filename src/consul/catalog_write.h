/* consul/catalog_write.h - nodes that are not ours, written for more than one endpoint.
 *
 * What is put is made in memory, all of it or nothing; then the registry gets the
 * instances and the ledger the nodes, and the answer is given when all is on disk.
 * Threads  control.
 */
#ifndef CONSUL_CATALOG_WRITE_H
#define CONSUL_CATALOG_WRITE_H

#include <jansson.h>

#include "consul/catalog_body.h"
#include "http/exchange.h"

struct writing;

/* Without writing_then() the answer is `true`. NULL: answered with 503. */
struct writing *writing_begin(struct exchange *exchange);
/* How to answer when all is on disk; `asked` is kept until then. */
typedef void writing_answer(struct exchange *exchange, const json_t *asked);
void writing_then(struct writing *writing, writing_answer *answer, json_t *asked);

/* The bodies are borrowed for the call. An instance is made once: what is to become of
 * its checks is said in one call. */
void writing_put(struct writing *writing, const struct catalog_registration *body);
/* Unknown ones are gone already. */
void writing_remove_check(struct writing *writing, const struct catalog_removal *body);
/* Nothing where something was wrong with what was put. */
void writing_submit(struct writing *writing);
/* After the last call; what was wrong is answered. */
void writing_end(struct writing *writing);

#endif
