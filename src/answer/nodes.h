/* answer/nodes.h - the nodes of the trie of addresses, 24 octets each.
 *
 * They lie side by side in pieces of memory that double in size and stay until the end,
 * so that a node costs what it holds and nothing beside. What is taken out of the trie
 * waits until no reader can see it (RCU) and is used again: one grace period at a time
 * for all that wait, so that taking out needs no memory.
 *
 * Shared   nodes are read under RCU; what readers see of a node never changes, but for
 *          its links to others.
 * Threads  functions: control, online. What waits is given back on the reclaimer.
 */
#ifndef ANSWER_NODES_H
#define ANSWER_NODES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "answer/retire.h"
#include "model/instance.h"

enum address_kind {
    ADDRESS_FREE,     /* is not in use */
    ADDRESS_INNER,    /* two sides that differ first in bit `at` */
    ADDRESS_INSTANCE, /* leaf: address number `at` of an instance, whose label is the end
                       * of its id, from `label` on */
    ADDRESS_NAMED,    /* leaf: the same, and the label stands beside */
    ADDRESS_OWN       /* leaf: one of this machine itself */
};

/* An instance whose label is not the end of its id. */
struct address_named {
    struct instance *instance; /* owned reference */
    char label[];
};

struct address_node {
    union {
        _Atomic(struct address_node *) child[2];
        struct {
            union {
                struct instance *instance;    /* owned reference */
                struct address_named *named;  /* owned */
                struct rollcall_address *own; /* owned */
            };
            _Atomic(struct address_node *) more; /* leaf of the same address */
        };
    };
    uint32_t link; /* control, and the reclaimer: the next that waits or is free */
    uint8_t kind;
    uint8_t at;
    uint8_t label;
};

enum {
    NODES_FIRST = 256, /* in the first piece of memory */
    NODES_PIECES = 23
};

/* Numbers of nodes begin with 1; 0: none. */
struct nodes {
    struct address_node *piece[NODES_PIECES]; /* owned */
    uint32_t used;                            /* numbers up to this one were ever used */
    uint32_t free;
    uint32_t removed;        /* out of the trie; its grace period is still to begin */
    uint32_t waiting;        /* for the end of the one that is running; 0: none is */
    uint32_t last;           /* the reclaimer's: of those that waited */
    _Atomic bool over;       /* they have been given back */
    struct rcu_head retired; /* of `waiting` */
};

/* NULL: no memory. The kind is ADDRESS_FREE until the caller sets it. */
struct address_node *nodes_take(struct nodes *nodes);
/* It is out of the trie. What it owns is let go of with it. */
void nodes_retire(struct nodes *nodes, struct address_node *node);
/* Never was in the trie: free at once, and what it owns. */
void nodes_give_back(struct nodes *nodes, struct address_node *node);
/* Once a turn while nodes_busy(): what was removed last must not wait for the next
 * removal. */
void nodes_turn(struct nodes *nodes);
static inline bool nodes_busy(const struct nodes *nodes)
{
    return nodes->waiting != 0 || nodes->removed != 0;
}
void nodes_deinit(struct nodes *nodes); /* no reader and no grace period is left */

#endif
