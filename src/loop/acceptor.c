#include "loop/acceptor.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/address.h"
#include "base/log.h"
#include "loop/watch.h"

enum {
    PER_TURN = 64,  /* connections taken in one turn of the loop */
    RETRY_MS = 100, /* when the process has no descriptor left */
    FOLDER_MODE = 0755,
    PRIVATE_MODE = 0600
};

struct acceptor {
    struct watch *watch; /* owned; NULL until it is open */
    struct sockaddr_un address;
    dev_t device; /* of the socket file, so that only our own is removed */
    ino_t inode;
    const char *key;  /* borrowed */
    const char *area; /* borrowed */
    int fd;
    void (*on_accept)(void *owner, int fd);
    void (*on_closed)(void *owner);
    void *owner; /* borrowed */
};

static enum rollcall_status set_address(struct acceptor *acceptor, const char *path,
                                        struct reason *why)
{
    if (strlen(path) >= sizeof acceptor->address.sun_path) {
        reason_field(why, acceptor->key,
                     "the path of the socket, %s, is too long; allowed: %zu bytes", path,
                     sizeof acceptor->address.sun_path - 1);
        return ROLLCALL_E_CONFIG;
    }
    acceptor->address.sun_family = AF_UNIX;
    strcpy(acceptor->address.sun_path, path);
    return ROLLCALL_OK;
}

/* The folder of the socket, if it is missing; a wrong path shows in bind(). */
static void make_folder(const char *path)
{
    char folder[sizeof((struct sockaddr_un *)0)->sun_path];

    strcpy(folder, path);
    char *slash = strrchr(folder, '/');
    if (slash == NULL || slash == folder)
        return;
    *slash = '\0';
    mkdir(folder, FOLDER_MODE);
}

/* Nothing may stand at the path but a socket that nobody listens on. */
static enum rollcall_status remove_stale(const struct acceptor *acceptor,
                                         struct reason *why)
{
    const char *path = acceptor->address.sun_path;
    struct stat file;

    if (lstat(path, &file) != 0)
        return ROLLCALL_OK;
    if (!S_ISSOCK(file.st_mode)) {
        reason_field(why, acceptor->key,
                     "%s exists and is not a socket; move it or name another path", path);
        return ROLLCALL_E_IO;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        reason_set(why, "cannot make a socket: %s", strerror(errno));
        return ROLLCALL_E_IO;
    }
    int failed = connect(fd, (const struct sockaddr *)&acceptor->address,
                         sizeof acceptor->address);
    int error = failed != 0 ? errno : 0;
    close(fd);
    if (error != ECONNREFUSED && error != ENOENT) {
        if (error == 0 || error == EAGAIN)
            reason_field(why, acceptor->key,
                         "another rollcalld is running: it answers at %s", path);
        else
            reason_field(why, acceptor->key, "cannot look at the socket %s: %s", path,
                         strerror(error));
        return ROLLCALL_E_IO;
    }
    if (unlink(path) != 0 && errno != ENOENT) {
        reason_field(why, acceptor->key, "cannot remove the old socket %s: %s", path,
                     strerror(errno));
        return ROLLCALL_E_IO;
    }
    return ROLLCALL_OK;
}

static enum rollcall_status io_reason(const struct acceptor *acceptor, const char *what,
                                      struct reason *why)
{
    reason_field(why, acceptor->key, "cannot %s the socket %s: %s", what,
                 acceptor->address.sun_path, strerror(errno));
    return ROLLCALL_E_IO;
}

/* The file comes into being for the daemon alone and gets its rights before anybody is
 * accepted. */
static enum rollcall_status bind_and_listen(struct acceptor *acceptor, const char *mode,
                                            struct reason *why)
{
    const char *path = acceptor->address.sun_path;
    struct stat file;

    acceptor->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (acceptor->fd < 0 || fchmod(acceptor->fd, PRIVATE_MODE) != 0)
        return io_reason(acceptor, "make", why);
    if (bind(acceptor->fd, (const struct sockaddr *)&acceptor->address,
             sizeof acceptor->address) != 0)
        return io_reason(acceptor, "bind", why);
    if (lstat(path, &file) == 0) {
        acceptor->device = file.st_dev;
        acceptor->inode = file.st_ino;
    }
    if (listen(acceptor->fd, SOMAXCONN) != 0)
        return io_reason(acceptor, "listen on", why);
    if (chmod(path, (mode_t)strtoul(mode, NULL, 8)) != 0)
        return io_reason(acceptor, "set the mode of", why);
    return ROLLCALL_OK;
}

