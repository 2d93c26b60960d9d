/* exec/forbid.h - from now on this process executes nothing.
 *
 * A filter of system calls (seccomp(2)) that answers execve(2) and execveat(2) with
 * EPERM, for every thread that comes and for good. What was forked before is free.
 * Threads  before any other thread.
 */
#ifndef EXEC_FORBID_H
#define EXEC_FORBID_H

#include <stdbool.h>

/* False: this kernel or this processor has no such filter; nothing has changed. */
bool exec_forbid(void);

#endif
