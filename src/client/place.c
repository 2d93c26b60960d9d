/* client/place.c - where the daemon's socket is when nobody says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rollcall/client.h"

#define SYSTEM_SOCKET "/run/rollcall/rollcall.sock"

/* Where a daemon of this user puts it (config_default_socket(); a test holds the two
 * together, because this library carries no configuration). */
static void own_socket(char *out, size_t size)
{
    const char *runtime = getenv("RUNTIME_DIRECTORY");
    const char *session = getenv("XDG_RUNTIME_DIR");

    if (runtime != NULL && runtime[0] == '/')
        snprintf(out, size, "%.*s/rollcall.sock", (int)strcspn(runtime, ":"), runtime);
    else if (geteuid() == 0)
        snprintf(out, size, SYSTEM_SOCKET);
    else if (session != NULL && session[0] == '/')
        snprintf(out, size, "%.*s/rollcall/rollcall.sock", (int)strcspn(session, ":"),
                 session);
    else
        snprintf(out, size, "/tmp/rollcall-%u/rollcall.sock", (unsigned)geteuid());
}

void rollcall_default_socket(char *out, size_t size)
{
    const char *named = getenv("ROLLCALL_SOCKET");

    if (named != NULL && named[0] != '\0') {
        snprintf(out, size, "%s", named);
        return;
    }
    own_socket(out, size);
    if (access(out, F_OK) != 0 && access(SYSTEM_SOCKET, F_OK) == 0)
        snprintf(out, size, SYSTEM_SOCKET);
}
