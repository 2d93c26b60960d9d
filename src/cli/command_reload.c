/* cli/command_reload.c - the daemon reads its configuration again. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "rollcall/reload.h"

typedef const char *key_of(const struct rollcall_client *client, size_t index);

static void print_keys(const struct rollcall_client *client, const char *title,
                       key_of *next)
{
    const char *key = next(client, 0);

    printf("%s:", title);
    if (key == NULL)
        fputs(" nothing", stdout);
    for (size_t i = 0; (key = next(client, i)) != NULL; i++) {
        fputs(i > 0 ? ", " : " ", stdout);
        output_plain(stdout, key);
    }
    putchar('\n');
}

static int run_reload(const struct invocation *invocation)
{
    struct rollcall_client *client = session_open(invocation);
    struct rollcall_error error;
    int code = EXIT_OK;

    if (client == NULL)
        return EXIT_UNREACHABLE;
    rollcall_timeout(client, 0); /* it is done, or refused, when it is answered */
    if (rollcall_reload(client, &error) != ROLLCALL_OK) {
        code = session_failed(invocation, client, &error);
    } else if (invocation->json) {
        session_print_reply(client);
    } else {
        print_keys(client, "taken", rollcall_reload_taken);
        print_keys(client, "takes a restart", rollcall_reload_restart);
        print_keys(client, "unchanged", rollcall_reload_unchanged);
    }
    rollcall_close(client);
    return code;
}

const struct command command_reload = {
    .name = "reload",
    .arguments = "",
    .summary = "Take a renewed certificate or changed tokens without a restart.",
    .details =
        "rollcalld reads its configuration file again, and the certificates that it "
        "names. It takes tokens and who needs none (api.tokens, api.anonymous), "
        "certificate, key and authorities (api.tls), the log level, and what else "
        "`rollcall "
        "config reference` says a reload takes; other keys that differ are named, and "
        "take a restart. A file that is not good changes nothing: the fault is printed, "
        "and the command ends with 1. Only root and the user that runs rollcalld may do "
        "this, and a token that may operate all. SIGHUP does the same; what became of it "
        "is in the log then.",
    .example = "rollcall reload\nsystemctl reload rollcalld",
    .run = run_reload,
};
