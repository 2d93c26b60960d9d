#include "answer/addresses.h"

#include <stdlib.h>
#include <string.h>

/* Two sides that differ first in `bit`. */
struct address_inner {
    struct rcu_head retired;
    _Atomic(uintptr_t) child[2]; /* a leaf, or with bit 0 set an inner node */
    uint8_t bit;
};

static struct address_inner *inner_of(uintptr_t node)
{
    return (node & 1) != 0 ? (struct address_inner *)(node - 1) : NULL;
}

static const struct address_leaf *leaf_of(uintptr_t node)
{
    return (const struct address_leaf *)node;
}

static uintptr_t load(const _Atomic(uintptr_t) *at)
{
    return atomic_load_explicit(at, memory_order_acquire);
}

static void store(_Atomic(uintptr_t) *at, uintptr_t node)
{
    atomic_store_explicit(at, node, memory_order_release);
}

static const _Atomic(uintptr_t) *root_of(const struct answer_index *index, uint8_t family)
{
    return &index->addresses[family == 6];
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
static const struct address_leaf *descend(const struct answer_index *index,
                                          const struct rollcall_address *address,
                                          unsigned bits)
{
    uintptr_t node = load(root_of(index, address->family));
    const struct address_inner *inner;

    while ((inner = inner_of(node)) != NULL)
        node = load(&inner->child[inner->bit < bits ? bit_at(address, inner->bit) : 0]);
    return leaf_of(node);
}

const struct address_leaf *addresses_find(const struct answer_index *index,
                                          const struct rollcall_address *address)
{
    const struct address_leaf *leaf = descend(index, address, 128);

    return leaf != NULL && same(&leaf->address, address) ? leaf : NULL;
}

bool addresses_any(const struct answer_index *index,
                   const struct rollcall_address *address, unsigned bits)
{
    const struct address_leaf *leaf = descend(index, address, bits);

    return leaf != NULL && first_difference(&leaf->address, address) >= bits;
}

static void leaf_reclaim(struct rcu_head *head)
{
    answer_reclaimed();
    free(caa_container_of(head, struct address_leaf, retired));
}

static void inner_reclaim(struct rcu_head *head)
{
    answer_reclaimed();
    free(caa_container_of(head, struct address_inner, retired));
}

static void known_reclaim(struct rcu_head *head)
{
    struct answer_known *known = caa_container_of(head, struct answer_known, retired);

    answer_reclaimed();
    instance_unref(known->instance);
    free(known);
}

/* A leaf like `from` (may be NULL) with one place more. */
static struct address_leaf *leaf_create(const struct rollcall_address *address,
                                        const struct address_leaf *from,
                                        const struct answer_known *known)
{
    uint32_t count = from == NULL ? 0 : from->count;
    struct address_leaf *leaf =
        calloc(1, sizeof *leaf + (count + (size_t)1) * sizeof leaf->known[0]);

    if (leaf == NULL)
        return NULL;
    leaf->address = *address;
    for (uint32_t i = 0; i < count; i++) {
        const struct answer_known *old = address_leaf_known(from, i);
        if (old != NULL)
            atomic_init(&leaf->known[leaf->count++], old);
    }
    atomic_init(&leaf->known[leaf->count++], known);
    return leaf;
}

/* Where the pointer to the node stands below which `address` belongs: the first one that
 * splits at `bit` or later. */
static _Atomic(uintptr_t) *place_of(struct answer_index *index,
                                    const struct rollcall_address *address, unsigned bit)
{
    _Atomic(uintptr_t) *at = &index->addresses[address->family == 6];
    struct address_inner *inner;

    while ((inner = inner_of(load(at))) != NULL && inner->bit < bit)
        at = &inner->child[bit_at(address, inner->bit)];
    return at;
}

static bool add_leaf(struct answer_index *index, const struct rollcall_address *address,
                     const struct address_leaf *near, const struct answer_known *known)
{
    struct address_leaf *leaf = leaf_create(address, NULL, known);
    struct address_inner *inner = near == NULL ? NULL : calloc(1, sizeof *inner);

    if (leaf == NULL || (near != NULL && inner == NULL)) {
        free(leaf);
        free(inner);
        return false;
    }
    if (near == NULL) {
        store(&index->addresses[address->family == 6], (uintptr_t)leaf);
        return true;
    }
    inner->bit = (uint8_t)first_difference(&near->address, address);
    _Atomic(uintptr_t) *at = place_of(index, address, inner->bit);
    unsigned side = bit_at(address, inner->bit);
    atomic_init(&inner->child[side], (uintptr_t)leaf);
    atomic_init(&inner->child[!side], load(at));
    store(at, (uintptr_t)inner | 1);
    return true;
}

static bool add_one(struct answer_index *index, const struct rollcall_address *address,
                    const struct answer_known *known)
{
    const struct address_leaf *near = descend(index, address, 128);

    if (near == NULL || !same(&near->address, address))
        return add_leaf(index, address, near, known);
    struct address_leaf *leaf = leaf_create(address, near, known);
    if (leaf == NULL)
        return false;
    store(place_of(index, address, 128), (uintptr_t)leaf);
    answer_retire(&((struct address_leaf *)(uintptr_t)near)->retired, leaf_reclaim);
    return true;
}

static bool is_empty(const struct address_leaf *leaf)
{
    for (uint32_t i = 0; i < leaf->count; i++)
        if (address_leaf_known(leaf, i) != NULL)
            return false;
    return true;
}

/* The other side takes the place of the inner node above the leaf. */
static void take_out(struct answer_index *index, const struct address_leaf *leaf)
{
    _Atomic(uintptr_t) *at = &index->addresses[leaf->address.family == 6], *above = NULL;
    struct address_inner *inner, *parent = NULL;
    unsigned side = 0;

    while ((inner = inner_of(load(at))) != NULL) {
        above = at;
        parent = inner;
        side = bit_at(&leaf->address, inner->bit);
        at = &inner->child[side];
    }
    if (parent == NULL) {
        store(at, 0);
    } else {
        store(above, load(&parent->child[!side]));
        answer_retire(&parent->retired, inner_reclaim);
    }
    answer_retire(&((struct address_leaf *)(uintptr_t)leaf)->retired, leaf_reclaim);
}

static void remove_one(struct answer_index *index, const struct rollcall_address *address,
                       const struct answer_known *known)
{
    struct address_leaf *leaf =
        (struct address_leaf *)(uintptr_t)addresses_find(index, address);

    for (uint32_t i = 0; leaf != NULL && i < leaf->count; i++)
        if (address_leaf_known(leaf, i) == known)
            atomic_store_explicit(&leaf->known[i], NULL, memory_order_release);
    if (leaf != NULL && is_empty(leaf))
        take_out(index, leaf);
}

static bool add_all(struct answer_index *index, struct answer_known *known,
                    const struct rollcall_address *list, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (add_one(index, &list[i], known))
            continue;
        while (i-- > 0)
            remove_one(index, &list[i], known);
        answer_retire(&known->retired, known_reclaim);
        return false;
    }
    return true;
}

