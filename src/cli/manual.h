/* cli/manual.h - help and the manual page, printed from the table of commands.
 * Threads  one.
 */
#ifndef CLI_MANUAL_H
#define CLI_MANUAL_H

#include <stdio.h>

#include "cli/command.h"

void manual_overview(FILE *out);
void manual_command(const struct command *command, FILE *out);
/* rollcall(1) in roff. */
void manual_page(FILE *out);

#endif
