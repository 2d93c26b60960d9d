/* answer/addresses.h - which instances have an address: one index for all names that only
 * restate one (`HEX.addr`, pods, endpoints, PTR), so that they cost nothing of their own.
 *
 * A binary trie by the bits of the address, one for each family (a crit-bit tree): one
 * leaf for each address, one inner node less. "Does anything begin with these bits" is a
 * walk down, which is what an empty non-terminal of a reverse zone is.
 *
 * Shared   nodes are read under RCU; what leaves is retired. A leaf is replaced, not
 *          changed.
 * Threads  addresses_add(), _remove(), _visit(): control, online. The others: any reader.
 */
#ifndef ANSWER_ADDRESSES_H
#define ANSWER_ADDRESSES_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/index.h"

/* One instance, as its addresses refer to it. */
struct answer_known {
    struct rcu_head retired;
    struct instance *instance; /* owned reference; NULL: this node */
    uint32_t addresses;        /* control only: leaves that refer to it */
    char label[];
};

struct address_leaf {
    struct rcu_head retired;
    struct rollcall_address address;
    uint32_t count;
    _Atomic(const struct answer_known *) known[]; /* an empty place is NULL */
};

static inline const struct answer_known *address_leaf_known(
    const struct address_leaf *leaf, uint32_t index)
{
    return atomic_load_explicit(&leaf->known[index], memory_order_acquire);
}

/* NULL: nobody has it. */
const struct address_leaf *addresses_find(const struct answer_index *index,
                                          const struct rollcall_address *address);
/* Does any address begin with the first `bits` of this one? */
bool addresses_any(const struct answer_index *index,
                   const struct rollcall_address *address, unsigned bits);

/* Let an instance be found by all its addresses. False: no memory, nothing was added. */
bool addresses_add(struct answer_index *index, struct instance *instance,
                   const char *label);
/* The same for this node. */
bool addresses_add_node(struct answer_index *index, const struct rollcall_address *list,
                        uint32_t count);
/* Takes it out again; no memory is needed. False: it was not there. */
bool addresses_remove(struct answer_index *index, const struct instance *instance);

/* Every address once, in ascending order: what reverse zones and `addr` have. */
void addresses_visit(const struct answer_index *index,
                     void (*visit)(void *owner, const struct address_leaf *leaf),
                     void *owner);

void addresses_deinit(struct answer_index *index); /* no reader may be left */

#endif
