#include "health/pem_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool may(const struct stat *file, uid_t uid, mode_t owner, mode_t others)
{
    return file->st_uid == uid ? (file->st_mode & owner) != 0
                               : (file->st_mode & others) != 0;
}

/* Every folder on the way, links resolved: the kernel tells the name of what is open. */
static bool way_is_open(int fd, uid_t uid)
{
    char link[32];
    char path[PATH_MAX];
    struct stat folder;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0 || path[0] != '/')
        return false;
    path[length] = '\0';
    for (char *slash = strrchr(path, '/'); slash != NULL; slash = strrchr(path, '/')) {
        *slash = '\0';
        if (stat(slash == path ? "/" : path, &folder) != 0 ||
            !may(&folder, uid, S_IXUSR, S_IXOTH))
            return false;
    }
    return true;
}

static bool is_privileged(uid_t uid)
{
    return uid == 0 || uid == geteuid();
}

static enum rollcall_status not_theirs(const char *path, uid_t uid, struct reason *why)
{
    reason_set(why,
               "\"%s\" is not there or may not be read by uid %u, who registers the "
               "check; it must be theirs or readable by everybody, and so must the "
               "folders above it",
               path, (unsigned)uid);
    return ROLLCALL_E_INVALID;
}

static enum rollcall_status judge(int fd, const char *path, uid_t uid, struct reason *why)
{
    struct stat file;

    if (fstat(fd, &file) != 0)
        return ROLLCALL_E_IO;
    if (!is_privileged(uid) &&
        (!may(&file, uid, S_IRUSR, S_IROTH) || !way_is_open(fd, uid)))
        return not_theirs(path, uid, why);
    if (S_ISREG(file.st_mode) && file.st_size <= PEM_FILE_MAX)
        return ROLLCALL_OK;
    reason_set(why, "\"%s\" is not a file of at most 1 MiB", path);
    return ROLLCALL_E_INVALID;
}

static enum rollcall_status read_all(int fd, const char *path, struct buffer *out,
                                     struct reason *why)
{
    char bytes[8192];
    ssize_t got;

    while ((got = read(fd, bytes, sizeof bytes)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            reason_set(why, "\"%s\" cannot be read: %s", path, strerror(errno));
            return ROLLCALL_E_INVALID;
        }
        buffer_append(out, bytes, (size_t)got);
    }
    return out->failed ? ROLLCALL_E_NOMEM : ROLLCALL_OK;
}

static bool has(const struct buffer *content, const char *text)
{
    return content->length > 0 &&
           memmem(content->data, content->length, text, strlen(text)) != NULL;
}

/* What is encrypted would make OpenSSL ask at the terminal of the daemon, and wait. */
static enum rollcall_status judge_content(const struct buffer *content, const char *path,
                                          const char *label, struct reason *why)
{
    if (has(content, "ENCRYPTED"))
        reason_set(why, "\"%s\" is encrypted; the daemon asks nobody for a pass phrase",
                   path);
    else if (!has(content, label))
        reason_set(why, "\"%s\" has no \"%s\" in it; it must be a PEM file", path, label);
    else
        return ROLLCALL_OK;
    return ROLLCALL_E_INVALID;
}

/* Of ours, and no fault of the file. */
static bool is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOMEM;
}

static enum rollcall_status cannot_open(const char *path, int error, struct reason *why)
{
    reason_set(why, "\"%s\" cannot be opened: %s", path, strerror(error));
    return is_shortage(error) ? ROLLCALL_E_IO : ROLLCALL_E_INVALID;
}

/* What `fd` names, now for reading. */
static int open_again(int fd)
{
    char link[32];

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    return open(link, O_RDONLY | O_NOCTTY | O_CLOEXEC);
}

static enum rollcall_status read_judged(int place, const char *path, struct buffer *out,
                                        struct reason *why)
{
    int fd = open_again(place);

    if (fd < 0)
        return cannot_open(path, errno, why);
    enum rollcall_status status = read_all(fd, path, out, why);
    close(fd);
    return status;
}

enum rollcall_status pem_file_read(const char *path, const char *label, uid_t for_uid,
                                   struct buffer *out, struct reason *why)
{
    if (path[0] != '/') {
        reason_set(why, "\"%s\" is not an absolute path; it begins with \"/\"", path);
        return ROLLCALL_E_INVALID;
    }
    /* Only its name at first: to open a device for reading may be an order to it, and a
     * FIFO would wait for its writer. */
    int place = open(path, O_PATH | O_CLOEXEC);
    int error = errno;
    if (place < 0 && !is_privileged(for_uid) && !is_shortage(error))
        return not_theirs(path, for_uid, why);
    if (place < 0)
        return cannot_open(path, error, why);
    enum rollcall_status status = judge(place, path, for_uid, why);
    if (status == ROLLCALL_OK)
        status = read_judged(place, path, out, why);
    close(place);
    return status == ROLLCALL_OK ? judge_content(out, path, label, why) : status;
}
