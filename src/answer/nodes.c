#include "answer/nodes.h"

#include <stdlib.h>
#include <string.h>

static size_t piece_size(unsigned piece)
{
    return (size_t)NODES_FIRST << piece;
}

/* How many nodes there are before a piece. */
static uint32_t piece_start(unsigned piece)
{
    return NODES_FIRST * ((1U << piece) - 1);
}

static unsigned piece_of(uint32_t number)
{
    return 31 - (unsigned)__builtin_clz(number / NODES_FIRST + 1);
}

static struct address_node *node_at(const struct nodes *nodes, uint32_t number)
{
    unsigned piece = piece_of(number);

    return nodes->piece[piece] + (number - piece_start(piece));
}

static uint32_t number_of(const struct nodes *nodes, const struct address_node *node)
{
    unsigned piece = piece_of(nodes->used);

    while ((uintptr_t)node < (uintptr_t)nodes->piece[piece] ||
           (uintptr_t)node >= (uintptr_t)(nodes->piece[piece] + piece_size(piece)))
        piece--;
    return piece_start(piece) + (uint32_t)(node - nodes->piece[piece]);
}

static void let_go(struct address_node *node)
{
    switch ((enum address_kind)node->kind) {
    case ADDRESS_FREE:
    case ADDRESS_INNER:
        break;
    case ADDRESS_INSTANCE:
        instance_unref(node->instance);
        break;
    case ADDRESS_NAMED:
        instance_unref(node->named->instance);
        free(node->named);
        break;
    case ADDRESS_OWN:
        free(node->own);
        break;
    }
    node->kind = ADDRESS_FREE;
}

/* Those that wait belong to the reclaimer until it says that it is over. */
static void reclaim(struct rcu_head *head)
{
    struct nodes *nodes = caa_container_of(head, struct nodes, retired);

    answer_reclaimed();
    for (uint32_t number = nodes->waiting; number != 0;) {
        struct address_node *node = node_at(nodes, number);
        let_go(node);
        nodes->last = number;
        number = node->link;
    }
    atomic_store_explicit(&nodes->over, true, memory_order_release);
}

void nodes_turn(struct nodes *nodes)
{
    if (nodes->waiting != 0) {
        if (!atomic_load_explicit(&nodes->over, memory_order_acquire))
            return;
        node_at(nodes, nodes->last)->link = nodes->free;
        nodes->free = nodes->waiting;
        nodes->waiting = 0;
    }
    if (nodes->removed == 0)
        return;
    nodes->waiting = nodes->removed;
    nodes->removed = 0;
    atomic_store_explicit(&nodes->over, false, memory_order_relaxed);
    answer_retire(&nodes->retired, reclaim);
}

static bool make_piece(struct nodes *nodes, unsigned piece)
{
    if (piece >= NODES_PIECES)
        return false;
    if (nodes->piece[piece] == NULL)
        nodes->piece[piece] = malloc(piece_size(piece) * sizeof *nodes->piece[piece]);
    return nodes->piece[piece] != NULL;
}

static struct address_node *take_fresh(struct nodes *nodes)
{
    uint32_t number = nodes->used + 1;

    if (!make_piece(nodes, piece_of(number)))
        return NULL;
    nodes->used = number;
    return node_at(nodes, number);
}

static struct address_node *take_free(struct nodes *nodes)
{
    struct address_node *node = node_at(nodes, nodes->free);

    nodes->free = node->link;
    return node;
}

struct address_node *nodes_take(struct nodes *nodes)
{
    nodes_turn(nodes);
    struct address_node *node = nodes->free != 0 ? take_free(nodes) : take_fresh(nodes);
    if (node != NULL)
        memset(node, 0, sizeof *node);
    return node;
}

void nodes_retire(struct nodes *nodes, struct address_node *node)
{
    node->link = nodes->removed;
    nodes->removed = number_of(nodes, node);
    nodes_turn(nodes);
}

void nodes_give_back(struct nodes *nodes, struct address_node *node)
{
    let_go(node);
    node->link = nodes->free;
    nodes->free = number_of(nodes, node);
}

void nodes_deinit(struct nodes *nodes)
{
    for (uint32_t number = 1; number <= nodes->used; number++)
        let_go(node_at(nodes, number));
    for (unsigned piece = 0; piece < NODES_PIECES; piece++)
        free(nodes->piece[piece]);
    memset(nodes, 0, sizeof *nodes);
}
