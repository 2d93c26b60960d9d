/* consul/ordered.h - values by their key, in the bytewise order of the keys.
 *
 * A skip list: a key is found in O(log n), and all that begin with a prefix stand side by
 * side. Keys are any octets; they are borrowed and must live as long as their value is
 * listed.
 * Threads  one owner.
 */
#ifndef CONSUL_ORDERED_H
#define CONSUL_ORDERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/random.h"
#include "rollcall/status.h"

enum { ORDERED_LEVELS = 16 }; /* a quarter on each: enough for 4^16 keys */

struct ordered_node {
    const char *key; /* borrowed */
    void *value;     /* borrowed */
    uint32_t length;
    uint32_t levels;
    struct ordered_node *next[]; /* `levels` of them */
};

struct ordered {
    struct ordered_node *first[ORDERED_LEVELS];
    size_t count;
    struct random_state random;
};

void ordered_init(struct ordered *ordered);
/* Frees the nodes, not what is listed. */
void ordered_deinit(struct ordered *ordered);

void *ordered_get(const struct ordered *ordered, const char *key, size_t length);
/* The key must not be listed. E_NOMEM changes nothing. */
enum rollcall_status ordered_put(struct ordered *ordered, const char *key, size_t length,
                                 void *value);
/* Harmless when it is not listed. */
void ordered_remove(struct ordered *ordered, const char *key, size_t length);

/* The first whose key is not less; the next is node->next[0]. NULL: none. */
struct ordered_node *ordered_from(const struct ordered *ordered, const char *key,
                                  size_t length);
/* Does its key begin with that? */
bool ordered_begins(const struct ordered_node *node, const char *prefix, size_t length);

#endif
