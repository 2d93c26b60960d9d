#include "answer/addresses.h"

#include <stdlib.h>
#include <string.h>

static struct address_node *load(const _Atomic(struct address_node *) *at)
{
    return atomic_load_explicit(at, memory_order_acquire);
}

static void store(_Atomic(struct address_node *) *at, struct address_node *node)
{
    atomic_store_explicit(at, node, memory_order_release);
}

static bool is_inner(const struct address_node *node)
{
    return node != NULL && node->kind == ADDRESS_INNER;
}

static size_t octets(uint8_t family)
{
    return family == 6 ? 16 : 4;
}

static unsigned bit_at(const struct rollcall_address *address, unsigned bit)
{
    return address->bytes[bit / 8] >> (7 - bit % 8) & 1;
}

static bool same(const struct rollcall_address *a, const struct rollcall_address *b)
{
    return memcmp(a->bytes, b->bytes, octets(a->family)) == 0;
}

/* The first bit in which they differ; as many as there are: none. */
static unsigned first_difference(const struct rollcall_address *a,
                                 const struct rollcall_address *b)
{
    unsigned bits = (unsigned)octets(a->family) * 8, bit = 0;

    while (bit < bits && bit_at(a, bit) == bit_at(b, bit))
        bit++;
    return bit;
}

/* The leaf where the search for `address` ends when it looks at `bits` of it. */
static const struct address_node *descend(const struct answer_index *index,
                                          const struct rollcall_address *address,
                                          unsigned bits)
{
    const struct address_node *node = load(&index->addresses[address->family == 6]);

    while (is_inner(node))
        node = load(&node->child[node->at < bits ? bit_at(address, node->at) : 0]);
    return node;
}

const struct address_node *addresses_find(const struct answer_index *index,
                                          const struct rollcall_address *address)
{
    const struct address_node *leaf = descend(index, address, 128);

    return leaf != NULL && same(address_leaf_address(leaf), address) ? leaf : NULL;
}

bool addresses_any(const struct answer_index *index,
                   const struct rollcall_address *address, unsigned bits)
{
    const struct address_node *leaf = descend(index, address, bits);

    return leaf != NULL && first_difference(address_leaf_address(leaf), address) >= bits;
}

/* Where the pointer to the node stands below which `address` belongs: the first one that
 * splits at `bit` or later. */
static _Atomic(struct address_node *) *place_of(struct answer_index *index,
                                                const struct rollcall_address *address,
                                                unsigned bit)
{
    _Atomic(struct address_node *) *at = &index->addresses[address->family == 6];

    for (;;) {
        struct address_node *node = load(at);
        if (!is_inner(node) || node->at >= bit)
            return at;
        at = &node->child[bit_at(address, node->at)];
    }
}

/* Between the leaf and what stands at its place until now. False: no memory. */
static bool split(struct answer_index *index, const struct rollcall_address *address,
                  struct address_node *leaf, unsigned bit)
{
    struct address_node *inner = nodes_take(&index->nodes);

    if (inner == NULL)
        return false;
    inner->kind = ADDRESS_INNER;
    inner->at = (uint8_t)bit;
    _Atomic(struct address_node *) *at = place_of(index, address, bit);
    unsigned side = bit_at(address, bit);
    atomic_init(&inner->child[side], leaf);
    atomic_init(&inner->child[!side], load(at));
    store(at, inner);
    return true;
}

/* The leaf is ours from here on, even if it finds no place: false, no memory. */
static bool add_leaf(struct answer_index *index, struct address_node *leaf)
{
    const struct rollcall_address *address = address_leaf_address(leaf);
    const struct address_node *near = descend(index, address, 128);
    unsigned bits = (unsigned)octets(address->family) * 8;
    unsigned bit =
        near == NULL ? 0 : first_difference(address_leaf_address(near), address);

    if (near != NULL && bit < bits) {
        if (split(index, address, leaf, bit))
            return true;
        nodes_give_back(&index->nodes, leaf);
        return false;
    }
    /* The first of all, or the first of those that have the address. */
    _Atomic(struct address_node *) *at = place_of(index, address, bits);
    atomic_init(&leaf->more, load(at));
    store(at, leaf);
    return true;
}

/* The other side takes the place of the inner node above the leaf that is the last of
 * its address. */
static void take_out(struct answer_index *index, const struct rollcall_address *address)
{
    _Atomic(struct address_node *) *at = &index->addresses[address->family == 6];
    _Atomic(struct address_node *) *above = NULL;
    struct address_node *node, *parent = NULL;
    unsigned side = 0;

    while (is_inner(node = load(at))) {
        above = at;
        parent = node;
        side = bit_at(address, node->at);
        at = &node->child[side];
    }
    if (parent == NULL) {
        store(at, NULL);
        return;
    }
    store(above, load(&parent->child[!side]));
    nodes_retire(&index->nodes, parent);
}

