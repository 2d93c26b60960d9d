/* base/table.h - hash table from a byte string to a pointer, for one thread.
 *
 * Open addressing with tombstones; the key is not copied: it must live in the value
 * (or longer). The hash is seeded per table, so a registrant cannot aim at it.
 * Threads  one owner.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "rollcall/status.h"

struct table_slot;

struct table {
    struct table_slot *slots; /* owned */
    size_t capacity;          /* power of two, 0 before the first insert */
    size_t count;
    size_t used; /* count and tombstones */
    uint64_t seed;
};

void table_init(struct table *table);
void table_deinit(struct table *table);

/* Insert or replace. `key` is borrowed until it is removed or replaced. */
enum rollcall_status table_set(struct table *table, const void *key, size_t length,
                               void *value);
void *table_get(const struct table *table, const void *key, size_t length);
/* The value that was removed, NULL when there was none. */
void *table_remove(struct table *table, const void *key, size_t length);

/* Walk: start with *at = 0; NULL at the end. Removing the returned one is allowed. */
void *table_next(const struct table *table, size_t *at);

#endif
