/* exec/kin.h - the processes of this machine, as /proc shows them: who is below us.
 *
 * A process that is a subreaper (prctl(2), PR_SET_CHILD_SUBREAPER) becomes the parent of
 * every orphan below it, so killing children until there are none kills all of them.
 * Threads  the one thread of a process of this room.
 */
#ifndef EXEC_KIN_H
#define EXEC_KIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What stat of /proc/PID says. */
struct kin {
    pid_t parent;
    uint32_t threads;
};

/* Read the text of /proc/PID/stat (proc(5)); any name of a command is allowed. */
bool kin_read_stat(const char *text, struct kin *out);

/* Threads of `uid`, all its processes together: what RLIMIT_NPROC counts. */
uint32_t kin_count_threads(uid_t uid);

/* SIGKILL for every child for which `spare` does not say true (NULL: for all). */
void kin_kill_children(bool (*spare)(void *owner, pid_t child), void *owner);

#endif
