#include "answer/index.h"

#include <assert.h>
#include <stdlib.h>

#include "answer/join.h"
#include "answer/zone.h"

enum { TABLE_START = 64 };

static struct answer_table *table_create(size_t slots)
{
    struct answer_table *table = calloc(1, sizeof *table + slots * sizeof table->slot[0]);

    if (table != NULL)
        table->mask = (uint32_t)(slots - 1);
    return table;
}

enum rollcall_status answer_index_init(struct answer_index *index, uint64_t seed)
{
    memset(index, 0, sizeof *index);
    index->seed = seed;
    index->turns = calloc(ANSWER_TURNS, sizeof index->turns[0]);
    index->building = table_create(TABLE_START);
    index->tombstone = calloc(1, sizeof *index->tombstone);
    if (index->turns != NULL && index->building != NULL && index->tombstone != NULL)
        return ROLLCALL_OK;
    answer_index_deinit(index);
    return ROLLCALL_E_NOMEM;
}

static void name_free(struct answer_name *name)
{
    join_free(answer_name_content(name));
    instance_unref(answer_content_instance(answer_name_content(name)));
    free(name);
}

void answer_index_deinit(struct answer_index *index)
{
    struct answer_table *table = index->building;

    nodes_deinit(&index->nodes);
    for (size_t at = 0; table != NULL && at <= table->mask; at++) {
        struct answer_name *name =
            atomic_load_explicit(&table->slot[at], memory_order_relaxed);
        if (name != NULL && name != index->tombstone)
            name_free(name);
    }
    free(table);
    free(index->tombstone);
    free((void *)index->turns);
    free(index->zones);
    free(index->numbered);
    memset(index, 0, sizeof *index);
}

void answer_index_visit(const struct answer_index *index, const struct answer_zone *zone)
{
    const struct answer_table *table = index->building;

    for (size_t at = 0; at <= table->mask; at++) {
        const struct answer_name *name =
            atomic_load_explicit(&table->slot[at], memory_order_relaxed);
        if (name != NULL && name != index->tombstone && name->zone == zone->number)
            answer_index_touch(index, name);
    }
}

void answer_index_publish(struct answer_index *index)
{
    atomic_store_explicit(&index->table, index->building, memory_order_release);
}

/* The wire form with zeros behind it, as find wants it. */
static void pad(const uint8_t *wire, size_t length, uint8_t out[DNS_NAME_PADDED])
{
    memcpy(out, wire, length);
    memset(out + length, 0, answer_padded(length) - length);
}

static struct answer_name *find(const struct answer_index *index, const uint8_t *wire,
                                size_t length)
{
    uint8_t padded[DNS_NAME_PADDED];

    pad(wire, length, padded);
    return answer_table_find(index->building, padded, length,
                             answer_index_hash(index, padded, length));
}

struct answer_name *answer_index_find(const struct answer_index *index,
                                      const struct dns_name *name)
{
    return find(index, name->wire, name->length);
}

struct answer_zone *answer_index_zone(const struct answer_index *index,
                                      const uint8_t *name, size_t length)
{
    for (size_t i = 0; i < index->zone_count; i++) {
        struct answer_zone *zone = index->zones[i];
        if (dns_name_below(name, length, zone->apex.wire, zone->apex.length) >= 0)
            return zone;
    }
    return NULL;
}

static void table_reclaim(struct rcu_head *head)
{
    answer_reclaimed();
    free(caa_container_of(head, struct answer_table, retired));
}

static void place(struct answer_table *table, struct answer_name *name)
{
    uint32_t at = name->hash & table->mask;

    while (atomic_load_explicit(&table->slot[at], memory_order_relaxed) != NULL)
        at = (at + 1) & table->mask;
    atomic_store_explicit(&table->slot[at], name, memory_order_release);
    table->used++;
}