/* False: it was not there. */
static bool remove_one(struct answer_index *index, const struct rollcall_address *address,
                       const struct instance *instance)
{
    const struct address_node *first = addresses_find(index, address);
    _Atomic(struct address_node *) *at;
    struct address_node *leaf;

    if (first == NULL)
        return false;
    at = place_of(index, address, (unsigned)octets(address->family) * 8);
    while ((leaf = load(at)) != NULL && address_leaf_instance(leaf) != instance)
        at = &leaf->more;
    if (leaf == NULL)
        return false;
    struct address_node *more = load(&leaf->more);
    if (leaf == first && more == NULL)
        take_out(index, address);
    else
        store(at, more);
    nodes_retire(&index->nodes, leaf);
    return true;
}

/* Most labels are the end of their id: no other copy of them is needed. */
static bool is_end(const struct rollcall_instance *is, const char *label, uint8_t *at)
{
    size_t id = strlen(is->id), length = strlen(label);

    if (length > id || id - length > UINT8_MAX ||
        strcmp(is->id + id - length, label) != 0)
        return false;
    *at = (uint8_t)(id - length);
    return true;
}

static struct address_named *named_create(struct instance *instance, const char *label)
{
    size_t size = strlen(label) + 1;
    struct address_named *named = malloc(sizeof *named + size);

    if (named == NULL)
        return NULL;
    named->instance = instance_ref(instance);
    memcpy(named->label, label, size);
    return named;
}

static struct address_node *leaf_create(struct answer_index *index,
                                        struct instance *instance, unsigned number,
                                        const char *label)
{
    struct address_node *leaf = nodes_take(&index->nodes);

    if (leaf == NULL)
        return NULL;
    leaf->at = (uint8_t)number;
    if (is_end(&instance->is, label, &leaf->label)) {
        leaf->instance = instance_ref(instance);
        leaf->kind = ADDRESS_INSTANCE;
        return leaf;
    }
    leaf->named = named_create(instance, label);
    if (leaf->named != NULL) {
        leaf->kind = ADDRESS_NAMED;
        return leaf;
    }
    nodes_give_back(&index->nodes, leaf);
    return NULL;
}

bool addresses_add(struct answer_index *index, struct instance *instance,
                   const char *label)
{
    const struct rollcall_instance *is = &instance->is;

    for (unsigned i = 0; i < is->address_count; i++) {
        struct address_node *leaf = leaf_create(index, instance, i, label);
        if (leaf != NULL && add_leaf(index, leaf))
            continue;
        while (i-- > 0)
            remove_one(index, &is->addresses[i], instance);
        return false;
    }
    return true;
}

static bool add_own(struct answer_index *index, const struct rollcall_address *address)
{
    struct address_node *leaf = nodes_take(&index->nodes);

    if (leaf == NULL)
        return false;
    leaf->own = malloc(sizeof *leaf->own);
    if (leaf->own == NULL) {
        nodes_give_back(&index->nodes, leaf);
        return false;
    }
    *leaf->own = *address;
    leaf->kind = ADDRESS_OWN;
    return add_leaf(index, leaf);
}

bool addresses_add_node(struct answer_index *index, const struct rollcall_address *list,
                        uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!add_own(index, &list[i])) {
            while (i-- > 0)
                remove_one(index, &list[i], NULL);
            return false;
        }
    return true;
}

bool addresses_remove(struct answer_index *index, const struct instance *instance)
{
    const struct rollcall_instance *is = &instance->is;
    bool was_there = false;

    for (unsigned i = 0; i < is->address_count; i++)
        was_there |= remove_one(index, &is->addresses[i], instance);
    return was_there;
}

enum { DEPTH_MAX = 130 };

void addresses_visit(const struct answer_index *index,
                     void (*visit)(void *owner, const struct address_node *leaf),
                     void *owner)
{
    const struct address_node *stack[DEPTH_MAX];

    for (unsigned family = 0; family < 2; family++) {
        size_t depth = 0;
        stack[depth++] = load(&index->addresses[family]);
        while (depth > 0) {
            const struct address_node *node = stack[--depth];
            if (is_inner(node)) {
                stack[depth++] = load(&node->child[1]);
                stack[depth++] = load(&node->child[0]);
            } else if (node != NULL) {
                visit(owner, node);
            }
        }
    }
}
