#include "base/heap.h"

#include <stdlib.h>

void heap_init(struct heap *heap)
{
    *heap = (struct heap){ 0 };
}

void heap_deinit(struct heap *heap)
{
    free(heap->nodes);
    heap_init(heap);
}

void heap_node_init(struct heap_node *node)
{
    node->due = 0;
    node->place = HEAP_NOWHERE;
}

bool heap_node_waits(const struct heap_node *node)
{
    return node->place != HEAP_NOWHERE;
}

static void put(struct heap *heap, size_t place, struct heap_node *node)
{
    heap->nodes[place] = node;
    node->place = (uint32_t)place;
}

static void sift_up(struct heap *heap, struct heap_node *node)
{
    size_t place = node->place;

    while (place > 0) {
        size_t parent = (place - 1) / 2;
        if (heap->nodes[parent]->due <= node->due)
            break;
        put(heap, place, heap->nodes[parent]);
        place = parent;
    }
    put(heap, place, node);
}

static void sift_down(struct heap *heap, struct heap_node *node)
{
    size_t place = node->place;

    for (;;) {
        size_t child = 2 * place + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count &&
            heap->nodes[child + 1]->due < heap->nodes[child]->due)
            child++;
        if (heap->nodes[child]->due >= node->due)
            break;
        put(heap, place, heap->nodes[child]);
        place = child;
    }
    put(heap, place, node);
}

static enum rollcall_status grow(struct heap *heap)
{
    if (heap->count < heap->capacity)
        return ROLLCALL_OK;
    if (heap->count >= HEAP_NOWHERE - 1)
        return ROLLCALL_E_NOMEM;
    size_t capacity = heap->capacity == 0 ? 16 : heap->capacity * 2;
    struct heap_node **nodes =
        realloc(heap->nodes, capacity * sizeof(struct heap_node *));
    if (nodes == NULL)
        return ROLLCALL_E_NOMEM;
    heap->nodes = nodes;
    heap->capacity = capacity;
    return ROLLCALL_OK;
}

enum rollcall_status heap_set(struct heap *heap, struct heap_node *node, int64_t due)
{
    if (!heap_node_waits(node)) {
        enum rollcall_status status = grow(heap);
        if (status != ROLLCALL_OK)
            return status;
        put(heap, heap->count++, node);
    }
    node->due = due;
    sift_up(heap, node);
    sift_down(heap, node);
    return ROLLCALL_OK;
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
    if (!heap_node_waits(node))
        return;
    struct heap_node *last = heap->nodes[--heap->count];
    size_t place = node->place;
    node->place = HEAP_NOWHERE;
    if (last == node)
        return;
    put(heap, place, last);
    sift_up(heap, last);
    sift_down(heap, last);
}

struct heap_node *heap_first(const struct heap *heap)
{
    return heap->count == 0 ? NULL : heap->nodes[0];
}
