/* consul/catalog_write.h - nodes that are not ours, written for more than one endpoint.
 *
 * What is put is made in memory, all of it or nothing; then the instances, the nodes and
 * what else is in the bundle are saved in one commit, and the answer is given when they
 * are on disk. Between begin and end nobody else writes (registry/group.h).
 * Threads  control.
 */
#ifndef CONSUL_CATALOG_WRITE_H
#define CONSUL_CATALOG_WRITE_H

#include "consul/catalog_body.h"
#include "consul/ledger.h"
#include "http/exchange.h"

struct writing;

/* Without writing_then() the answer is `true`. NULL: answered with 503. Ends by
 * writing_end() or writing_cancel(). */
struct writing *writing_begin(struct exchange *exchange);
/* For what else is to be saved with it. */
struct bundle *writing_bundle(struct writing *writing);
/* Is there such a node? */
bool writing_knows(const struct writing *writing, const char *node);
/* How to answer when all is on disk; `drop` ends the context in any case. */
typedef void writing_answer(struct exchange *exchange, void *context);
void writing_then(struct writing *writing, writing_answer *answer, void *context,
                  void (*drop)(void *context));

/* The bodies are borrowed for the call. An instance is made once: what is to become of
 * its checks is said in one call. */
void writing_put(struct writing *writing, struct catalog_registration *body);
/* By the id of the instance. Unknown ones are gone already, nodes too. */
void writing_remove_service(struct writing *writing, const char *id);
void writing_remove_node(struct writing *writing, const char *node);

/* To the disk, unless something was wrong: then that is the answer, and nothing
 * happened. */
void writing_end(struct writing *writing);
/* Nothing happens; the caller has answered. */
void writing_cancel(struct writing *writing);

#endif
