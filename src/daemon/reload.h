/* daemon/reload.h - the configuration is read again while the daemon runs.
 *
 * All or nothing: everything that may fail comes first, and what is taken then is taken
 * in one turn of the loop. Nothing is saved, so it may end at any moment.
 * Threads  control.
 */
#ifndef DAEMON_RELOAD_H
#define DAEMON_RELOAD_H

#include <stdbool.h>

#include "base/counters.h"
#include "config/reload.h"
#include "http/server.h"
#include "token/tokens.h"

/* Where the configuration comes from; borrowed from the arguments. */
struct config_source {
    const char *path; /* NULL: defaults only */
    const struct config_override *overrides;
    size_t override_count;
    bool verbose; /* log at level debug, whatever the file says */
};

struct reload_counts {
    counter reloads;
    counter reload_failures;
    counter reload_failed; /* the last one */
};

/* Embedded in the daemon. */
struct reload {
    struct config *running;             /* borrowed; its live keys change */
    const struct config_source *source; /* borrowed */
    struct http *http;                  /* borrowed */
    struct tokens *tokens;              /* borrowed */
    struct config_reloader door;        /* for the rooms that are asked for it */
    struct reload_counts counts;
    const void *blocks[1];
    struct counter_group group;
};

/* The door may be handed out before; what is borrowed is filled in by the caller. */
void reload_init(struct reload *reload);
/* For a signal: who asked reads the log. */
void reload_by_signal(struct reload *reload);

void reload_set_log_level(const struct config *config,
                          const struct config_source *source);
extern const struct counter_group reload_counter_group; /* without a block */

#endif
