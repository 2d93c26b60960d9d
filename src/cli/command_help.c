/* cli/command_help.c - help, also as the manual page. */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/manual.h"

struct help_options {
    bool man;
};

static const struct argument help_arguments[] = {
    { "man", NULL, ARGUMENT_FLAG, offsetof(struct help_options, man), 0,
      "Print all of it as the manual page rollcall(1)." },
    { 0 },
};

static int run_help(const struct invocation *invocation)
{
    const struct help_options *options = invocation->options;
    const char *word = invocation->word_count > 0 ? invocation->words[0] : NULL;

    if (options->man || (word != NULL && strcmp(word, "manual") == 0)) {
        manual_page(stdout);
        return EXIT_OK;
    }
    if (word == NULL) {
        manual_overview(stdout);
        return EXIT_OK;
    }
    const struct command *command = commands_find(word);
    if (command == NULL)
        return command_usage(invocation, "there is no such command; rollcall help lists "
                                         "them");
    manual_command(command, stdout);
    return EXIT_OK;
}

const struct command command_help = {
    .name = "help",
    .arguments = "[COMMAND | manual]",
    .summary = "Print how rollcall, or one of its commands, is used.",
    .details = "",
    .example = "rollcall help register",
    .tables = (const struct argument *const[]){ help_arguments, NULL },
    .options_size = sizeof(struct help_options),
    .max_words = 1,
    .run = run_help,
};
