#include "intake/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { START_FIELD = 22, FIRST_FIELD_AFTER_NAME = 3, PROC_FILE_MAX = 4096 };

enum rollcall_status peer_uid(int fd, uid_t *uid)
{
    struct ucred credentials;
    socklen_t size = sizeof credentials;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return ROLLCALL_E_IO;
    *uid = credentials.uid;
    return ROLLCALL_OK;
}

bool peer_is_gone(int fd)
{
    struct pollfd poll_fd = { .fd = fd, .events = 0 };

    return poll(&poll_fd, 1, 0) > 0 &&
           (poll_fd.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

int process_open(int32_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* All of /proc/PID/`name`, NUL-terminated. */
static bool read_proc(int32_t pid, const char *name, char out[PROC_FILE_MAX])
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t got = read(fd, out, PROC_FILE_MAX - 1);
    close(fd);
    if (got <= 0)
        return false;
    out[got] = '\0';
    return true;
}

bool process_start(int32_t pid, uint64_t *start)
{
    char text[PROC_FILE_MAX];

    if (!read_proc(pid, "stat", text))
        return false;
    /* The name may hold blanks and parentheses; what follows its last one does not. */
    char *at = strrchr(text, ')');
    for (int field = FIRST_FIELD_AFTER_NAME; at != NULL && field <= START_FIELD; field++)
        at = strchr(at + 1, ' ');
    if (at == NULL)
        return false;
    *start = strtoull(at + 1, NULL, 10);
    return true;
}

bool process_uid(int32_t pid, uid_t *uid)
{
    char text[PROC_FILE_MAX];
    unsigned real;

    if (!read_proc(pid, "status", text))
        return false;
    const char *line = strstr(text, "\nUid:");
    if (line == NULL || sscanf(line + 5, "%u", &real) != 1)
        return false;
    *uid = real;
    return true;
}

static enum rollcall_status refuse_process(int32_t pid, struct reason *why)
{
    int error = errno;

    if (error == EMFILE || error == ENFILE) {
        reason_field(why, "lease.pid",
                     "the daemon has no file descriptor left to watch process %d", pid);
        return ROLLCALL_E_LIMIT;
    }
    if (error == ENOSYS) {
        reason_field(why, "lease.pid",
                     "this kernel cannot watch processes (pidfd_open, Linux 5.3); "
                     "allowed: a ttl or connection lease");
        return ROLLCALL_E_INVALID;
    }
    reason_field(why, "lease.pid",
                 "lease.pid: there is no process %d; allowed: a running process (not a "
                 "thread)",
                 pid);
    return ROLLCALL_E_INVALID;
}

enum rollcall_status peer_check_process(uid_t uid, int32_t pid, uint64_t *start,
                                        struct reason *why)
{
    enum rollcall_status status = ROLLCALL_OK;
    uint64_t started = 0;
    uid_t owner = 0;
    int fd = process_open(pid);

    if (fd < 0)
        return refuse_process(pid, why);
    /* What /proc says is of this process only if it has not exited since. */
    struct pollfd exited = { .fd = fd, .events = POLLIN };
    if (!process_start(pid, &started) || !process_uid(pid, &owner) ||
        poll(&exited, 1, 0) != 0) {
        errno = ESRCH;
        status = refuse_process(pid, why);
    } else if (uid != 0 && owner != uid) {
        reason_field(why, "lease.pid",
                     "process %d belongs to uid %u, the request comes from uid %u; "
                     "allowed: a process of your own",
                     pid, (unsigned)owner, (unsigned)uid);
        status = ROLLCALL_E_UNAUTHORIZED;
    }
    close(fd);
    if (status == ROLLCALL_OK)
        *start = started;
    return status;
}
