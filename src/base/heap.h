/* base/heap.h - intrusive binary heap of due times.
 *
 * The thing that waits embeds a struct heap_node; the heap holds pointers to nodes.
 * Times    monotonic milliseconds.
 * Threads  one owner.
 */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rollcall/status.h"

#define HEAP_NOWHERE UINT32_MAX

struct heap_node {
    int64_t due;
    uint32_t place; /* index in the heap; HEAP_NOWHERE while not in it */
};

struct heap {
    struct heap_node **nodes; /* owned array of borrowed nodes */
    size_t count;
    size_t capacity;
};

void heap_init(struct heap *heap);
void heap_deinit(struct heap *heap);

void heap_node_init(struct heap_node *node);
bool heap_node_waits(const struct heap_node *node);

/* Insert, or move when it already waits. E_NOMEM changes nothing. */
enum rollcall_status heap_set(struct heap *heap, struct heap_node *node, int64_t due);

/* Take out; harmless when it does not wait. */
void heap_remove(struct heap *heap, struct heap_node *node);

/* The earliest node, NULL when empty. */
struct heap_node *heap_first(const struct heap *heap);

#endif
