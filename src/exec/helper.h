/* exec/helper.h - the processes between the daemon and its commands, from inside.
 *
 *   daemon -> keeper -> helper -> one warden a command -> the command
 *
 * The keeper only makes the helper anew when it dies; the helper reads frames and forks
 * wardens. Each dies with the one before it, by the kernel (PR_SET_PDEATHSIG).
 * Threads  the one thread of its process.
 */
#ifndef EXEC_HELPER_H
#define EXEC_HELPER_H

#include "exec/exec.h"

struct exec_helper {
    int channel; /* owned until the bridge takes it; -1 then */
    pid_t keeper;
    uint32_t max_running;
};

/* The life of the keeper, right after it was forked. */
_Noreturn void helper_keep(const struct exec_settings *settings, int channel);

#endif
