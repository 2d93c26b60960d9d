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

/* The committed instance whose check that is, and the number of the check. NULL: nobody
 * has it. */
struct entry *check_ids_find(const struct check_ids *ids, const char *check_id,
                             unsigned *index);

#endif
