#include "answer/join.h"

#include <stdlib.h>
#include <string.h>

#include "answer/records.h"
#include "dns/wire.h"

enum { PARTS_START = 4 };

static bool lies_in(const struct answer_set *set, const struct answer_block *block)
{
    const uint8_t *at = (const void *)set;

    return block != NULL && set != NULL && at >= block->content &&
           at < block->content + block->size;
}

static struct answer_join *join_of(const struct answer_name *name)
{
    return (struct answer_join *)(uintptr_t)answer_content_join(
        answer_name_content(name));
}

static uint32_t count_of(const struct answer_join *join)
{
    return atomic_load_explicit(&join->count, memory_order_relaxed);
}

static struct answer_join *join_create(uint32_t capacity)
{
    struct answer_join *join = calloc(1, sizeof *join + capacity * sizeof join->part[0]);

    if (join != NULL) {
        join->capacity = capacity;
        list_init(&join->unordered);
    }
    return join;
}

static void append(struct answer_join *join, const struct answer_set *set)
{
    uint32_t count = count_of(join);

    atomic_store_explicit(&join->part[count], set, memory_order_release);
    atomic_store_explicit(&join->count, count + 1, memory_order_release);
}

static void join_reclaim(struct rcu_head *head)
{
    answer_reclaimed();
    free(caa_container_of(head, struct answer_join, retired));
}

static void publish(struct answer_name *name, struct answer_join *join)
{
    struct answer_join *before = join_of(name);

    join->name = name;
    atomic_store_explicit(&name->content, (answer_content)join | 2, memory_order_release);
    if (before == NULL)
        return;
    if (!list_empty(&before->unordered))
        list_append(&before->unordered, &join->unordered);
    list_remove(&before->unordered);
    answer_retire(&before->retired, join_reclaim);
}

/* The label of the first instance that is listed; NULL: it is no list. */
static const uint8_t *first_label(const struct answer_set *set)
{
    for (unsigned i = 0; set != NULL && i < set->count; i++)
        if (set->entry[i].type == DNS_TYPE_PTR)
            return answer_rrset_wire(answer_set_rrset(set, &set->entry[i])) +
                   ANSWER_RR_HEADER;
    return NULL;
}

/* "web web-1" before "web2 a": as text, what lists nothing first. */
static int compare(const struct answer_set *a, const struct answer_set *b)
{
    const uint8_t *x = first_label(a), *y = first_label(b);

    if (x == NULL || y == NULL)
        return (x != NULL) - (y != NULL);
    int order = memcmp(x + 1, y + 1, x[0] < y[0] ? x[0] : y[0]);
    return order != 0 ? order : x[0] - y[0];
}

static int by_label(const void *a, const void *b)
{
    const struct answer_set *const *x = a, *const *y = b;

    return compare(*x, *y);
}

/* Part number `at` is new. */
static void note_order(struct answer_join *join, uint32_t at, struct list *unordered)
{
    const struct answer_set *set = answer_join_part(join, at);

    if (unordered == NULL || !list_empty(&join->unordered))
        return;
    if ((at > 0 && compare(answer_join_part(join, at - 1), set) > 0) ||
        (at + 1 < count_of(join) && compare(set, answer_join_part(join, at + 1)) > 0))
        list_append(unordered, &join->unordered);
}

/* False: no memory. */
static bool put_in_order(struct answer_join *join)
{
    uint32_t count = count_of(join);
    const struct answer_set **parts = calloc(count, sizeof(*parts));
    struct answer_join *ordered = join_create(join->capacity);

    if (parts == NULL || ordered == NULL) {
        free(parts);
        free(ordered);
        return false;
    }
    for (uint32_t i = 0; i < count; i++)
        parts[i] = answer_join_part(join, i);
    qsort(parts, count, sizeof(*parts), by_label);
    for (uint32_t i = 0; i < count; i++)
        append(ordered, parts[i]);
    free(parts);
    list_remove(&join->unordered);
    publish(join->name, ordered);
    return true;
}

