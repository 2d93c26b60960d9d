/* consul/tombstones.h - when keys were deleted, so that who watches a prefix hears of it.
 *
 * Memory is bounded: beyond TOMBSTONES_MAX the oldest is folded into one for its folder
 * ("a/b/c" into "a/b/", then "a/", then ""), which stands for everything below. A prefix
 * then may look younger than it is, never older: a watcher is woken once for nothing.
 * They do not outlive the daemon; the number of the start stands for all before.
 * Threads  one owner.
 */
#ifndef CONSUL_TOMBSTONES_H
#define CONSUL_TOMBSTONES_H

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "consul/ordered.h"

enum { TOMBSTONES_MAX = 8192 };

struct tombstones {
    struct ordered by_key;
    struct list by_age; /* oldest first */
    uint64_t floor;     /* nothing is older for us */
    size_t max;         /* TOMBSTONES_MAX; less in tests */
};

void tombstones_init(struct tombstones *tombstones, uint64_t floor);
void tombstones_deinit(struct tombstones *tombstones);

/* The key was deleted at `index`. Without memory the floor rises instead. */
void tombstones_add(struct tombstones *tombstones, const char *key, size_t length,
                    uint64_t index);
/* The newest deletion of the key, or of whatever begins with the prefix. */
uint64_t tombstones_of_key(const struct tombstones *tombstones, const char *key,
                           size_t length);
uint64_t tombstones_of_prefix(const struct tombstones *tombstones, const char *prefix,
                              size_t length);

#endif
