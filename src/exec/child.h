/* exec/child.h - from fork(2) to execve(2): what a command may and has.
 * Threads  the one thread of a process of this room.
 */
#ifndef EXEC_CHILD_H
#define EXEC_CHILD_H

#include "exec/exec.h"

/* What a child that could not start says on its report descriptor. */
struct child_report {
    uint32_t end; /* enum exec_end */
    int32_t error;
};

/* The descriptors of a child; `input` is -1 where there is nothing to read. */
struct child_pipes {
    int input;
    int output;
    int report; /* closed by a successful execve(2) */
};

/* May this command run as root? Then EXEC_EXITED; EXEC_ROOT, EXEC_WRITABLE. Anybody else
 * may run anything that is theirs to run. */
enum exec_end child_judge(const struct exec_settings *settings,
                          const struct exec_request *request);

/* Become the command. Never returns; `threads` of its user run already. */
_Noreturn void child_become(const struct exec_settings *settings,
                            const struct exec_request *request,
                            const struct child_pipes *pipes, uint32_t threads);

#endif
