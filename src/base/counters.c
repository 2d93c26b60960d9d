#include "base/counters.h"

uint64_t counter_sum(const struct counter_group *group, const struct counter_row *row)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < group->block_count; i++) {
        const char *block = group->blocks[i];
        sum += counter_read((const counter *)(const void *)(block + row->offset));
    }
    return sum;
}
