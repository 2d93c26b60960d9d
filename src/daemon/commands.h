/* daemon/commands.h - the helper that runs commands: started where the configuration has
 * commands of checks or of alerts, else it is not there at all.
 * Threads  control; commands_start() before any other thread.
 */
#ifndef DAEMON_COMMANDS_H
#define DAEMON_COMMANDS_H

#include <uv.h>

#include "base/reason.h"
#include "config/config.h"
#include "exec/exec.h"
#include "rollcall/status.h"

/* Embedded in the daemon; zeroed: nothing runs commands. */
struct commands {
    struct exec_helper *helper; /* owned */
    struct exec_bridge *bridge; /* owned */
};

/* Before sockets, threads and the database: the helper has none of them. Where there
 * is a helper, the daemon itself can execute nothing any more (exec/forbid.h). */
enum rollcall_status commands_start(const struct config *config, struct commands *out,
                                    struct reason *why);
enum rollcall_status commands_open(uv_loop_t *loop, struct commands *commands,
                                   struct reason *why);
/* After whoever starts commands; the loop must run once more. */
void commands_close(struct commands *commands);
/* After the loop. */
void commands_stop(struct commands *commands);

#endif
