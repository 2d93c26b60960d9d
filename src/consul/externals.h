/* consul/externals.h - nodes that are not ours: catalog/register wrote them, nobody here
 * asks how they are.
 *
 * A record of the area "consul_node" for each: name, address, meta and the checks of the
 * node itself. Its services are instances of the registry ("NODE/ServiceID") whose annex
 * has their checks; what the checks of the node say is in the own status of each.
 * Threads  control.
 */
#ifndef CONSUL_EXTERNALS_H
#define CONSUL_EXTERNALS_H

#include <stdbool.h>
#include <stddef.h>

#include "consul/annex.h"
#include "consul/consul.h"
#include "consul/node.h"
#include "rollcall/status.h"

enum { EXTERNAL_CHECKS_MAX = 16, EXTERNAL_NODES_MAX = 10000 };

/* One node; immutable, made anew with each change. */
struct external {
    struct node_view view;
    unsigned check_count;
    struct annex_check checks[EXTERNAL_CHECKS_MAX]; /* of the node itself */
};

enum rollcall_status externals_create(struct consul *consul);
/* Reads the records. */
enum rollcall_status externals_start(struct consul *consul, struct reason *why);
void externals_destroy(struct consul *consul);

/* By name, without regard to case. NULL: none. */
const struct external *externals_find(const struct consul *consul, const char *name);
const struct external *externals_find_id(const struct consul *consul, const char *id);
/* In the order of the names; NULL: no more. *at from 0. */
const struct external *externals_next(const struct consul *consul, size_t *at);

/* The worst of the node's own checks. */
enum rollcall_health external_health(const struct external *external);

#endif
