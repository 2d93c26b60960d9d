/* cli/arguments.h - options of a command, read by a table.
 *
 * "--name value", "--name=value", "--flag"; "--" ends the options.
 * Borrowed  texts point into argv. Threads  one.
 */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reason.h"

enum { ARGUMENT_LIST_MAX = 64 };

enum argument_type {
    ARGUMENT_FLAG,     /* bool */
    ARGUMENT_TEXT,     /* const char *; NULL: not given */
    ARGUMENT_LIST,     /* struct argument_list: may be given several times */
    ARGUMENT_NUMBER,   /* struct argument_number */
    ARGUMENT_DURATION, /* struct argument_number, milliseconds */
};

struct argument_list {
    const char *items[ARGUMENT_LIST_MAX];
    unsigned count;
};

struct argument_number {
    bool given;
    uint64_t value;
};

struct argument {
    const char *name;  /* without the dashes; NULL ends a table */
    const char *value; /* what stands for it in help: "ADDRESS"; NULL for a flag */
    enum argument_type type;
    size_t offset; /* of the field it fills */
    uint64_t max;  /* of a number; 0: any */
    const char *help;
};

struct invocation;

/* Read argv (without the name of the command) into invocation and its options. False
 * with a sentence that names the fault and what is allowed. */
bool arguments_parse(struct invocation *invocation, int argc, char **argv,
                     struct reason *why);

/* The nearest of `count` words to `typed`, NULL when none is near. */
const char *arguments_nearest(const char *typed, const char *const *words, size_t count);

#endif
