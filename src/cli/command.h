/* cli/command.h - a command of `rollcall`, and what it is called with.
 *
 * A command is a row of commands.c: the row is parsed, helped and documented by the same
 * code for all. Threads  one.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/arguments.h"

/* Exit codes, the same for every command; `run` ends with the code of its command. */
enum {
    EXIT_OK = 0,          /* done, or: yes */
    EXIT_NO = 1,          /* the answer is no: refused, not found, not in time */
    EXIT_USAGE = 2,       /* the command line is not understood */
    EXIT_UNREACHABLE = 3, /* nobody answers: rollcalld, or the DNS server of `query` */
};

struct command;

struct invocation {
    const struct command *command;
    const char *socket;     /* --socket; NULL: the default */
    const char *token_file; /* --token-file; NULL: ROLLCALL_TOKEN */
    bool json;
    bool help;
    void *options; /* owned by main: the struct that the command's tables fill */
    char **words;  /* what is no option, in order */
    int word_count;
    char **rest; /* after "--"; ends with NULL; NULL: there was none */
};

struct command {
    const char *name;
    const char *arguments; /* "SERVICE [--count N]", for the usage line */
    const char *summary;   /* one line */
    const char *details;   /* a paragraph or more; "" when the summary says it all */
    const char *notes;     /* printed as it is, after the options; NULL: none */
    const char *example;   /* lines as typed */
    const struct argument *const *tables; /* end with NULL; may be NULL: no options */
    size_t options_size;                  /* of the struct that they fill */
    int min_words, max_words;
    bool takes_rest; /* "-- COMMAND…" */
    int (*run)(const struct invocation *invocation);
};

/* Options that every command takes; they fill a struct invocation. */
extern const struct argument common_arguments[];

#endif
