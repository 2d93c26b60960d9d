#include "answer/policies.h"

/* Members stay sorted by id; the start moves by one with every complete answer, so of n
 * members each is first exactly once in n answers (docs/dns.md §2.3). */
static uint32_t rotate_choose(uint32_t turn, uint32_t count)
{
    return turn % count;
}

const struct policy policy_rotate = {
    .name = "rotate",
    .compile = members_sort_by_id,
    .choose = rotate_choose,
};
