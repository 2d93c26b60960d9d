/* exec/exec.h - commands, run by small processes of their own; never by the daemon.
 *
 * exec_helper_start() forks the helper before there are threads and sockets. It talks to
 * the daemon over a socket pair, one frame a message (exec/frame.h), and runs each
 * command in a process group of its own: no shell, clean environment, "/" as its folder,
 * bounded in processes, memory, time and output. When the command ends, or its time is
 * over, everything that it started is killed, also what left its group. The helper dies
 * with the daemon; when it dies alone it is made anew, and what ran is EXEC_LOST.
 * The helper itself refuses root, whoever asks, but for the commands named at its start.
 * Times    milliseconds.
 * Threads  control; exec_helper_start() before any other thread.
 */
#ifndef EXEC_EXEC_H
#define EXEC_EXEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "base/reason.h"
#include "exec/frame.h"
#include "rollcall/status.h"

struct exec_helper;
struct exec_bridge;
struct exec_job;

struct exec_settings {
    uint32_t max_running;      /* commands at once, 1 to EXEC_RUNNING_MAX */
    uint32_t processes;        /* that one command may have beside what its user runs */
    uint64_t memory;           /* octets of data (RLIMIT_DATA), each process */
    uint64_t grace_ms;         /* from SIGTERM to SIGKILL, when its time is over */
    uint64_t kill_patience_ms; /* what lives on so long is left; 0: 10 s */
    char *const
        *root_commands; /* borrowed for the call: the paths that may run as root */
    uint32_t root_command_count;
};

/* Fork the helper. Call it once, before threads are made and sockets opened. */
enum rollcall_status exec_helper_start(const struct exec_settings *settings,
                                       struct exec_helper **out, struct reason *why);
/* It ends, with everything that it runs. The bridge must be closed. NULL is allowed. */
void exec_helper_stop(struct exec_helper *helper);

/* The helper's other end, on the loop. `helper` must outlive the bridge. */
enum rollcall_status exec_bridge_open(uv_loop_t *loop, struct exec_helper *helper,
                                      struct exec_bridge **out);
/* Ends all jobs without telling. NULL is allowed. */
void exec_bridge_close(struct exec_bridge *bridge);

/* Can a command run as `uid` here? Only root may become others. E_UNAUTHORIZED. */
enum rollcall_status exec_may_run_as(uid_t uid, struct reason *why);

/* Run it. `on_done` comes once, in a later turn of the loop; the job is freed before.
 * Copied: everything in `request`. E_LIMIT: too many run, or the helper is behind; try
 * later. E_INVALID: longer than a frame. E_UNAVAILABLE: there is no helper any more. */
enum rollcall_status exec_start(struct exec_bridge *bridge,
                                const struct exec_request *request,
                                void (*on_done)(void *owner,
                                                const struct exec_result *result),
                                void *owner, struct exec_job **out, struct reason *why);
/* Kill it (SIGTERM, then SIGKILL). `on_done` is not called; the job is gone. */
void exec_cancel(struct exec_job *job);

/* Is this errno one that goes away when there is less to do, and no fault of a command?
 */
bool exec_is_shortage(int error);

/* "exited with 3", "was killed by signal 9 (SIGKILL)", "was not found: /x/y"; one line
 * for people. */
void exec_print(const struct exec_result *result, char *out, size_t size);

#endif
