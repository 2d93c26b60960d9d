#include "store/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

/* Make every missing folder above `path`. */
static enum rollcall_status make_folders(const char *path, struct reason *why)
{
    char folder[PATH_MAX];

    if (strlen(path) >= sizeof folder) {
        reason_set(why, "the path of the database is longer than %d bytes", PATH_MAX);
        return ROLLCALL_E_INVALID;
    }
    strcpy(folder, path);
    for (char *at = strchr(folder + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
            reason_set(why, "cannot make the folder %s for the database: %s", folder,
                       strerror(errno));
            return ROLLCALL_E_IO;
        }
        *at = '/';
    }
    return ROLLCALL_OK;
}

static enum rollcall_status refuse_second(int fd, const char *path, struct reason *why)
{
    char holder[32] = "";
    ssize_t got = pread(fd, holder, sizeof holder - 1, 0);

    holder[got > 0 ? strspn(holder, "0123456789") : 0] = '\0';
    reason_set(why,
               "%s is in use by another rollcalld (process %s); stop that one first, or "
               "name another file with registry.database",
               path, holder[0] != '\0' ? holder : "unknown");
    return ROLLCALL_E_CONFLICT;
}

static enum rollcall_status take_lock(const char *path, int *lock, struct reason *why)
{
    char name[PATH_MAX + 8];
    char pid[32];

    snprintf(name, sizeof name, "%s.lock", path);
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        reason_set(why, "cannot open %s: %s", name, strerror(errno));
        return ROLLCALL_E_IO;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        enum rollcall_status status = refuse_second(fd, path, why);
        close(fd);
        return status;
    }
    /* For people and for refuse_second() only; the lock is the kernel's, so a number
     * left by a killed daemon, or none because the disk is full, does no harm. */
    int length = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)length, 0) != length)
        log_debug("store", "cannot write a process number to %s", name);
    *lock = fd;
    return ROLLCALL_OK;
}

/* A new name is durable only when its folder is synced too. */
static void sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');

    snprintf(folder, sizeof folder, "%.*s", slash != NULL ? (int)(slash - path) : 1,
             slash != NULL ? path : ".");
    int fd = open(folder[0] != '\0' ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

static enum rollcall_status make_file(const char *path, struct reason *why)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0 && errno == EEXIST)
        return ROLLCALL_OK;
    if (fd < 0) {
        reason_set(why, "cannot create the database %s: %s", path, strerror(errno));
        return ROLLCALL_E_IO;
    }
    close(fd); /* nobody has SQLite's locks on it yet: closing loses none */
    sync_folder(path);
    return ROLLCALL_OK;
}

enum rollcall_status place_take(const char *path, int *lock, struct reason *why)
{
    int held = -1;
    enum rollcall_status status = make_folders(path, why);

    if (status == ROLLCALL_OK)
        status = take_lock(path, &held, why);
    if (status == ROLLCALL_OK)
        status = make_file(path, why);
    if (status != ROLLCALL_OK) {
        if (held >= 0)
            close(held);
        return status;
    }
    *lock = held;
    return ROLLCALL_OK;
}
