/* consul/indexes.h - how new what an endpoint lists is, and where to wait for newer.
 *
 * The listener of the registry is here: it moves the indexes of struct consul and wakes
 * the topics. An event about the output of a check alone moves nothing and wakes nobody.
 * Threads  control.
 */
#ifndef CONSUL_INDEXES_H
#define CONSUL_INDEXES_H

#include <stdint.h>

#include "consul/consul.h"

/* Listen; take over where the registry stands. */
void indexes_start(struct consul *consul);
/* Hears nothing any more, and nobody waits. */
void indexes_stop(struct consul *consul);

/* Of health/service and catalog/service of that label. One without instances has that of
 * the last removal of any service. */
uint64_t index_of_service(const struct consul *consul, const char *namespace_name,
                          const char *label);
/* Where to wait for that service, existing or not. NULL: no memory. */
struct topic *topic_of_service(struct consul *consul, const char *namespace_name,
                               const char *label);

/* What stands in all entries of our node moved (its checks, maintenance) with that
 * change: wakes all that wait for services, checks or nodes. */
void indexes_node_moved(struct consul *consul, uint64_t revision);
/* An external node came, went or was edited: the number of that change. */
void indexes_external_moved(struct consul *consul, uint64_t revision);

#endif
