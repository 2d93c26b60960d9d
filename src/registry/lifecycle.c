/* The life of one instance:
 *
 *             committed              first check passed
 *  ANNOUNCED ----------> STARTING ----------------------> SERVING <---+
 *      |                     |                               |        |
 *      | refused             | first check failed       down |        | up
 *      |                     |                               v        |
 *      |                     +---------------------------> FAILING ---+
 *      v
 *    GONE <---- deregistered or lease over: STARTING, SERVING, FAILING
 */
#include "registry/lifecycle.h"

#include <assert.h>
#include <stdint.h>

#include "base/log.h"

#define TO(state) (1u << (state))
static const struct {
    const char *name;
    bool in_dns;  /* may its address be handed out? */
    uint8_t next; /* set of TO(state) */
} lifecycle_states[LIFECYCLE_COUNT] = {
    [ANNOUNCED] = { "announced", false, TO(STARTING) | TO(GONE) },
    [STARTING] = { "starting", false, TO(SERVING) | TO(FAILING) | TO(GONE) },
    [SERVING] = { "serving", true, TO(FAILING) | TO(GONE) },
    [FAILING] = { "failing", false, TO(SERVING) | TO(GONE) },
    [GONE] = { "gone", false, 0 },
};
#undef TO

const char *lifecycle_name(enum lifecycle state)
{
    assert((unsigned)state < LIFECYCLE_COUNT);
    return lifecycle_states[state].name;
}

bool lifecycle_in_dns(enum lifecycle state)
{
    assert((unsigned)state < LIFECYCLE_COUNT);
    return lifecycle_states[state].in_dns;
}

bool lifecycle_may_follow(enum lifecycle from, enum lifecycle to)
{
    assert((unsigned)from < LIFECYCLE_COUNT && (unsigned)to < LIFECYCLE_COUNT);
    return (lifecycle_states[from].next >> to & 1) != 0;
}

void lifecycle_move(enum lifecycle *state, enum lifecycle to)
{
    if (*state == to)
        return;
    assert(lifecycle_may_follow(*state, to));
    log_debug("registry", "%s -> %s", lifecycle_name(*state), lifecycle_name(to));
    *state = to;
}
