#include "answer/prefetch.h"

#include "answer/index.h"

enum { LINE = 64 }; /* octets that memory comes in */

/* `lines` of memory from `at` on. An address that is no memory does no harm. */
static inline void bring(const void *at, unsigned lines)
{
    for (unsigned i = 0; i < lines; i++)
        __builtin_prefetch((const char *)at + (size_t)i * LINE);
}

static inline const struct answer_table *table_of(const struct answer_index *index)
{
    return atomic_load_explicit(&index->table, memory_order_acquire);
}

void answer_hint_slot(struct answer_hint *hint, const struct answer_index *index,
                      const struct dns_query *query)
{
    const struct answer_table *table = table_of(index);

    hint->at = NULL;
    hint->type = query->type;
    hint->hash = answer_index_hash(index, query->name, query->name_length);
    if (table != NULL)
        bring((const void *)&table->slot[hint->hash & table->mask], 1);
    bring((const void *)answer_index_turn(index, hint->hash, query->type), 1);
}

void answer_hint_name(struct answer_hint *hint, const struct answer_index *index)
{
    const struct answer_table *table = table_of(index);

    if (table == NULL)
        return;
    hint->at = atomic_load_explicit(&table->slot[hint->hash & table->mask],
                                    memory_order_acquire);
    if (hint->at != NULL)
        bring(hint->at, 2);
}

void answer_hint_set(struct answer_hint *hint)
{
    const struct answer_name *name = hint->at;

    hint->at = NULL;
    if (name == NULL || name->hash != (uint32_t)hint->hash)
        return; /* it stands further on, or does not exist */
    answer_content content = answer_name_content(name);
    const struct answer_set *set = answer_content_set(content);
    if (set == NULL) {
        bring(answer_content_instance(content), 2);
        return;
    }
    bring(set, 1);
    hint->at = set;
}

void answer_hint_rrset(struct answer_hint *hint)
{
    const struct answer_set *set = hint->at;

    for (unsigned i = 0; set != NULL && i < set->count; i++)
        if (set->entry[i].type == hint->type) {
            bring(answer_set_rrset(set, &set->entry[i]), 4);
            return;
        }
}
