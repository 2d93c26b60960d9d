/* cli/commands.h - the table of commands, and what they share.
 * Threads  one.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/command.h"

extern const struct command command_register, command_deregister, command_renew,
    command_list, command_show, command_watch, command_wait, command_query,
    command_history, command_batch, command_status, command_config, command_run,
    command_doctor, command_help, command_drain, command_undrain, command_override,
    command_token, command_explain, command_silence, command_alert, command_maintenance,
    command_brake, command_check, command_reload;

const struct command *const *commands_all(void); /* ends with NULL */
const struct command *commands_find(const char *name);
/* The nearest name to `typed`, NULL when none is near. */
const char *commands_nearest(const char *typed);

/* Print the sentence and where help is; EXIT_USAGE. */
int command_usage(const struct invocation *invocation, const char *sentence);

#endif
