/* answer/addresses.h - which instances have an address: one index for all names that only
 * restate one (`HEX.addr`, pods, endpoints, PTR), so that they cost nothing of their own.
 *
 * A binary trie by the bits of the address, one for each family (a crit-bit tree): an
 * inner node less than there are addresses, and a leaf for each instance that has one;
 * those of one address are a list. The address itself stands in the instance. "Does
 * anything begin with these bits" is a walk down, which is what an empty non-terminal of
 * a reverse zone is.
 *
 * Shared   nodes are read under RCU (answer/nodes.h).
 * Threads  addresses_add(), _remove(), _visit(): control, online. The others: any reader.
 */
#ifndef ANSWER_ADDRESSES_H
#define ANSWER_ADDRESSES_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/index.h"
#include "answer/nodes.h"

/* The next leaf of the same address; NULL: it is the last. */
static inline const struct address_node *address_leaf_next(
    const struct address_node *leaf)
{
    return atomic_load_explicit(&leaf->more, memory_order_acquire);
}

/* NULL: this machine itself. */
static inline struct instance *address_leaf_instance(const struct address_node *leaf)
{
    return leaf->kind == ADDRESS_INSTANCE ? leaf->instance
           : leaf->kind == ADDRESS_NAMED  ? leaf->named->instance
                                          : NULL;
}

/* Of a leaf that has an instance. */
static inline const char *address_leaf_label(const struct address_node *leaf)
{
    return leaf->kind == ADDRESS_NAMED ? leaf->named->label
                                       : leaf->instance->is.id + leaf->label;
}

static inline const struct rollcall_address *address_leaf_address(
    const struct address_node *leaf)
{
    return leaf->kind == ADDRESS_OWN
               ? leaf->own
               : &address_leaf_instance(leaf)->is.addresses[leaf->at];
}

/* The leaves of all that have it; NULL: nobody has. */
const struct address_node *addresses_find(const struct answer_index *index,
                                          const struct rollcall_address *address);
/* Does any address begin with the first `bits` of this one? */
bool addresses_any(const struct answer_index *index,
                   const struct rollcall_address *address, unsigned bits);

/* Let an instance be found by all its addresses. False: no memory, nothing was added. */
bool addresses_add(struct answer_index *index, struct instance *instance,
                   const char *label);
/* The same for this machine itself. */
bool addresses_add_node(struct answer_index *index, const struct rollcall_address *list,
                        uint32_t count);
/* Takes it out again; no memory is needed. False: it was not there. */
bool addresses_remove(struct answer_index *index, const struct instance *instance);

/* Every address once, in ascending order, with its leaves: what reverse zones and `addr`
 * have. */
void addresses_visit(const struct answer_index *index,
                     void (*visit)(void *owner, const struct address_node *leaf),
                     void *owner);

#endif
