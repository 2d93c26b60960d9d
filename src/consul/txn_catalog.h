/* consul/txn_catalog.h - transactions on checks of nodes that are not ours, and reads of
 * nodes, services and checks: what a program that watches external nodes
 * sends. All conditions are looked at before anything is written.
 * Threads  control.
 */
#ifndef CONSUL_TXN_CATALOG_H
#define CONSUL_TXN_CATALOG_H

#include <jansson.h>

#include "http/exchange.h"

/* Answers. `root` is the list of operations, at most TXN_OPERATIONS_MAX. */
void txn_catalog_run(struct exchange *exchange, json_t *root);

#endif
