/* exec/warden.h - one command from its start to the end of the last thing it started.
 *
 * A warden is a process of its own between the helper and the command. As the subreaper
 * (prctl(2)) of all that the command starts, it is the parent of whoever tries to stay.
 * Threads  the one thread of its process.
 */
#ifndef EXEC_WARDEN_H
#define EXEC_WARDEN_H

#include "exec/exec.h"

/* What a warden exits with. */
enum warden_exit {
    WARDEN_DONE = 0,
    WARDEN_LEFT_SOME = 3 /* it has told how its command ended, and leaves what lives on */
};

/* The life of a warden, right after it was forked. One DONE goes to `channel`, unless
 * SIGTERM comes before; then the command ends without a word. Exits as warden_exit says.
 */
_Noreturn void warden_run(const struct exec_settings *settings, int channel, uint32_t job,
                          const struct exec_request *request);

/* Send a DONE of `job`; also for the helper, for what never began. */
void warden_tell(int channel, uint32_t job, const struct exec_result *result);

#endif
