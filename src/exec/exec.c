#include "exec/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "exec/helper.h"

enum {
    CHANNEL_BYTES = 1 << 20, /* as much as the kernel gives: a burst fits */
    STOP_STEPS = 300,
    STOP_STEP_NS = 10000000
};

static enum rollcall_status make_channel(int ends[2], struct reason *why)
{
    const int bytes = CHANNEL_BYTES;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        reason_set(why, "cannot make a socket for the helper: %s", strerror(errno));
        return ROLLCALL_E_IO;
    }
    for (int i = 0; i < 2; i++)
        setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
        return ROLLCALL_OK;
    reason_set(why, "cannot set up the socket of the helper: %s", strerror(errno));
    close(ends[0]);
    close(ends[1]);
    return ROLLCALL_E_IO;
}

enum rollcall_status exec_helper_start(const struct exec_settings *settings,
                                       struct exec_helper **out, struct reason *why)
{
    struct exec_helper *helper = calloc(1, sizeof *helper);
    int ends[2];

    if (helper == NULL)
        return ROLLCALL_E_NOMEM;
    enum rollcall_status status = make_channel(ends, why);
    if (status != ROLLCALL_OK) {
        free(helper);
        return status;
    }
    pid_t self = getpid();
    helper->keeper = fork();
    if (helper->keeper == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (getppid() != self)
            _exit(0);
        helper_keep(settings, ends[1]);
    }
    int error = errno;
    close(ends[1]);
    if (helper->keeper < 0) {
        reason_set(why, "cannot start the helper that runs commands: %s",
                   strerror(error));
        close(ends[0]);
        free(helper);
        return ROLLCALL_E_IO;
    }
    helper->channel = ends[0];
    helper->max_running = settings->max_running;
    *out = helper;
    return ROLLCALL_OK;
}

void exec_helper_stop(struct exec_helper *helper)
{
    const struct timespec step = { .tv_nsec = STOP_STEP_NS };

    if (helper == NULL)
        return;
    if (helper->channel >= 0)
        close(helper->channel);
    /* It sees the closed channel, ends its commands and goes. */
    for (int i = 0; i < STOP_STEPS && waitpid(helper->keeper, NULL, WNOHANG) == 0; i++) {
        nanosleep(&step, NULL);
        if (i == STOP_STEPS - 1) {
            kill(helper->keeper, SIGKILL);
            waitpid(helper->keeper, NULL, 0);
        }
    }
    free(helper);
}

enum rollcall_status exec_may_run_as(uid_t uid, struct reason *why)
{
    uid_t self = geteuid();

    if (self == 0 || uid == self)
        return ROLLCALL_OK;
    reason_set(
        why,
        "this rollcalld runs as uid %u and can run commands only as that user, not "
        "as uid %u; only one that was started by root can change users",
        (unsigned)self, (unsigned)uid);
    return ROLLCALL_E_UNAUTHORIZED;
}

bool exec_is_shortage(int error)
{
    return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE ||
           error == ENOBUFS || error == ETXTBSY;
}

static void print_error(const char *words, int error, char *out, size_t size)
{
    snprintf(out, size, "%s: %s", words, strerror(error));
}

void exec_print(const struct exec_result *result, char *out, size_t size)
{
    const char *name;

    switch (result->end) {
    case EXEC_EXITED:
        snprintf(out, size, "exited with %d", result->code);
        return;
    case EXEC_SIGNALLED:
        name = sigabbrev_np(result->code);
        snprintf(out, size, "was killed by signal %d (SIG%s)", result->code,
                 name != NULL ? name : "?");
        return;
    case EXEC_TIMED_OUT:
        snprintf(out, size, "did not end in time and was killed");
        return;
    case EXEC_NOT_FOUND:
        snprintf(out, size, "there is no such file, or not the interpreter it names");
        return;
    case EXEC_NOT_EXECUTABLE:
        print_error("it cannot be executed", result->code, out, size);
        return;
    case EXEC_ROOT:
        snprintf(out, size,
                 "it may not run as root: health.exec.root_commands does not "
                 "name it");
        return;
    case EXEC_WRITABLE:
        snprintf(out, size,
                 "it may not run as root: others than root can write to it, "
                 "or to a folder on its path");
        return;
    case EXEC_NOT_STARTED:
        print_error("it could not be started", result->code, out, size);
        return;
    case EXEC_LOST:
    case EXEC_END_COUNT:
        break;
    }
    snprintf(out, size, "the process that ran it died");
}
