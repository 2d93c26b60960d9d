/* answer/join.h - one owner name to which several services contribute sets.
 *
 * `_http._tcp.Z` lists instances of every service with such a port, and is a name of the
 * service "http" too. While only one contributes, the name refers to its set directly.
 * Shared   parts are read under RCU; one is replaced in place, a list only grows in
 * place. Threads  control, online; answer_join_part() any reader.
 */
#ifndef ANSWER_JOIN_H
#define ANSWER_JOIN_H

#include "answer/block.h"
#include "answer/index.h"
#include "base/list.h"

struct answer_join {
    struct rcu_head retired;
    struct list unordered;    /* control only */
    struct answer_name *name; /* borrowed; control only */
    uint32_t capacity;        /* control only */
    _Atomic uint32_t count;   /* parts that are there */
    _Atomic(const struct answer_set *) part[];
};

static inline const struct answer_join *answer_content_join(answer_content content)
{
    return (content & 2) != 0 ? (const struct answer_join *)(content - 2) : NULL;
}

static inline const struct answer_set *answer_join_part(const struct answer_join *join,
                                                        uint32_t index)
{
    return atomic_load_explicit(&join->part[index], memory_order_acquire);
}

/* Publish `set` at `name`, in the place of what lies in `before` (the block that the same
 * contributor had there, NULL: none). `*part` is where it was found last time and becomes
 * where it is now, so that nothing is searched for among ten thousand services.
 * `unordered`: the list for join_order(); NULL: the order does not matter. False: no
 * memory, nothing was changed. */
bool join_put(struct answer_name *name, const struct answer_set *set,
              const struct answer_block *before, uint32_t *part, struct list *unordered);
/* Sort the parts of all joins in the list by what their first PTR records point to,
 * service by service; once for however many came. What there is no memory for stays in
 * the list. */
void join_order(struct list *unordered);
/* Take out what lies in `before`. No memory is needed. */
void join_take(struct answer_name *name, const struct answer_block *before,
               uint32_t part);
/* What of `before` is there; NULL: nothing. */
const struct answer_set *join_find(const struct answer_name *name,
                                   const struct answer_block *before, uint32_t part);

void join_free(
    answer_content content); /* at the end; anything but a join is left alone */

#endif
