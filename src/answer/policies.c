#include "answer/policies.h"

#include "config/config.h"

const struct policy *const policies[POLICY_COUNT] = {
    [CONFIG_ORDER_ROTATE] = &policy_rotate,     /* each one first in turn */
    [CONFIG_ORDER_FIXED] = &policy_fixed,       /* always sorted by id */
    [CONFIG_ORDER_SHUFFLE] = &policy_shuffle,   /* in any order */
    [CONFIG_ORDER_WEIGHTED] = &policy_weighted, /* likelier first by weight */
};
