#include "cli/doctor_lookup.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum { LOOKUP_MS = 10000 };

/* "+10.0.0.1 10.0.0.2" when found, "-" for no such name, "!" for others, both with the
 * fault in words. */
static void look_up(const char *name, char *out, size_t size)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    int error = getaddrinfo(name, NULL, &hints, &found);
    size_t used = 1;

    if (error != 0) {
        bool absent = error == EAI_NONAME || error == EAI_NODATA;
        snprintf(out, size, "%c%s", absent ? '-' : '!', gai_strerror(error));
        return;
    }
    snprintf(out, size, "+");
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next) {
        char host[NI_MAXHOST];
        if (getnameinfo(at->ai_addr, at->ai_addrlen, host, sizeof host, NULL, 0,
                        NI_NUMERICHOST) != 0 ||
            used + strlen(host) + 2 > size)
            continue;
        used +=
            (size_t)snprintf(out + used, size - used, "%s%s", used > 1 ? " " : "", host);
    }
    freeaddrinfo(found);
}

/* As programs write names: without the final dot, which /etc/hosts would not know. */
static void child_main(const char *name, int report)
{
    char text[512];
    char undotted[DNS_NAME_TEXT];
    size_t length = strlen(name);

    if (length > 1 && name[length - 1] == '.')
        length--;
    snprintf(undotted, sizeof undotted, "%.*s", (int)length, name);
    look_up(undotted, text, sizeof text);
    while (write(report, text, strlen(text) + 1) < 0 && errno == EINTR)
        ;
    _exit(0);
}

/* Up to the end of the pipe or the deadline; what came, with its NUL. */
static bool read_report(int fd, char *out, size_t size)
{
    int64_t deadline = clock_monotonic_ms() + LOOKUP_MS;
    struct pollfd one = { .fd = fd, .events = POLLIN };
    size_t used = 0;

    while (used + 1 < size) {
        int64_t left = deadline - clock_monotonic_ms();
        if (left <= 0 || poll(&one, 1, (int)left) <= 0)
            break;
        ssize_t got = read(fd, out + used, size - 1 - used);
        if (got <= 0)
            break;
        used += (size_t)got;
    }
    out[used] = '\0';
    return used > 0;
}

static enum lookup judge(const char *report, char *out, size_t size)
{
    snprintf(out, size, "%s", report + 1);
    if (report[0] == '+')
        return LOOKUP_FOUND;
    return report[0] == '-' ? LOOKUP_ABSENT : LOOKUP_FAILED;
}

enum lookup doctor_lookup(const char *name, char *out, size_t size)
{
    char text[512];
    int report[2];

    out[0] = '\0';
    fflush(stdout); /* else the child could print it again */
    if (pipe(report) != 0) {
        snprintf(out, size, "%s", strerror(errno));
        return LOOKUP_FAILED;
    }
    pid_t child = fork();
    if (child == 0)
        child_main(name, report[1]);
    close(report[1]);
    bool came = child > 0 && read_report(report[0], text, sizeof text);
    close(report[0]);
    if (child > 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    if (came)
        return judge(text, out, size);
    snprintf(out, size, "no answer within %d seconds", LOOKUP_MS / 1000);
    return LOOKUP_SILENT;
}
