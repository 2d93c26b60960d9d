#include "base/table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/random.h"

/* 24 bytes a slot. The place and the mark both come from the kept half of the hash, so
 * growing reads no key: they lie all over the memory. */
struct table_slot {
    const void *key; /* borrowed; NULL: never used, or a tombstone */
    void *value;     /* borrowed */
    uint32_t length;
    uint32_t mark; /* half of the hash; in a slot without key 1 is a tombstone */
};

static uint32_t mark_of(const struct table *table, const void *key, size_t length)
{
    return (uint32_t)(hash_bytes(key, length, table->seed) >> 32);
}

void table_init(struct table *table)
{
    *table = (struct table){ .seed = random_seed() };
}

void table_deinit(struct table *table)
{
    free(table->slots);
    *table = (struct table){ .seed = table->seed };
}

static bool slot_free(const struct table_slot *slot)
{
    return slot->key == NULL && slot->mark == 0;
}

static bool slot_holds(const struct table_slot *slot, uint32_t mark, const void *key,
                       size_t length)
{
    return slot->key != NULL && slot->mark == mark && slot->length == length &&
           memcmp(slot->key, key, length) == 0;
}

static struct table_slot *find(const struct table *table, uint32_t mark, const void *key,
                               size_t length)
{
    if (table->capacity == 0)
        return NULL;
    for (size_t at = mark & (table->capacity - 1);;
         at = (at + 1) & (table->capacity - 1)) {
        struct table_slot *slot = &table->slots[at];
        if (slot_free(slot))
            return NULL;
        if (slot_holds(slot, mark, key, length))
            return slot;
    }
}

/* The first slot on the way that takes a new key. */
static struct table_slot *vacant(const struct table *table, uint32_t mark)
{
    size_t at = mark & (table->capacity - 1);

    while (table->slots[at].key != NULL)
        at = (at + 1) & (table->capacity - 1);
    return &table->slots[at];
}

/* Three quarters full is the limit; growing also sweeps the tombstones out. */
static enum rollcall_status make_room(struct table *table)
{
    if (table->used + 1 <= table->capacity / 4 * 3)
        return ROLLCALL_OK;
    size_t capacity = table->capacity < 16 ? 16 : table->capacity;
    if (table->count + 1 > capacity / 2)
        capacity *= 2;
    struct table grown = *table;
    grown.capacity = capacity;
    grown.used = grown.count;
    grown.slots = calloc(capacity, sizeof(struct table_slot));
    if (grown.slots == NULL)
        return ROLLCALL_E_NOMEM;
    for (size_t at = 0; at < table->capacity; at++) {
        const struct table_slot *slot = &table->slots[at];
        if (slot->key != NULL)
            *vacant(&grown, slot->mark) = *slot;
    }
    free(table->slots);
    *table = grown;
    return ROLLCALL_OK;
}

enum rollcall_status table_set(struct table *table, const void *key, size_t length,
                               void *value)
{
    if (length > UINT32_MAX)
        return ROLLCALL_E_INVALID;
    uint32_t mark = mark_of(table, key, length);
    struct table_slot *slot = find(table, mark, key, length);
    if (slot == NULL) {
        enum rollcall_status status = make_room(table);
        if (status != ROLLCALL_OK)
            return status;
        slot = vacant(table, mark);
        table->used += slot_free(slot) ? 1 : 0;
        table->count++;
    }
    *slot = (struct table_slot){ key, value, (uint32_t)length, mark };
    return ROLLCALL_OK;
}

void *table_get(const struct table *table, const void *key, size_t length)
{
    struct table_slot *slot = find(table, mark_of(table, key, length), key, length);

    return slot == NULL ? NULL : slot->value;
}

void *table_remove(struct table *table, const void *key, size_t length)
{
    struct table_slot *slot = find(table, mark_of(table, key, length), key, length);

    if (slot == NULL)
        return NULL;
    void *value = slot->value;
    *slot = (struct table_slot){ .mark = 1 };
    table->count--;
    return value;
}

void *table_next(const struct table *table, size_t *at)
{
    while (*at < table->capacity) {
        const struct table_slot *slot = &table->slots[(*at)++];
        if (slot->key != NULL)
            return slot->value;
    }
    return NULL;
}
