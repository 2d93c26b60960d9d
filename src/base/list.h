/* base/list.h - intrusive doubly linked ring: a node inside the thing that is listed.
 * Threads: none of its own; whoever owns the list owns every node in it.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next;
    struct list *prev;
};

#define list_entry(node, type, member)                                                   \
    ((type *)(void *)((char *)(node)-offsetof(type, member)))

static inline void list_init(struct list *node)
{
    node->next = node;
    node->prev = node;
}

static inline bool list_empty(const struct list *head)
{
    return head->next == head;
}

/* Add at the end of the ring that `head` opens. */
static inline void list_append(struct list *head, struct list *node)
{
    node->prev = head->prev;
    node->next = head;
    head->prev->next = node;
    head->prev = node;
}

/* Take out; the node is then a ring of its own, so removing twice is harmless. */
static inline void list_remove(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

#define list_for_each(at, head)                                                          \
    for (struct list *at = (head)->next; at != (head); at = at->next)

/* The current node may be removed inside the loop. */
#define list_for_each_safe(at, keep, head)                                               \
    for (struct list *at = (head)->next, *keep = at->next; at != (head);                 \
         at = keep, keep = at->next)

#endif
