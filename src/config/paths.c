/* Where things are when nobody says: systemd's folders, root's, then XDG's. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"

/* systemd lists several folders with colons; the first is ours. NULL: not set. */
static const char *first_folder(const char *variable, int *length)
{
    const char *value = getenv(variable);

    if (value == NULL || value[0] != '/')
        return NULL;
    *length = (int)strcspn(value, ":");
    return value;
}

static const char *home_folder(void)
{
    const char *home = getenv("HOME");

    if (home != NULL && home[0] == '/')
        return home;
    const struct passwd *user = getpwuid(geteuid());
    return user != NULL && user->pw_dir != NULL && user->pw_dir[0] == '/' ? user->pw_dir
                                                                          : NULL;
}

void config_default_socket(char *out, size_t size)
{
    int length;
    const char *folder = first_folder("RUNTIME_DIRECTORY", &length);

    if (folder != NULL)
        snprintf(out, size, "%.*s/rollcall.sock", length, folder);
    else if (geteuid() == 0)
        snprintf(out, size, "/run/rollcall/rollcall.sock");
    else if ((folder = first_folder("XDG_RUNTIME_DIR", &length)) != NULL)
        snprintf(out, size, "%.*s/rollcall/rollcall.sock", length, folder);
    else
        snprintf(out, size, "/tmp/rollcall-%u/rollcall.sock", (unsigned)geteuid());
}

void config_default_database(char *out, size_t size)
{
    int length;
    const char *folder = first_folder("STATE_DIRECTORY", &length);

    if (folder != NULL)
        snprintf(out, size, "%.*s/rollcall.db", length, folder);
    else if (geteuid() == 0)
        snprintf(out, size, "/var/lib/rollcall/rollcall.db");
    else if ((folder = first_folder("XDG_STATE_HOME", &length)) != NULL)
        snprintf(out, size, "%.*s/rollcall/rollcall.db", length, folder);
    else if ((folder = home_folder()) != NULL)
        snprintf(out, size, "%s/.local/state/rollcall/rollcall.db", folder);
    else
        snprintf(out, size, "/tmp/rollcall-%u/rollcall.db", (unsigned)geteuid());
}
