/* bench/lib/program.h - what every bench program does: read its options, fail clearly.
 * Threads: main.
 */
#ifndef BENCH_PROGRAM_H
#define BENCH_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct program_option {
    const char *name; /* "--seconds"; NULL ends the table */
    const char *help;
    const char **text; /* exactly one of these three is set */
    double *number;
    bool *flag;
};

/* Fills what the options point to. Prints the help and ends the program for --help, ends
 * it with status 2 for an unknown or incomplete option. */
void program_options(int argc, char **argv, const char *about,
                     const struct program_option *options);

/* Print the sentence with errno's text where `error` is not 0, and end with status 1. */
void program_fail(int error, const char *format, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

/* The value below which `share` (0 to 1) of the `count` values lie; sorts them. */
uint64_t program_percentile(uint64_t *values, size_t count, double share);

#endif
