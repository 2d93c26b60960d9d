/* consul/sight.h - what a token sees of that which is no service: sessions, events,
 * nodes.
 *
 * Who may read all sees all. Another sees what it made, what its patterns name
 * ("session/NAME", "event/NAME", "node/NAME"), and what belongs to a key or a service
 * that it may read.
 * Threads  control.
 */
#ifndef CONSUL_SIGHT_H
#define CONSUL_SIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "consul/happening.h"
#include "consul/reading.h"
#include "consul/session.h"

/* May it read all? */
bool sight_is_whole(const struct exchange *exchange);
/* One on disk. By name, by its node, by a key that it holds, by a service whose check it
 * is bound to. */
bool sight_session(const struct exchange *exchange, const struct session *session);
/* By name, by the service that it is meant for. */
bool sight_event(const struct exchange *exchange, const struct happening *event);
/* Everybody sees ours; another by its name, or by a service on it. */
bool sight_node(const struct exchange *exchange, const struct node_view *node);

/* The same for all nodes that are not ours at once. */
struct sight_nodes {
    uint8_t *seen; /* owned; by place (externals_place()); NULL: all are */
};
/* False: no memory. */
bool sight_nodes_begin(const struct exchange *exchange, struct sight_nodes *out);
bool sight_nodes_have(const struct sight_nodes *sight, size_t place);
void sight_nodes_drop(struct sight_nodes *sight);

#endif
