#include "exec/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NICE = 10,         /* a check never takes the processor from what it checks */
    FILES = 256,       /* descriptors of one process */
    REPORT_FD = 3,     /* of the child; all above is closed */
    NOBODY = 65534,    /* the group of a user without an entry in passwd */
    LINKS_MAX = 40,    /* symbolic links on the way, as path_resolution(7) */
    SIGNALS = 64,      /* the highest number */
    CPU_SPARE_S = 2,   /* beside its time-out: the processor time of the command */
    EXIT_NOT_RUN = 127 /* as shells say it; the report says more */
};

#define FILE_SIZE (UINT64_C(64) << 20) /* of one file that it writes */

/* For setresuid(2) that means "as it is": it would leave the command what we are. */
#define NO_USER ((uid_t)-1)

static bool only_root_writes(const char *path, int *links);

/* What the link at `at` says, from the folder that it is in. realpath(3) would hide the
 * folders of the links between, and who writes there decides where they lead. */
static bool judge_link(const char *at, int *links)
{
    char said[PATH_MAX], whole[PATH_MAX];
    ssize_t got = readlink(at, said, sizeof said);

    if (got <= 0 || (size_t)got >= sizeof said || --*links < 0)
        return false;
    said[got] = '\0';
    if (said[0] == '/')
        return only_root_writes(said, links);
    int folder = (int)(strrchr(at, '/') - at);
    int length = snprintf(whole, sizeof whole, "%.*s/%s", folder, at, said);
    return length > 0 && (size_t)length < sizeof whole && only_root_writes(whole, links);
}

static bool judge_step(const char *at, int *links)
{
    struct stat status;

    if (lstat(at, &status) != 0)
        return errno == ENOENT || errno == ENOTDIR; /* execve() will say so */
    if (status.st_uid != 0)
        return false;
    if (S_ISLNK(status.st_mode)) /* its own mode says nothing */
        return judge_link(at, links);
    return (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Every folder on the way, every link and what it leads to, and the file itself belong
 * to root, and nobody else writes. */
static bool only_root_writes(const char *path, int *links)
{
    char at[PATH_MAX];
    size_t length = strlen(path);

    if (path[0] != '/' || length >= sizeof at || !judge_step("/", links))
        return false;
    for (size_t end = 1; end <= length; end++) {
        /* A step ends where its name does: "link/" would already be what it leads to. */
        if ((path[end] != '/' && path[end] != '\0') || path[end - 1] == '/')
            continue;
        memcpy(at, path, end);
        at[end] = '\0';
        if (!judge_step(at, links))
            return false;
    }
    return true;
}

enum exec_end child_judge(const struct exec_settings *settings,
                          const struct exec_request *request)
{
    const char *path = request->arguments[0];
    int links = LINKS_MAX;

    if (request->uid == NO_USER)
        return EXEC_ROOT;
    if (request->uid != 0)
        return EXEC_EXITED;
    for (uint32_t i = 0; i < settings->root_command_count; i++)
        if (strcmp(settings->root_commands[i], path) == 0)
            return only_root_writes(path, &links) ? EXEC_EXITED : EXEC_WRITABLE;
    return EXEC_ROOT;
}

static _Noreturn void fail(int report, enum exec_end end)
{
    struct child_report said = { .end = (uint32_t)end, .error = errno };

    if (write(report, &said, sizeof said) != (ssize_t)sizeof said) {
        /* Then the exit code below is all that there is to say. */
    }
    _exit(EXIT_NOT_RUN);
}

static bool take_descriptors(const struct child_pipes *pipes)
{
    int input = pipes->input;

    if (input < 0)
        input = open("/dev/null", O_RDONLY);
    /* The report goes out of the way first: it may lie where another one must be. */
    int report = fcntl(pipes->report, F_DUPFD_CLOEXEC, 16);
    int output = fcntl(pipes->output, F_DUPFD_CLOEXEC, 16);
    return input >= 0 && report >= 0 && output >= 0 && dup2(input, STDIN_FILENO) >= 0 &&
           dup2(output, STDOUT_FILENO) >= 0 && dup2(output, STDERR_FILENO) >= 0 &&
           dup3(report, REPORT_FD, O_CLOEXEC) >= 0 &&
           close_range(REPORT_FD + 1, ~0U, 0) == 0;
}

static void reset_signals(void)
{
    sigset_t none;

    for (int number = 1; number <= SIGNALS; number++)
        signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* With the groups that its user has, and no right of ours. */
static bool become_user(uid_t uid)
{
    if (geteuid() != 0)
        return uid == geteuid() &&
               prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0;
    const struct passwd *user = getpwuid(uid);
    gid_t gid = user != NULL ? user->pw_gid : (gid_t)NOBODY;
    if ((user != NULL ? initgroups(user->pw_name, gid) : setgroups(0, NULL)) != 0)
        return false;
    return setresgid(gid, gid, gid) == 0 && setresuid(uid, uid, uid) == 0;
}

static bool limit(int resource, rlim_t value)
{
    struct rlimit now;

    if (getrlimit((__rlimit_resource_t)resource, &now) != 0)
        return false;
    now.rlim_max = now.rlim_max < value ? now.rlim_max : value;
    now.rlim_cur = now.rlim_max;
    return setrlimit((__rlimit_resource_t)resource, &now) == 0;
}

static bool limit_all(const struct exec_settings *settings,
                      const struct exec_request *request, uint32_t threads)
{
    return limit(RLIMIT_CORE, 0) && limit(RLIMIT_NOFILE, FILES) &&
           limit(RLIMIT_FSIZE, FILE_SIZE) && limit(RLIMIT_DATA, settings->memory) &&
           limit(RLIMIT_CPU, request->timeout_ms / 1000 + CPU_SPARE_S) &&
           limit(RLIMIT_NPROC, (rlim_t)threads + settings->processes);
}

_Noreturn void child_become(const struct exec_settings *settings,
                            const struct exec_request *request,
                            const struct child_pipes *pipes, uint32_t threads)
{
    static const char path[] =
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    const char *environment[EXEC_TEXTS_MAX + 2] = { path };
    pid_t warden = getppid();
    size_t count = 1;

    for (const char *const *at = request->environment; *at != NULL; at++)
        environment[count++] = *at;
    environment[count] = NULL;
    setsid();
    if (!become_user(request->uid) || chdir("/") != 0)
        fail(pipes->report, EXEC_NOT_STARTED);
    if (!take_descriptors(pipes))
        fail(pipes->report, EXEC_NOT_STARTED);
    umask(022);
    if (setpriority(PRIO_PROCESS, 0, NICE) != 0) {
        /* It has a worse one already; that is good enough. */
    }
    /* No setuid program below this can gain a right, so what we may kill stays killable.
     * A change of user clears the death signal, so it comes after that. */
    if (!limit_all(settings, request, threads) ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != warden)
        fail(REPORT_FD, EXEC_NOT_STARTED);
    reset_signals();
    execve(request->arguments[0], (char *const *)(uintptr_t)request->arguments,
           (char *const *)(uintptr_t)environment);
    fail(REPORT_FD, errno == ENOENT || errno == ENOTDIR ? EXEC_NOT_FOUND
                    : exec_is_shortage(errno)           ? EXEC_NOT_STARTED
                                                        : EXEC_NOT_EXECUTABLE);
}
