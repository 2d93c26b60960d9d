/* registry/lifecycle.h - the states of an instance, drawn and tabled in lifecycle.c.
 * Threads  control.
 */
#ifndef REGISTRY_LIFECYCLE_H
#define REGISTRY_LIFECYCLE_H

#include <stdbool.h>

/* One octet: there are a hundred thousand entries. */
enum __attribute__((packed)) lifecycle {
    ANNOUNCED,
    STARTING,
    SERVING,
    FAILING,
    GONE,
    LIFECYCLE_COUNT
};

const char *lifecycle_name(enum lifecycle state);
bool lifecycle_in_dns(enum lifecycle state);
bool lifecycle_may_follow(enum lifecycle from, enum lifecycle to);
/* Asserts that the step is allowed; staying is always allowed. */
void lifecycle_move(enum lifecycle *state, enum lifecycle to);

#endif
