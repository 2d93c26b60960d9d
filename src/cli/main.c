/* cli/main.c - find the command, run it, end with its code. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/manual.h"
#include "rollcall/version.h"

static int refuse(const char *what, const char *nearest)
{
    fprintf(stderr, "rollcall: %s%s%s%s\nrollcall --help lists the commands\n", what,
            nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
            nearest != NULL ? "?" : "");
    return EXIT_USAGE;
}

static int refuse_command(const char *name)
{
    char what[128];

    snprintf(what, sizeof what, "there is no command \"%.80s\"", name);
    return refuse(what, commands_nearest(name));
}

/* What may stand before the command. Returns where the command is, or -1 when there is
 * nothing more to do: *code says how it ended. */
static int read_front(int argc, char **argv, struct invocation *invocation, int *code)
{
    for (int at = 1; at < argc; at++) {
        const char *text = argv[at];
        *code = EXIT_OK;
        if (strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0) {
            manual_overview(stdout);
            return -1;
        }
        if (strcmp(text, "--version") == 0) {
            puts("rollcall " ROLLCALL_VERSION);
            return -1;
        }
        if (strcmp(text, "--json") == 0) {
            invocation->json = true;
        } else if (strncmp(text, "--socket=", 9) == 0) {
            invocation->socket = text + 9;
        } else if (strcmp(text, "--socket") == 0 && at + 1 < argc) {
            invocation->socket = argv[++at];
        } else if (strncmp(text, "--token-file=", 13) == 0) {
            invocation->token_file = text + 13;
        } else if (strcmp(text, "--token-file") == 0 && at + 1 < argc) {
            invocation->token_file = argv[++at];
        } else if (text[0] == '-') {
            *code = refuse("only --socket PLACE, --token-file FILE, --json, --help and "
                           "--version may stand before the command",
                           NULL);
            return -1;
        } else {
            return at;
        }
    }
    *code = refuse("a command is missing", NULL);
    return -1;
}

static int run_command(struct invocation *invocation, int argc, char **argv)
{
    const struct command *command = invocation->command;
    struct reason why = REASON_NONE;

    invocation->options = calloc(1, command->options_size + 1);
    if (invocation->options == NULL)
        return refuse("out of memory", NULL);
    int code;
    if (!arguments_parse(invocation, argc, argv, &why)) {
        code = command_usage(invocation, why.text);
    } else if (invocation->help) {
        manual_command(command, stdout);
        code = EXIT_OK;
    } else {
        code = command->run(invocation);
    }
    free(invocation->options);
    return code;
}

int main(int argc, char **argv)
{
    struct invocation invocation = { .socket = NULL };
    int code = EXIT_OK;
    int at = read_front(argc, argv, &invocation, &code);

    if (at < 0)
        return code;
    invocation.command = commands_find(argv[at]);
    if (invocation.command == NULL)
        return refuse_command(argv[at]);
    code = run_command(&invocation, argc - at - 1, argv + at + 1);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("rollcall: cannot write to standard output\n", stderr);
        return code == EXIT_OK ? EXIT_NO : code;
    }
    return code;
}
