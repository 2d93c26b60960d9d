#include "bench/lib/door.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench/lib/program.h"

int door_connect(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        program_fail(errno, "cannot connect to %s", path);
    return fd;
}

void door_open(struct door *door, const char *path)
{
    door->fd = door_connect(path);
    door->got = 0;
}

void door_close(struct door *door)
{
    close(door->fd);
}

/* The end of the line that stands at the beginning of the buffer; NULL: not there yet. */
static char *read_more(struct door *door)
{
    ssize_t got =
        recv(door->fd, door->line + door->got, sizeof door->line - 1 - door->got, 0);
    if (got <= 0)
        program_fail(got < 0 ? errno : 0, "the daemon closed the connection");
    door->got += (size_t)got;
    door->line[door->got] = '\0';
    return strchr(door->line, '\n');
}

const char *door_ask(struct door *door, const char *request)
{
    char buffer[4096];
    int length = snprintf(buffer, sizeof buffer, "%s\n", request);

    if (length >= (int)sizeof buffer ||
        send(door->fd, buffer, (size_t)length, MSG_NOSIGNAL) != length)
        program_fail(errno, "cannot send to the daemon");
    door->got = 0;
    char *end;
    while ((end = read_more(door)) == NULL)
        ;
    *end = '\0'; /* nothing follows: one question at a time, and no watch */
    return door->line;
}

bool door_good(const char *reply)
{
    return strstr(reply, "\"ok\":true") != NULL || strstr(reply, "\"ok\": true") != NULL;
}

void door_do(struct door *door, const char *request)
{
    const char *reply = door_ask(door, request);
    if (!door_good(reply))
        program_fail(0, "the daemon refused: %s\nthe request: %s", reply, request);
}
