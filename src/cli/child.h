/* cli/child.h - a command that runs below us.
 * Threads  one.
 */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include <signal.h>
#include <sys/types.h>

#include "base/reason.h"

/* Start argv[0] (found by PATH) with the signal mask `mask`. Returns 0, or the exit code
 * that shells use: 127 there is no such command, 126 it cannot be run. */
int child_start(char *const *argv, const sigset_t *mask, pid_t *child,
                struct reason *why);

/* Has it ended? -1: no; else its exit code, 128 and the number for a signal. */
int child_ended(pid_t child);

#endif
