#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "cli/arguments.h"

/* Every command, in the order of the help. To add one: write cli/command_<verb>.c, add
 * its row (and its name in commands.h). */
static const struct command *const commands[] = {
    &command_register,    /* put an instance into DNS */
    &command_deregister,  /* take it out */
    &command_renew,       /* extend its lease, say how it is */
    &command_drain,       /* out of DNS in good order */
    &command_undrain,     /* and back */
    &command_override,    /* up or down, whatever its checks say */
    &command_brake,       /* let held instances go, or keep them */
    &command_check,       /* run checks now, or a definition as a trial */
    &command_maintenance, /* a whole service, or node */
    &command_silence,     /* no alerts during maintenance */
    &command_alert,       /* what is told, and to whom */
    &command_run,         /* registered as long as a command runs */
    &command_list,        /* every service */
    &command_show,        /* the instances of one */
    &command_watch,       /* changes as they come */
    &command_wait,        /* until enough instances are healthy */
    &command_history,     /* what happened to instances */
    &command_query,       /* what DNS answers, in words */
    &command_explain,     /* what DNS answers, and why: every instance in or out */
    &command_doctor,      /* does this host's resolver find us */
    &command_batch,       /* many requests from a file */
    &command_status,      /* how the daemon is */
    &command_token,       /* who may use the HTTP API */
    &command_reload,      /* a renewed certificate, changed tokens */
    &command_config,      /* check, show and document the configuration */
    &command_help,        NULL,
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] - 1 };

const struct argument common_arguments[] = {
    { "socket", "PLACE", ARGUMENT_TEXT, offsetof(struct invocation, socket), 0,
      "Where rollcalld listens: a path, or tcp://HOST:PORT; else ROLLCALL_SOCKET, else "
      "its default place." },
    { "token-file", "FILE", ARGUMENT_TEXT, offsetof(struct invocation, token_file), 0,
      "The file with the token for tcp://; else ROLLCALL_TOKEN has it." },
    { "json", NULL, ARGUMENT_FLAG, offsetof(struct invocation, json), 0,
      "Print JSON, for programs." },
    { "help", NULL, ARGUMENT_FLAG, offsetof(struct invocation, help), 0,
      "Print how the command is used." },
    { 0 },
};

const struct command *const *commands_all(void)
{
    return commands;
}

const struct command *commands_find(const char *name)
{
    for (size_t i = 0; commands[i] != NULL; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

const char *commands_nearest(const char *typed)
{
    const char *names[COMMAND_COUNT];

    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i]->name;
    return arguments_nearest(typed, names, COMMAND_COUNT);
}

int command_usage(const struct invocation *invocation, const char *sentence)
{
    fprintf(stderr, "rollcall %s: %s\nrollcall help %s shows how it is used\n",
            invocation->command->name, sentence, invocation->command->name);
    return EXIT_USAGE;
}
