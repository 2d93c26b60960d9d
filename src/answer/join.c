#include "answer/join.h"

#include <stdlib.h>

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

    if (join != NULL)
        join->capacity = capacity;
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

    atomic_store_explicit(&name->content, (answer_content)join | 2, memory_order_release);
    if (before != NULL)
        answer_retire(&before->retired, join_reclaim);
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
                     const struct answer_set *set)
{
    if (count_of(join) < join->capacity) {
        append(join, set);
        return true;
    }
    struct answer_join *larger = join_create(join->capacity * 2);
    if (larger == NULL)
        return false;
    for (uint32_t i = 0; i < count_of(join); i++)
        append(larger, answer_join_part(join, i));
    append(larger, set);
    publish(name, larger);
    return true;
}

bool join_put(struct answer_name *name, const struct answer_set *set,
              const struct answer_block *before, uint32_t *part)
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
            return add_part(name, join, set);
        atomic_store_explicit(&join->part[at], set, memory_order_release);
        return true;
    }
    join = join_create(PARTS_START);
    if (join == NULL)
        return false;
    append(join, answer_content_set(content));
    append(join, set);
    publish(name, join);
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
