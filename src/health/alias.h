/* health/alias.h - checks that follow other instances hear of them.
 * Threads  control.
 */
#ifndef HEALTH_ALIAS_H
#define HEALTH_ALIAS_H

#include "registry/events.h"

struct health;

/* Something happened to an instance: the checks that follow it run in the next turn. */
void alias_hear(struct health *health, const struct event *event);

#endif
