/* registry/transitions.h - what the files of this room tell the history.
 *
 * Nothing of it is ever waited for: short of memory, or with too many under way, or while
 * the store refuses, transitions are dropped and counted, and the next one says so.
 * Threads  control.
 */
#ifndef REGISTRY_TRANSITIONS_H
#define REGISTRY_TRANSITIONS_H

#include "registry/change.h"
#include "registry/registry.h"
#include "registry/transition.h"

/* To travel with a change that is asked for; NULL: no history is kept, or it is dropped.
 */
struct transition *transition_asked(struct registry *registry, const struct entry *entry,
                                    enum transition_part part, const char *cause);
/* A change with a transition is done: was it kept? */
void transition_finished(struct registry *registry, const struct change *change);
/* It was never sent, and there is nothing to keep. */
void transition_taken_back(struct registry *registry, const struct change *change);

/* A check of the entry moved, from `before` (TRANSITION_NONE: it said nothing yet). */
void transition_checked(struct registry *registry, struct entry *entry, unsigned index,
                        unsigned before, int64_t wall);
/* A part of it is different now, by the entry's own saying or that of the health room. */
void transition_moved(struct registry *registry, struct entry *entry,
                      enum transition_part part, enum rollcall_health before,
                      const char *cause, int64_t wall);
/* The states of its checks are not what its last PUT said. */
void transition_quiet(struct registry *registry, struct entry *entry);
/* The whole node went out, or came back; `quiet`: it is said again. */
void transition_node(struct registry *registry, bool quiet);
/* It is about to go, and no change takes that along. */
void transition_gone(struct registry *registry, struct entry *entry, const char *cause);

#endif
