#include "base/counters.h"

static uint64_t sum_at(const struct counter_group *group, size_t offset)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < group->block_count; i++) {
        const char *block = group->blocks[i];
        sum += counter_read((const counter *)(const void *)(block + offset));
    }
    return sum;
}

uint64_t counter_sum(const struct counter_group *group, const struct counter_row *row)
{
    return sum_at(group, row->offset);
}

uint64_t counter_table_sum(const struct counter_group *group,
                           const struct counter_table *table, unsigned first,
                           unsigned second)
{
    size_t place = (size_t)first * table->counts[1] + second;

    return sum_at(group, table->offset + place * sizeof(counter));
}
