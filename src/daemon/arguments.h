/* daemon/arguments.h - the command line of rollcalld, as one table.
 *
 * The table reads the arguments, prints --help and the manual page.
 * Threads  the start of the program.
 */
#ifndef DAEMON_ARGUMENTS_H
#define DAEMON_ARGUMENTS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/reason.h"
#include "config/config.h"
#include "rollcall/status.h"

enum action {
    ACTION_RUN,
    ACTION_CHECK,
    ACTION_SHOW,
    ACTION_HELP,
    ACTION_VERSION,
    ACTION_MANUAL,
    ACTION_METRICS,
    ACTION_OPENAPI,
    ACTION_HTTP,
};

struct arguments {
    enum action action;
    const char *config_path;           /* borrowed from argv; NULL: defaults only */
    struct config_override *overrides; /* owned: arguments_deinit() */
    size_t override_count;
    bool verbose;
};

/* E_INVALID with a sentence for an argument that does not exist or lacks its value. */
enum rollcall_status arguments_parse(int argc, char **argv, struct arguments *out,
                                     struct reason *why);
void arguments_deinit(struct arguments *arguments);

void arguments_help(FILE *out);
/* rollcalld(8) as roff. */
void arguments_manual(FILE *out);
/* docs/metrics.md (metrics_reference.c). */
void arguments_metrics(FILE *out);
/* docs/reference/openapi.json and http-api.md (api/document.h). */
void arguments_openapi(FILE *out);
void arguments_http(FILE *out);

#endif
