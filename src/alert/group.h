/* alert/group.h - collects what one receiver is to hear soon, each thing once.
 *
 * What is told again about the same thing replaces what waits about it, so ten thousand
 * transitions are one message, and a thing that came and went is one line of it.
 * Times    monotonic milliseconds.
 * Threads  control; a plain engine.
 */
#ifndef ALERT_GROUP_H
#define ALERT_GROUP_H

#include <stdbool.h>

#include "alert/fact.h"
#include "base/table.h"

struct group {
    struct table places; /* key of the fact -> its place in `facts`, plus one */
    struct fact **facts; /* owned array, a reference each */
    uint32_t count, capacity;
    int64_t due; /* when it is sent; INT64_MAX while it is empty */
};

enum group_added { GROUP_NEW, GROUP_SAME, GROUP_NO_MEMORY };

void group_init(struct group *group);
void group_deinit(struct group *group);
/* Keeps a reference. The first one sets the time: `now` + `wait`. */
enum group_added group_add(struct group *group, struct fact *fact, int64_t now,
                           int64_t wait);
/* All of it: an owned array with a reference each, NULL where it is empty. */
struct fact **group_take(struct group *group, uint32_t *count);

#endif
