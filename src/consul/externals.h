/* consul/externals.h - nodes that are not ours: catalog/register wrote them, nobody here
 * asks how they are.
 *
 * A record of the area "consul_node" for each: name, address, meta and the checks of the
 * node itself, as JSON. Its services are instances of the registry ("NODE/ServiceID")
 * whose annex has their checks; what the checks of the node say is in the status of each.
 * Threads  control.
 */
#ifndef CONSUL_EXTERNALS_H
#define CONSUL_EXTERNALS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "consul/annex.h"
#include "consul/consul.h"
#include "consul/ledger.h"
#include "consul/node.h"
#include "rollcall/status.h"

enum { EXTERNAL_CHECKS_MAX = 16, EXTERNAL_NODES_MAX = 10000 };

/* What one node says; immutable. */
struct external {
    struct version is;
    json_t *root;                /* owned; all texts are its */
    struct rollcall_pair *pairs; /* owned; of the view */
    struct node_view view;
    struct annex_node node; /* the same, for the annex of its services */
    unsigned check_count;
    struct annex_check checks[EXTERNAL_CHECKS_MAX]; /* of the node itself */
};

enum rollcall_status externals_create(struct consul *consul);
/* Reads the records. */
enum rollcall_status externals_start(struct consul *consul, struct reason *why);
/* After the store was drained. */
void externals_destroy(struct consul *consul);

/* On disk, by name without regard to case. NULL: none. */
const struct external *externals_find(const struct consul *consul, const char *name);
const struct external *externals_find_id(const struct consul *consul, const char *id);
/* In the order of the names; NULL: no more. *at from 0; then it stands behind its place.
 */
const struct external *externals_next(const struct consul *consul, size_t *at);

/* How many places there are for nodes, and which one it has; until the next change. */
size_t externals_places(const struct consul *consul);
bool externals_place(const struct consul *consul, const char *name, size_t *at);

/* --- Writing. What was submitted last; NULL: none. */
const struct external *externals_latest(const struct consul *consul, const char *name);
/* Into the bundle: the node is this one now. `root` (members: name, id, address, tagged,
 * meta, checks) is taken over, and its indexes are set; NULL: it goes. Where it says what
 * it said before, nothing happens. *out: as it will be; borrowed; may be NULL.
 * E_LIMIT: too many nodes. E_NOMEM. */
enum rollcall_status externals_set(struct consul *consul, struct bundle *bundle,
                                   const char *name, json_t *root,
                                   const struct external **out);

/* The worst of the node's own checks; `external` may be NULL. */
enum rollcall_health external_health(const struct external *external);

#endif
