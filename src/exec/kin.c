#include "exec/kin.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STAT_TEXT = 1024, THREADS_FIELD = 20, PARENT_FIELD = 4, FIRST_FIELD = 3 };

bool kin_read_stat(const char *text, struct kin *out)
{
    /* The command's name is in brackets and may have brackets and blanks itself. */
    const char *at = strrchr(text, ')');
    bool has_parent = false;

    if (at == NULL)
        return false;
    at++;
    for (int field = FIRST_FIELD; *at == ' '; field++) {
        at++;
        if (field == PARENT_FIELD) {
            out->parent = (pid_t)strtol(at, NULL, 10);
            has_parent = true;
        } else if (field == THREADS_FIELD) {
            out->threads = (uint32_t)strtoul(at, NULL, 10);
            return has_parent;
        }
        at += strcspn(at, " ");
    }
    return false;
}

/* False: it is gone, or is no process. */
static bool read_kin(int proc, const char *pid, struct kin *out)
{
    char path[32];
    char text[STAT_TEXT];

    snprintf(path, sizeof path, "%.16s/stat", pid);
    int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0)
        return false;
    text[length] = '\0';
    return kin_read_stat(text, out);
}

/* `visit` sees every process once. */
static void walk(void (*visit)(void *owner, int proc, const char *pid), void *owner)
{
    DIR *folder = opendir("/proc");
    const struct dirent *entry;

    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL)
        if (isdigit((unsigned char)entry->d_name[0]))
            visit(owner, dirfd(folder), entry->d_name);
    closedir(folder);
}

struct count {
    uid_t uid;
    uint32_t threads;
};

static void count_one(void *owner, int proc, const char *pid)
{
    struct count *count = owner;
    struct stat status;
    struct kin kin;

    if (fstatat(proc, pid, &status, 0) == 0 && status.st_uid == count->uid &&
        read_kin(proc, pid, &kin))
        count->threads += kin.threads;
}

uint32_t kin_count_threads(uid_t uid)
{
    struct count count = { .uid = uid };

    walk(count_one, &count);
    return count.threads;
}

struct hunt {
    bool (*spare)(void *owner, pid_t child);
    void *owner;
    pid_t self;
};

static void kill_one(void *owner, int proc, const char *pid)
{
    const struct hunt *hunt = owner;
    pid_t number = (pid_t)strtol(pid, NULL, 10);
    struct kin kin;

    if (read_kin(proc, pid, &kin) && kin.parent == hunt->self &&
        (hunt->spare == NULL || !hunt->spare(hunt->owner, number)))
        kill(number, SIGKILL);
}

void kin_kill_children(bool (*spare)(void *owner, pid_t child), void *owner)
{
    struct hunt hunt = { .spare = spare, .owner = owner, .self = getpid() };

    walk(kill_one, &hunt);
}
