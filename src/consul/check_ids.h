/* consul/check_ids.h - whose check a CheckID is.
 *
 * CheckIDs are unique on a node. Those that follow from the id of their service are found
 * by taking them apart; those that were named explicitly are in a table, kept by the
 * events of the registry. Checks of the node itself: consul/node_checks.h.
 * Threads  control.
 */
#ifndef CONSUL_CHECK_IDS_H
#define CONSUL_CHECK_IDS_H

#include <stdbool.h>

#include "base/table.h"
#include "registry/registry.h"

struct check_ids;

/* Takes what the registry has, and listens from now on. NULL: no memory. */
struct check_ids *check_ids_create(struct registry *registry);
void check_ids_destroy(struct check_ids *ids); /* NULL is allowed */

/* Definitions on their way to the disk take their explicit ids at once, so that two that
 * race cannot have the same; given back where nothing came of it. */
void check_ids_reserve(struct check_ids *ids, const struct rollcall_instance *is);
void check_ids_release(struct check_ids *ids, const struct rollcall_instance *is);

/* Is it one that the agent itself shows: of the node, of maintenance, of our reasons? */
bool check_ids_reserved(const char *check_id);

/* The id of the instance that has it, or will have it; NULL: it is free. Borrowed until
 * the next change. */
const char *check_ids_owner(const struct check_ids *ids, const char *check_id);

/* The committed instance whose check that is, and the number of the check. NULL: nobody
 * has it. */
struct entry *check_ids_find(const struct check_ids *ids, const char *check_id,
                             unsigned *index);

#endif