/* An IPv6 socket is for IPv6 alone, so that each address is said once. */
static enum rollcall_status listen_on(struct acceptor *acceptor,
                                      const struct address *address, struct reason *why)
{
    char text[ADDRESS_TEXT];
    int on = 1;
    int fd =
        socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    acceptor->fd = fd;
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (address->any.sa_family == AF_INET6)
            setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        if (bind(fd, &address->any, address->length) == 0 && listen(fd, SOMAXCONN) == 0)
            return ROLLCALL_OK;
    }
    int error = errno;
    address_print(address, text, sizeof text);
    reason_field(why, acceptor->key, "cannot listen on %s: %s", text, strerror(error));
    return ROLLCALL_E_IO;
}

static enum rollcall_status make_file(struct acceptor *acceptor,
                                      const struct acceptor_place *place,
                                      struct reason *why)
{
    enum rollcall_status status = set_address(acceptor, place->path, why);

    if (status != ROLLCALL_OK)
        return status;
    make_folder(place->path);
    status = remove_stale(acceptor, why);
    return status == ROLLCALL_OK ? bind_and_listen(acceptor, place->mode, why) : status;
}

static void on_ready(void *owner, int events)
{
    struct acceptor *acceptor = owner;

    (void)events;
    for (int i = 0; i < PER_TURN; i++) {
        int fd = accept4(acceptor->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            acceptor->on_accept(acceptor->owner, fd);
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        if (errno != EAGAIN) {
            log_error(acceptor->area,
                      "cannot accept a connection: %s; trying again in %d ms",
                      strerror(errno), RETRY_MS);
            watch_events(acceptor->watch, 0);
            watch_timeout(acceptor->watch, RETRY_MS);
        }
        return;
    }
}

static void on_retry(void *owner)
{
    acceptor_start(owner);
}

static void on_watch_closed(void *owner)
{
    struct acceptor *acceptor = owner;
    void (*on_closed)(void *of) = acceptor->on_closed;
    void *of = acceptor->owner;

    free(acceptor);
    on_closed(of);
}

static const struct watch_callbacks watch_callbacks = {
    .on_ready = on_ready,
    .on_timeout = on_retry,
    .on_closed = on_watch_closed,
};

static void remove_file(const struct acceptor *acceptor)
{
    struct stat file;

    if (acceptor->inode != 0 && lstat(acceptor->address.sun_path, &file) == 0 &&
        file.st_dev == acceptor->device && file.st_ino == acceptor->inode)
        unlink(acceptor->address.sun_path);
}

enum rollcall_status acceptor_open(uv_loop_t *loop, const struct acceptor_place *place,
                                   void (*on_accept)(void *owner, int fd),
                                   void (*on_closed)(void *owner), void *owner,
                                   struct acceptor **out, struct reason *why)
{
    struct acceptor *acceptor = calloc(1, sizeof *acceptor);
    if (acceptor == NULL)
        return ROLLCALL_E_NOMEM;
    acceptor->fd = -1;
    acceptor->key = place->key;
    acceptor->area = place->area;
    acceptor->on_accept = on_accept;
    acceptor->on_closed = on_closed;
    acceptor->owner = owner;

    enum rollcall_status status = place->address != NULL
                                      ? listen_on(acceptor, place->address, why)
                                      : make_file(acceptor, place, why);
    if (status != ROLLCALL_OK)
        goto fail;
    status = watch_open(loop, acceptor->fd, &watch_callbacks, acceptor, &acceptor->watch);
    if (status != ROLLCALL_OK)
        goto fail;
    *out = acceptor;
    return ROLLCALL_OK;

fail:
    remove_file(acceptor);
    if (acceptor->fd >= 0)
        close(acceptor->fd);
    free(acceptor);
    return status;
}

void acceptor_start(struct acceptor *acceptor)
{
    watch_events(acceptor->watch, UV_READABLE);
}

void acceptor_close(struct acceptor *acceptor)
{
    remove_file(acceptor);
    watch_close(acceptor->watch);
}