void join_order(struct list *unordered)
{
    list_for_each_safe (at, next, unordered)
        if (!put_in_order(list_entry(at, struct answer_join, unordered)))
            return;
}

/* Where in the join something of `block` is, probably at `part`; its count: nowhere. */
static uint32_t find(const struct answer_join *join, const struct answer_block *block,
                     uint32_t part)
{
    uint32_t at = 0;

    if (block == NULL)
        return count_of(join);
    if (part < count_of(join) && lies_in(answer_join_part(join, part), block))
        return part;
    while (at < count_of(join) && !lies_in(answer_join_part(join, at), block))
        at++;
    return at;
}

static bool add_part(struct answer_name *name, struct answer_join *join,
                     const struct answer_set *set, struct list *unordered)
{
    if (count_of(join) < join->capacity) {
        append(join, set);
        note_order(join, count_of(join) - 1, unordered);
        return true;
    }
    struct answer_join *larger = join_create(join->capacity * 2);
    if (larger == NULL)
        return false;
    for (uint32_t i = 0; i < count_of(join); i++)
        append(larger, answer_join_part(join, i));
    append(larger, set);
    publish(name, larger);
    note_order(larger, count_of(larger) - 1, unordered);
    return true;
}

bool join_put(struct answer_name *name, const struct answer_set *set,
              const struct answer_block *before, uint32_t *part, struct list *unordered)
{
    answer_content content = answer_name_content(name);
    struct answer_join *join = join_of(name);

    if (join == NULL && (content == 0 || lies_in(answer_content_set(content), before))) {
        atomic_store_explicit(&name->content, (answer_content)set, memory_order_release);
        return true;
    }
    if (join != NULL) {
        uint32_t at = find(join, before, *part);
        *part = at;
        if (at == count_of(join))
            return add_part(name, join, set, unordered);
        atomic_store_explicit(&join->part[at], set, memory_order_release);
        note_order(join, at, unordered);
        return true;
    }
    join = join_create(PARTS_START);
    if (join == NULL)
        return false;
    append(join, answer_content_set(content));
    append(join, set);
    publish(name, join);
    note_order(join, 1, unordered);
    *part = 1;
    return true;
}

/* Without memory for a shorter list the last part takes the place: for an instant a
 * reader may see it twice. */
static void shorten(struct answer_name *name, struct answer_join *join, uint32_t gone)
{
    uint32_t last = count_of(join) - 1;
    struct answer_join *shorter = join_create(join->capacity);

    if (shorter == NULL) {
        atomic_store_explicit(&join->part[gone], answer_join_part(join, last),
                              memory_order_release);
        atomic_store_explicit(&join->count, last, memory_order_release);
        return;
    }
    for (uint32_t i = 0; i <= last; i++)
        if (i != gone)
            append(shorter, answer_join_part(join, i));
    publish(name, shorter);
}

void join_take(struct answer_name *name, const struct answer_block *before, uint32_t part)
{
    answer_content content = answer_name_content(name);
    struct answer_join *join = join_of(name);

    if (join == NULL) {
        if (lies_in(answer_content_set(content), before))
            atomic_store_explicit(&name->content, 0, memory_order_release);
        return;
    }
    uint32_t at = find(join, before, part);
    if (at == count_of(join))
        return;
    if (count_of(join) > 2) {
        shorten(name, join, at);
        return;
    }
    answer_content other = (answer_content)answer_join_part(join, at == 0);
    atomic_store_explicit(&name->content, other, memory_order_release);
    list_remove(&join->unordered);
    answer_retire(&join->retired, join_reclaim);
}

const struct answer_set *join_find(const struct answer_name *name,
                                   const struct answer_block *before, uint32_t part)
{
    const struct answer_join *join = join_of(name);

    if (join == NULL) {
        const struct answer_set *set = answer_content_set(answer_name_content(name));
        return lies_in(set, before) ? set : NULL;
    }
    uint32_t at = find(join, before, part);
    return at < count_of(join) ? answer_join_part(join, at) : NULL;
}

void join_free(answer_content content)
{
    free((void *)(uintptr_t)answer_content_join(content));
}
