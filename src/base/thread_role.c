#include "base/thread_role.h"

static _Thread_local enum thread_role current = ROLE_NONE;

void thread_role_set(enum thread_role role)
{
    current = role;
}

enum thread_role thread_role_get(void)
{
    return current;
}
