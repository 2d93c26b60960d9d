#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: become the command, or write why not and end. */
static void become(char *const *argv, const sigset_t *mask, int report)
{
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    execvp(argv[0], argv);
    int error = errno;
    while (write(report, &error, sizeof error) < 0 && errno == EINTR)
        ;
    _exit(127);
}

/* The pipe closes when exec succeeds and brings errno when it does not. */
static int read_error(int fd)
{
    int error = 0;
    ssize_t got;

    while ((got = read(fd, &error, sizeof error)) < 0 && errno == EINTR)
        ;
    return got == (ssize_t)sizeof error ? error : 0;
}

int child_start(char *const *argv, const sigset_t *mask, pid_t *child, struct reason *why)
{
    int report[2];

    if (pipe2(report, O_CLOEXEC) != 0) {
        reason_set(why, "cannot start %s: %s", argv[0], strerror(errno));
        return 126;
    }
    pid_t pid = fork();
    if (pid == 0)
        become(argv, mask, report[1]);
    int error = pid < 0 ? errno : 0;
    close(report[1]);
    if (pid > 0)
        error = read_error(report[0]);
    close(report[0]);
    if (error == 0) {
        *child = pid;
        return 0;
    }
    if (pid > 0)
        waitpid(pid, NULL, 0);
    reason_set(why, "cannot start %s: %s", argv[0], strerror(error));
    return error == ENOENT ? 127 : 126;
}

int child_ended(pid_t child)
{
    int status;

    if (waitpid(child, &status, WNOHANG) != child)
        return -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