/* Probing stays short while five slots in eight are taken at most. */
static bool make_room(struct answer_index *index)
{
    struct answer_table *old = index->building;
    size_t slots = TABLE_START;

    if ((size_t)old->used * 8 < ((size_t)old->mask + 1) * 5)
        return true;
    while (slots < (index->names + 1) * 2)
        slots *= 2;
    struct answer_table *table = table_create(slots);
    if (table == NULL)
        return old->used < old->mask; /* slower, not wrong */
    for (size_t at = 0; at <= old->mask; at++) {
        struct answer_name *name =
            atomic_load_explicit(&old->slot[at], memory_order_relaxed);
        if (name != NULL && name != index->tombstone)
            place(table, name);
    }
    index->building = table;
    if (atomic_load_explicit(&index->table, memory_order_relaxed) != NULL)
        answer_index_publish(index);
    answer_retire(&old->retired, table_reclaim);
    return true;
}

static struct answer_name *insert(struct answer_index *index, const uint8_t *wire,
                                  size_t length, const struct answer_zone *zone)
{
    struct answer_name *name;

    if (!make_room(index))
        return NULL;
    name = calloc(1, offsetof(struct answer_name, wire) + answer_padded(length));
    if (name == NULL)
        return NULL;
    memcpy(name->wire, wire, length);
    name->length = (uint8_t)length;
    name->zone = zone->number;
    name->hash = (uint32_t)answer_index_hash(index, name->wire, length);
    place(index->building, name);
    index->names++;
    answer_index_touch(index, name);
    return name;
}

static struct answer_name *parent_of(const struct answer_index *index,
                                     const struct answer_name *name)
{
    size_t label = (size_t)name->wire[0] + 1;

    return find(index, name->wire + label, name->length - label);
}

struct answer_name *answer_index_add(struct answer_index *index,
                                     const struct dns_name *name,
                                     const struct answer_zone *zone)
{
    const uint8_t *wire = name->wire;
    size_t length = name->length;
    struct answer_name *first = NULL, *below = NULL, *at;

    for (;;) {
        at = find(index, wire, length);
        bool found = at != NULL;
        if (!found)
            at = insert(index, wire, length, zone);
        if (at == NULL)
            break;
        if (first == NULL)
            first = at;
        if (below != NULL && at->below++ == 0)
            answer_index_touch(index, at);
        if (found || length <= zone->apex.length)
            return first;
        below = at;
        length -= (size_t)wire[0] + 1;
        wire += (size_t)wire[0] + 1;
    }
    answer_index_release(index, first);
    return NULL;
}

static void name_reclaim(struct rcu_head *head)
{
    answer_reclaimed();
    name_free(caa_container_of(head, struct answer_name, retired));
}

/* A slot before an empty one can be emptied itself; otherwise searches must pass it. */
static void take_out(struct answer_index *index, struct answer_name *name)
{
    struct answer_table *table = index->building;
    uint32_t at = name->hash & table->mask;

    answer_index_touch(index, name);
    while (atomic_load_explicit(&table->slot[at], memory_order_relaxed) != name)
        at = (at + 1) & table->mask;
    uint32_t next = (at + 1) & table->mask;
    bool last = atomic_load_explicit(&table->slot[next], memory_order_relaxed) == NULL;
    atomic_store_explicit(&table->slot[at], last ? NULL : index->tombstone,
                          memory_order_release);
    table->used -= last;
    index->names--;
    answer_retire(&name->retired, name_reclaim);
}

static struct answer_name *drop(struct answer_index *index, struct answer_name *name)
{
    struct answer_name *parent = name->length > answer_name_zone(index, name)->apex.length
                                     ? parent_of(index, name)
                                     : NULL;

    take_out(index, name);
    if (parent != NULL && --parent->below == 0)
        answer_index_touch(index, parent);
    return parent;
}

void answer_index_withdraw(struct answer_index *index, struct answer_name *name)
{
    assert(name->below == 0 && name->owner == 0);
    answer_index_release(index, drop(index, name));
}

void answer_index_release(struct answer_index *index, struct answer_name *name)
{
    while (name != NULL && name->below == 0 && name->owner == 0 &&
           answer_name_content(name) == 0)
        name = drop(index, name);
}
