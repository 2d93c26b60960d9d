/* registry/group.h - registrations and removals that are saved in one commit, or none is.
 *
 * After registry_group_begin(), registry_register() and registry_deregister() judge as
 * ever, each by those before it, and send nothing. The group ends in the same turn, by
 * submit or abort; nothing else is asked of the registry until then.
 * Threads  control.
 */
#ifndef REGISTRY_GROUP_H
#define REGISTRY_GROUP_H

#include "registry/change.h"
#include "registry/registry.h"

void registry_group_begin(struct registry *registry);
/* To the store, and with them, in the same commit, a change of another room: `also` is
 * taken over, NULL: none. All of them become true in one turn, or are refused. */
void registry_group_submit(struct registry *registry, struct change *also);
/* Nothing happened: `done` comes for each that was begun, from inside, with this status
 * and reason. */
void registry_group_abort(struct registry *registry, enum rollcall_status status,
                          const struct reason *why);

#endif
