#include "answer/policies.h"

#include "config/config.h"

const struct policy *const policies[POLICY_COUNT] = {
    [CONFIG_ORDER_ROTATE] = &policy_rotate, /* each one first in turn */
    [CONFIG_ORDER_FIXED] = &policy_fixed,   /* always sorted by id */
};