static struct answer_known *known_create(struct instance *instance, const char *label,
                                         uint32_t addresses)
{
    size_t size = strlen(label) + 1;
    struct answer_known *known = calloc(1, sizeof *known + size);

    if (known == NULL)
        return NULL;
    memcpy(known->label, label, size);
    known->addresses = addresses;
    if (instance != NULL)
        known->instance = instance_ref(instance);
    return known;
}

bool addresses_add(struct answer_index *index, struct instance *instance,
                   const char *label)
{
    const struct rollcall_instance *is = &instance->is;

    if (is->address_count == 0)
        return true;
    struct answer_known *known = known_create(instance, label, is->address_count);
    return known != NULL && add_all(index, known, is->addresses, is->address_count);
}

bool addresses_add_node(struct answer_index *index, const struct rollcall_address *list,
                        uint32_t count)
{
    struct answer_known *known = count == 0 ? NULL : known_create(NULL, "", count);

    return count == 0 || (known != NULL && add_all(index, known, list, count));
}

static const struct answer_known *find_known(const struct answer_index *index,
                                             const struct instance *instance)
{
    const struct address_leaf *leaf = addresses_find(index, &instance->is.addresses[0]);

    for (uint32_t i = 0; leaf != NULL && i < leaf->count; i++) {
        const struct answer_known *known = address_leaf_known(leaf, i);
        if (known != NULL && known->instance == instance)
            return known;
    }
    return NULL;
}

bool addresses_remove(struct answer_index *index, const struct instance *instance)
{
    const struct rollcall_instance *is = &instance->is;
    const struct answer_known *known =
        is->address_count == 0 ? NULL : find_known(index, instance);

    if (known == NULL)
        return false;
    for (unsigned i = 0; i < is->address_count; i++)
        remove_one(index, &is->addresses[i], known);
    answer_retire(&((struct answer_known *)(uintptr_t)known)->retired, known_reclaim);
    return true;
}

enum { DEPTH_MAX = 130 };

void addresses_visit(const struct answer_index *index,
                     void (*visit)(void *owner, const struct address_leaf *leaf),
                     void *owner)
{
    uintptr_t stack[DEPTH_MAX];

    for (unsigned family = 0; family < 2; family++) {
        size_t depth = 0;
        stack[depth++] = load(&index->addresses[family]);
        while (depth > 0) {
            uintptr_t node = stack[--depth];
            const struct address_inner *inner = inner_of(node);
            if (inner != NULL) {
                stack[depth++] = load(&inner->child[1]);
                stack[depth++] = load(&inner->child[0]);
            } else if (node != 0) {
                visit(owner, leaf_of(node));
            }
        }
    }
}

static void free_leaf(struct address_leaf *leaf)
{
    for (uint32_t i = 0; i < leaf->count; i++) {
        struct answer_known *known =
            (struct answer_known *)(uintptr_t)address_leaf_known(leaf, i);
        if (known == NULL || --known->addresses > 0)
            continue;
        instance_unref(known->instance);
        free(known);
    }
    free(leaf);
}

void addresses_deinit(struct answer_index *index)
{
    uintptr_t stack[DEPTH_MAX];
    size_t depth = 0;

    stack[depth++] = load(&index->addresses[1]);
    stack[depth++] = load(&index->addresses[0]);
    while (depth > 0) {
        uintptr_t node = stack[--depth];
        struct address_inner *inner = inner_of(node);
        if (inner != NULL) {
            stack[depth++] = load(&inner->child[1]);
            stack[depth++] = load(&inner->child[0]);
            free(inner);
        } else if (node != 0) {
            free_leaf((struct address_leaf *)node);
        }
    }
}
